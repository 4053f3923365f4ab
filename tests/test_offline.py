"""The offline door: questions go out in files, answers come back in files."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from device import asked, export, judged, put, refcnn_says, respond, response, verdicts

import refcnn
from refcnn.diagnosis.power import REFERENCE
from refcnn.implementations import offline
from refcnn.implementations.local import LocalIUT
from refcnn.run import Options, check
from refcnn.suite.judge import Verdict
from refcnn.suite.paths import golden
from refcnn.suite.registry import USUAL
from refcnn.suite.tensors import DTYPES
from refcnn.suite.vector_files import STEMS, public, text

FORWARD = {operator: REFERENCE[operator] for operator in USUAL}


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """An export of everything that is answered rightly; not to be changed."""
    directory = tmp_path_factory.mktemp("offline") / "device"
    export(directory)
    respond(directory)
    return directory


@pytest.fixture
def device(answered, tmp_path):
    """A copy of that."""
    return Path(shutil.copytree(answered, tmp_path / "device"))


# --- right answers, wrong answers


def test_right_responses_conform_in_all_but_purity(answered):
    summary = judged(answered)
    there = check("local", LocalIUT(FORWARD), Options(profile="quick"))
    pure = {(f.clause.id, f.operator) for f in there.findings if f.clause.level == "pure"}
    assert len(pure) == 3 * len(USUAL)
    expected = {**verdicts(there), **dict.fromkeys(pure, Verdict.SKIPPED)}
    assert verdicts(summary) == expected
    assert Verdict.PASS in expected.values()
    assert summary.exit_status == 0
    impure = sum(r.cases for f in there.findings if f.clause.level != "pure" for r in f.results)
    assert summary.cases == impure
    assert summary.statement.notes == (offline.PURITY,)


def test_a_wrong_operator_is_found_and_its_mistake_named(device):
    def softmax(x):
        with np.errstate(all="ignore"):
            powers = np.exp(x)
            return powers / powers.sum(-1, keepdims=True)

    respond(device, softmax=softmax)
    summary = judged(device, name_mistakes=True)
    assert {f.operator for f in summary.failed} == {"softmax"}
    (mistake,) = summary.diagnoses["softmax"].mistakes
    assert "largest logit is not subtracted" in mistake.sentence
    out = refcnn_says("judge", device, "--ops", "softmax", status=1)
    (named,) = re.findall(r"SOFT-6 fails prompt (softmax/\d+\.0)", out)
    assert named in {prompt["id"] for prompt in asked(device)}


def to_nhwc(function):
    def channels_first(x, *tensors, **named):
        kernel = named.pop("kernel", None)
        weights = {} if kernel is None else {"kernel": kernel.transpose(2, 3, 1, 0)}
        y = function(x.transpose(0, 2, 3, 1), *tensors, **weights, **named)
        return y.transpose(0, 3, 1, 2) if y.ndim == 4 else y

    def any_rank(x, *tensors, **named):
        ranks = [t.ndim for t in (x, *(t for n, t in named.items() if n == "kernel"))]
        if any(rank != 4 for rank in ranks):
            raise ValueError("another rank")
        return channels_first(x, *tensors, **named)

    return any_rank


def test_tensors_are_in_the_stated_layout(tmp_path):
    layouts = {"layout": "NCHW", "kernel_layout": "OIHW", "dense_layout": "OI"}
    export(tmp_path, given=layouts)
    images = ("conv2d", "max_pool2d", "avg_pool2d", "global_avg_pool2d", "flatten")
    functions = {name: to_nhwc(REFERENCE[name]) for name in images}

    def dense(x, kernel, bias=None):
        return refcnn.dense(x, kernel.T if kernel.ndim == 2 else kernel, bias)

    respond(tmp_path, dense=dense, **functions)
    assert judged(tmp_path).exit_status == 0
    respond(tmp_path)  # in the wrong layout
    assert {f.operator for f in judged(tmp_path).failed} == {*images, "dense"}


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_implementation_of_one_dtype_is_asked_in_it_alone(tmp_path, dtype):
    export(tmp_path, given={"dtypes": (dtype,)})
    tensors = [t for prompt in asked(tmp_path) for t in prompt["case"]["inputs"].values()]
    assert {tensor["dtype"] for tensor in tensors} == {dtype}
    respond(tmp_path)
    summary = judged(tmp_path)
    assert summary.exit_status == 0
    there = check("local", LocalIUT(FORWARD, dtypes=(dtype,)), Options(profile="quick"))
    impure = [f for f in there.findings if f.clause.level != "pure"]
    assert all(verdicts(summary)[f.clause.id, f.operator] is f.verdict for f in impure)


def test_the_statement_says_how_answers_are_judged(device):
    def flatten(x):
        return np.moveaxis(x, -1, 1).reshape(len(x), int(np.prod(x.shape[1:])))

    respond(device, flatten=flatten)
    assert judged(device).exit_status == 1
    path = device / "statement.toml"
    stated = re.sub(
        r"dialects = .*", 'dialects = ["flatten_channel_first"]', path.read_text("utf-8")
    )
    path.write_text(stated, "utf-8")
    assert judged(device).exit_status == 0
    assert verdicts(judged(device))["FLAT-2", "flatten"] is Verdict.SKIPPED


def test_operators_that_are_no_longer_offered_are_not_judged(device):
    (device / "statement.toml").write_text('operators = ["relu"]', "utf-8")
    put(device, [r for r in respond(device) if "relu" in r["id"]])
    summary = judged(device)
    assert summary.exit_status == 0
    assert {f.operator for f in summary.having(Verdict.PASS)} == {"relu"}
    assert any("prompts have no response" in note for note in summary.statement.notes)


def test_what_is_missing_counts_neither_way(device):
    def no_same(prompt):
        lacks = prompt["case"]["attributes"].get("padding") == "same"
        missing = {"id": prompt["id"], "missing": "there is no same padding"}
        return missing if lacks else response(prompt, REFERENCE)

    put(device, [no_same(prompt) for prompt in asked(device)])
    summary = judged(device)
    assert summary.exit_status == 0
    assert verdicts(summary)["CONV-14", "conv2d"] is Verdict.NOT_IMPLEMENTED


# --- prompts that are not those that were exported


def test_a_changed_prompt_is_noticed(device):
    path = device / "prompts" / "dense.json"
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(content, indent=2), "utf-8")
    assert judged(device, operators=("relu",)).exit_status == 0  # only laid out differently
    content["prompts"][-1]["case"]["inputs"]["x"]["data"][0] = 77
    path.write_text(json.dumps(content), "utf-8")
    out = refcnn_says("judge", device, status=2)
    assert "dense.json is not what this refcnn exports from these vectors" in out


WRONG = '{"operators": 5, "dtypes": [], "layout": "", "kernel_layout": "", "dense_layout": ""}'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"statement": 1}',
        '{"seed": 0.5, "format": "json", "statement": {}}',
        '{"seed": 0, "format": ["json"], "statement": ABOUT}',
        '{"seed": true, "format": "json", "statement": ABOUT}',
        '{"seed": 0, "format": "json", "statement": ABOUT}'.replace("ABOUT", WRONG),
    ],
)
def test_prompts_that_are_none(device, content):
    path = device / "prompts" / "conv2d.json"
    about = json.dumps(json.loads(path.read_text("utf-8"))["statement"])
    path.write_text(content.replace("ABOUT", about), "utf-8")
    assert "was changed" in refcnn_says("judge", device, status=2)


def test_a_directory_without_an_export_cannot_be_judged(tmp_path, device):
    out = refcnn_says("judge", tmp_path / "nowhere", status=2)
    assert "refcnn vectors export writes it" in out
    shutil.rmtree(device / "responses")
    assert "has no responses" in refcnn_says("judge", device, status=2)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("layout =", "statement.toml is not TOML"),
        ('layout = "NWHC"', "layout must be one of NHWC, NCHW"),
        ('dtypes = ["float32"]', "but the prompts were written for float32, float64"),
        (
            'levels = ["pure"]',
            "asks for no level that can be judged: core or robust or gradient or extended",
        ),
    ],
)
def test_a_statement_that_does_not_fit(device, statement, sentence):
    (device / "statement.toml").write_text(statement, "utf-8")
    assert sentence in refcnn_says("judge", device, status=2)


def small():
    """A set of vectors of one's own: every second public one."""
    return {operator: vectors[::2] for operator, vectors in public().items()}


# --- the commands


def test_the_commands_from_end_to_end(tmp_path):
    directory, report = tmp_path / "device", tmp_path / "report.json"
    options = ("--ops", "dense,relu", "--dtypes", "float32", "--dense-layout", "OI")
    out = refcnn_says("export", directory, *options, status=0)
    assert f"wrote {len(asked(directory))} questions to" in out
    respond(directory, dense=lambda x, kernel, bias=None: refcnn.dense(x, kernel.T, bias))
    out = refcnn_says("judge", directory, "--json", report, status=0)
    assert "stated layouts: NHWC, kernels HWIO, matrices OI" in out
    found = json.loads(report.read_text("utf-8"))
    assert found["statement"]["name"] == "device"
    assert found["statement"]["dtypes"] == ["float32"]
    out = refcnn_says("judge", directory, "--clauses", "dense-1", status=0)
    assert "1 of 1 clauses hold" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export", "DIR", "--layout", "NCWH"], "layout must be one of NHWC, NCHW"),
        (["export", "DIR", "--dtypes", "float16"], "'float16' is not known"),
        (["export", "DIR", "--ops", "conv"], "did you mean conv2d"),
        (["export", "DIR", "--format", "pb"], "'pb' is not one of"),
        (["export", "DIR", "--answers"], "--answers is for --format onnx alone"),
        (["export", "DIR", "--seed", "1", "--vectors", "DIR"], "name one of them"),
        (["export", "DIR", "--vectors", "DIR/x"], "there is no file"),
        (["judge", "DIR", "--json", "DIR"], "no file can be written at"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(tmp_path, arguments, sentence):
    words = [word.replace("DIR", str(tmp_path)) for word in arguments]
    assert sentence in refcnn_says(*words, status=2)
    assert not any(tmp_path.iterdir())


def test_vectors_of_one_s_own(tmp_path):
    own, directory = tmp_path / "own", tmp_path / "device"
    own.mkdir()
    for stem, operators in STEMS.items():
        content = text([v for op in operators for v in small()[op]], 7)
        (own / f"{stem}.json").write_text(content, "utf-8")
    refcnn_says("export", directory, "--vectors", own, "--ops", "relu", status=0)
    respond(directory)
    assert "name them with --vectors" in refcnn_says("judge", directory, status=2)
    out = refcnn_says("judge", directory, "--vectors", own, status=0)
    wanted = sum(not v.question.law for v in small()["relu"])
    assert f"({wanted} cases;" in out
    assert "was changed" in refcnn_says("judge", directory, "--vectors", golden(), status=2)


def test_other_vectors_are_asked_for_once_alone():
    def cases(vectors):
        options = Options(("relu",), profile="quick", vectors=vectors)
        return check("local", LocalIUT(REFERENCE), options).cases

    before = cases(None)
    assert cases(small()) < before
    assert cases(None) == before


def test_vectors_of_a_seed_are_chosen_again(tmp_path, monkeypatch):
    seeds = []
    monkeypatch.setattr("refcnn.diagnosis.select.build", lambda seed: seeds.append(seed) or small())
    refcnn_says("export", tmp_path, "--seed", "5", "--ops", "relu", status=0)
    respond(tmp_path)
    refcnn_says("judge", tmp_path, status=0)
    assert seeds == [5, 5]


def test_two_vectors_of_one_name_are_refused(tmp_path):
    first, second = public()["relu"][:2]
    twin = replace(second, question=replace(second.question, id=first.id))
    with pytest.raises(ValueError, match=f"two vectors have the id '{first.id}.0'"):
        export(tmp_path, {**small(), "relu": [first, twin]})
