"""Prompts: every question once, the same on every export, and nothing that tells the answer."""

import json
import shutil
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from device import asked, export, respond

from refcnn.implementations import offline
from refcnn.suite.capabilities import EVERYTHING, Said, features_of
from refcnn.suite.case import Answer, Case, Missing
from refcnn.suite.offline_questions import key, prompts
from refcnn.suite.probe import find_out
from refcnn.suite.registry import OPERATORS, USUAL, extensions
from refcnn.suite.tensors import DTYPES
from refcnn.suite.vector_files import STEMS, public


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """An export of everything; not to be changed."""
    directory = tmp_path_factory.mktemp("offline") / "device"
    export(directory)
    return directory


# --- what is asked


def members(value):
    if isinstance(value, dict):
        return {*value} | {m for v in value.values() for m in members(v)}
    return {m for v in value for m in members(v)} if isinstance(value, list) else set()


def test_prompts_reveal_no_answers(exported):
    case = {"operator", "attributes", "inputs"}
    attributes = {"strides", "padding", "pool_size", *extensions()}
    tensors = {"x", "kernel", "bias"}
    tensor = {"dtype", "shape", "data"}
    assert members(asked(exported)) == {"id", "case", *case, *attributes, *tensors, *tensor}
    for stem in STEMS:
        content = json.loads((exported / "prompts" / f"{stem}.json").read_text("utf-8"))
        assert set(content) == {"suite", "seed", "format", "statement", "prompts"}
    whole = "".join(p.read_text("utf-8") for p in (exported / "prompts").iterdir())
    for secret in ("answer", "rule", "regime", "law", "kills", "bound", "family", "expected"):
        assert secret not in whole


def test_every_case_is_asked_once(exported):
    questions = [Case.from_json(prompt["case"]) for prompt in asked(exported)]
    names = [prompt["id"] for prompt in asked(exported)]
    assert len({*map(key, questions)}) == len(questions) == len({*names})
    usual = chain.from_iterable(public()[operator] for operator in USUAL)
    judgeable = [v for v in usual if not v.question.law]
    wanted = {key(case) for v in judgeable for case in v.question.cases}
    assert wanted <= {*map(key, questions)}
    assert {f"{v.id}.0" for v in judgeable} >= {n for n in names if not n.startswith("probe")}


def test_a_question_is_told_by_its_bits():
    zero, minus = (Case(operator="relu", inputs={"x": np.array([z])}) for z in (0.0, -0.0))
    assert key(zero) != key(minus)
    assert key(zero) == key(Case(operator="relu", inputs=dict(zero.inputs), memory="fortran"))
    assert key(zero) != key(zero.given(x=np.array([[0.0]])))
    assert key(zero) != key(zero.given(x=np.array([0.0], "float32")))
    nan = zero.given(x=np.array([np.nan]))
    assert key(nan) == key(Case.from_json(json.loads(json.dumps(nan.to_json()))))


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("dtypes", [DTYPES, ("float32",)])
def test_who_answers_all_prompts_is_asked_nothing_else(operator, dtypes):
    known = {key(p.case) for p in prompts(public(), [operator], dtypes, extensions())}

    def run(case):
        assert key(case) in known
        return Answer.of(case.inputs["x"])

    find_out(run, (operator,), {operator: Said(dtypes)})


@pytest.mark.parametrize("lacking", ["no_bias", "padding_same", "strides_pair", "float64"])
def test_forms_are_found_out_from_the_prompts_alone(lacking):
    known = {key(p.case) for p in prompts(public(), ["conv2d"], DTYPES, extensions())}

    def run(case):
        if key(case) not in known:
            return Missing("it was not among the prompts", asked=False)
        return Missing("no") if lacking in features_of(case) else Answer.of(case.inputs["x"])

    offer = find_out(run, ("conv2d",))
    assert offer.features["conv2d"] == EVERYTHING.features["conv2d"] - {lacking}


def test_an_export_depends_on_nothing_but_what_is_asked(exported, tmp_path):
    again = tmp_path / "device"
    export(again)
    files = [p.relative_to(again) for p in again.rglob("*") if p.is_file()]
    assert len(files) == len(STEMS) + 2
    for file in files:
        assert (again / file).read_bytes() == (exported / file).read_bytes()


def test_an_export_again_keeps_statement_and_responses(exported, tmp_path):
    device = Path(shutil.copytree(exported, tmp_path / "device"))
    respond(device)
    statement = device / "statement.toml"
    statement.write_text('layout = "NCHW"\n# mine', "utf-8")
    with pytest.raises(ValueError, match="export again with --force"):
        offline.load(device, public())
    with pytest.raises(ValueError, match="--force overwrites it"):
        export(device)
    export(device, force=True)
    assert statement.read_text("utf-8").endswith("# mine")
    assert offline.load(device, public()).statement.layout == "NCHW"
    assert (device / "responses" / "all.json").exists()


def test_nothing_is_written_where_something_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="make them agree"):
        export(tmp_path, format="onnx", given={"layout": "NHWC"})
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ValueError, match="is not a directory"):
        export(tmp_path / "file")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
