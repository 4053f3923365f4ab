"""Responses in files: what is missing, malformed or too much is a verdict, never a traceback."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from device import asked, export, judged, put, refcnn_says, respond, response

from refcnn.diagnosis.power import REFERENCE
from refcnn.implementations import offline
from refcnn.implementations.exports import README
from refcnn.implementations.responses import Inbox
from refcnn.suite.case import Answer, Case, Crash, Missing, Refusal
from refcnn.suite.offline_questions import prompts
from refcnn.suite.tensors import DTYPES
from refcnn.suite.vector_files import public

PAGES = Path(__file__).parents[1] / "docs" / "offline.md", README
ONE = next(f"{v.id}.0" for v in public()["relu"] if not v.question.law)


@pytest.fixture
def relus(tmp_path):
    """An export of relu alone, and right responses to it, not yet written."""
    export(tmp_path, given={"operators": ("relu",)})
    return tmp_path, [response(prompt, REFERENCE) for prompt in asked(tmp_path)]


# --- responses that are not as they should be


def test_a_question_without_a_response_has_failed(relus):
    directory, right = relus
    put(directory, [r for r in right if r["id"] != ONE])
    summary = judged(directory)
    assert summary.exit_status == 1
    assert f"no response was given to {ONE}" in [f.worst.reason for f in summary.failed]
    assert summary.statement.notes[-1] == f"1 of {len(right)} prompts have no response"


def test_what_was_not_asked_is_missing(relus):
    directory, right = relus
    put(directory, right)
    iut = offline.load(directory, public())
    other = Case(operator="relu", inputs={"x": np.array([0.125])})
    assert iut.run(other) == Missing("it was not among the prompts", asked=False)


X = {"dtype": "float32", "shape": [1], "data": [1]}
MALFORMED = {
    "two kinds": ({"tensor": X, "missing": "no"}, "this has tensor and missing"),
    "no kind": ({}, "this has none of them"),
    "a statement": ({"statement": {}}, "this has none of them"),
    "too few numbers": ({"tensor": {**X, "shape": [2]}}, "needs 2 numbers, but data has 1"),
    "another dtype": ({"tensor": {**X, "dtype": "float16"}}, "dtype must be one of"),
    "no tensor": ({"tensor": [1, 2]}, "a tensor must have exactly the members"),
    "words": ({"tensor": {**X, "data": ["one"]}}, "data must be numbers, not 'one'"),
    "a refusal that is text": ({"refusal": "no"}, "must be an object"),
    "another member": ({"missing": "no", "why": "so"}, "has no member 'why'"),
}


@pytest.mark.parametrize(("members", "sentence"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_response_is_a_verdict(relus, members, sentence):
    directory, right = relus
    put(directory, [{"id": ONE, **members}, *(r for r in right if r["id"] != ONE)])
    iut = offline.load(directory, public())
    (violation,) = iut.violations
    assert violation.startswith("responses/all.json, response 1: ")
    assert sentence in violation
    (case,) = [p.case for p in prompts(public(), ["relu"], DTYPES) if p.id == ONE]
    outcome = iut.run(case)
    assert isinstance(outcome, Crash)
    assert outcome.asked
    assert f"the response to {ONE} is malformed" in str(outcome)


FILES = {
    "no JSON": ("once upon a time", "responses/more.json is not JSON"),
    "truncated": ('{"responses": [{"id": ONE, "tens', "is not JSON, or not all of it"),
    "empty": ("", "is not JSON"),
    "deep": ("[" * 100_000, "is not JSON"),
    "bare NaN": ('{"responses": [NaN]}', 'NaN must be the string "NaN"'),
    "a list": ("[]", 'must be an object {"responses": [...]}'),
    "no list": ('{"responses": 1}', 'must be an object {"responses": [...]}'),
    "a number": ('{"responses": [1]}', "response 1 must be an object with the id of a prompt"),
    "no id": ('{"responses": [{"missing": ""}]}', "must be an object with the id of a prompt"),
    "id a list": ('{"responses": [{"id": []}]}', "must be an object with the id of a prompt"),
    "unknown": (
        '{"responses": [{"id": "relu/1.9", "missing": ""}]}',
        "no prompt has the id 'relu/1.9'; did you mean relu/",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), FILES.values(), ids=FILES)
def test_what_belongs_to_no_question_does_not_conform(relus, content, sentence):
    directory, right = relus
    put(directory, right)
    put(directory, content, "more.json")
    (violation,) = offline.load(directory, public()).violations
    assert sentence in violation


def test_a_violation_shows_and_counts(relus):
    directory, right = relus
    put(directory, right)
    assert "CONFORMS in all that it implements" in refcnn_says("judge", directory, status=0)
    put(directory, [{"id": "nothing", "missing": ""}], "more.json")
    out = refcnn_says("judge", directory, status=1)
    assert "no prompt has the id 'nothing'" in out
    assert "DOES NOT CONFORM" in out


def test_of_very_many_violations_the_first_are_told(relus):
    directory, _ = relus
    put(directory, [{"id": f"nothing/{n}", "missing": ""} for n in range(100)])
    violations = offline.load(directory, public()).violations
    assert len(violations) == 21
    assert violations[-1] == "and 80 more of this kind"


def test_neither_of_two_responses_counts(relus):
    directory, right = relus
    put(directory, right)
    put(directory, [r for r in right if r["id"] == ONE], "more.json")
    summary = judged(directory)
    assert summary.violations == (f"responses/more.json, response 1: a second response to {ONE}",)
    assert f"two responses were given to {ONE}" in [f.worst.reason for f in summary.failed]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda y: y.astype("float64"), "wrong dtype: expected float32, got float64"),
        (lambda y: y.reshape(*y.shape, 1), "wrong shape: expected ("),
    ],
)
def test_another_dtype_or_shape_is_wrong(tmp_path, change, sentence):
    export(tmp_path, given={"operators": ("relu",), "dtypes": ("float32",)})
    respond(tmp_path, relu=lambda x: change(REFERENCE["relu"](x)))
    failed = judged(tmp_path).failed
    assert failed
    assert all(sentence in finding.worst.reason for finding in failed)


def test_a_file_may_begin_with_a_byte_order_mark(relus):
    directory, right = relus
    put(directory, "\ufeff" + json.dumps({"responses": right}))
    assert judged(directory).exit_status == 0


# --- what the documentation says


def blocks(path, language):
    return re.findall(rf"```{language}\n(.*?)```", path.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_example_of_a_file_of_responses_is_one(page, tmp_path):
    (example,) = blocks(page, "json")
    put(tmp_path, example)
    inbox = Inbox({f"conv2d/{n}.0": "conv2d" for n in range(3)})
    inbox.read(tmp_path / "responses" / "all.json", "example")
    assert inbox.violations == []
    assert [*map(type, inbox.outcomes.values())] == [Answer, Refusal, Missing]


def test_the_program_in_the_documentation_answers(tmp_path, monkeypatch):
    def send_to_device(operator, attributes, inputs):
        case = {"operator": operator, "attributes": attributes, "inputs": inputs}
        found = response({"id": "", "case": case}, REFERENCE)
        return {kind: found[kind] for kind in found if kind != "id"}

    export(tmp_path / "device", given={"operators": ("dense", "flatten")})
    monkeypatch.chdir(tmp_path)
    (program,) = blocks(PAGES[0], "python")
    exec(program, {"send_to_device": send_to_device})
    assert judged(tmp_path / "device").exit_status == 0
