"""The statement: every place it can be said in, what wins, and what is wrong with it."""

import re
from pathlib import Path

import numpy as np
import pytest
from command import run

from refcnn.diagnosis.power import REFERENCE
from refcnn.harness.schema import schema
from refcnn.harness.statement import Statement, checked, preset, presets, read, statement
from refcnn.implementations import layouts
from refcnn.implementations import targets as doors
from refcnn.implementations.local import LocalIUT
from refcnn.reports.summary import stated
from refcnn.suite.case import ALGORITHMS, Answer, Case
from refcnn.suite.clauses import LEVELS
from refcnn.suite.dialects import known_dialects
from refcnn.suite.operator import IMAGES
from refcnn.suite.registry import OPERATORS, record
from refcnn.suite.schemas import SchemaError
from refcnn.suite.tensors import DTYPES

ROOT = Path(__file__).resolve().parent.parent
MEMBERS = schema()["$defs"]["statement"]["properties"]
CHANNELS_FIRST = """
import numpy as np
from refcnn import ops
def conv2d(x, kernel, bias=None, **options):
    x, kernel = np.moveaxis(x, 1, 3), kernel.transpose(2, 3, 1, 0)
    return np.moveaxis(ops.conv2d(x, kernel, bias, **options), 3, 1)
def flatten(x):
    return x.reshape(len(x), -1)
def dense(x, kernel, bias=None):
    return ops.dense(x, kernel.T, bias)
"""
SAID = {
    "layout": "NCHW",
    "kernel_layout": "OIHW",
    "dense_layout": "OI",
    "dialects": ["flatten_channel_first"],
}


def test_the_schema_knows_the_names_of_the_specification():
    definitions = schema()["$defs"]
    assert definitions["operator"]["enum"] == [*OPERATORS]
    assert MEMBERS["dtypes"]["items"]["enum"] == [*DTYPES]
    assert MEMBERS["algorithm"]["enum"] == [*ALGORITHMS]
    assert definitions["dialect"]["enum"] == [*known_dialects()]
    assert set(MEMBERS["levels"]["items"]["enum"]) == set(LEVELS)
    assert set(MEMBERS) == set(Statement.__dataclass_fields__) - {"own"}  # what tables say


def test_the_page_names_every_member_and_value():
    text = (ROOT / "docs" / "statement.md").read_text("utf-8")
    enums = [MEMBERS[m].get("enum") or MEMBERS[m].get("items", {}).get("enum", ()) for m in MEMBERS]
    words = [*MEMBERS, *(v for enum in enums for v in enum or () if v not in OPERATORS)]
    assert [word for word in words if f"`{word}`" not in text] == []
    for d in known_dialects().values():
        row = f"| `{d.name}` | {', '.join(d.operators)} | {d.sentence} | {', '.join(d.clauses)} |"
        assert row in text
    assert [name for name in presets() if f"--like {name}`" not in text] == []


def write(path, text):
    path.write_text(text, "utf-8")
    return path


def test_layouts_and_a_dialect_stated_in_the_file_or_beside_it(tmp_path):
    options = ("--profile", "quick", "--levels", "core,pure")
    file = write(tmp_path / "mine.py", CHANNELS_FIRST)
    run("check", file, *options, status=1)
    toml = "\n".join(f"{key} = {value!r}" for key, value in SAID.items())
    beside = write(tmp_path / "mine.toml", toml)
    out, _ = run("check", file, "--statement", beside, *options, status=0)
    assert "stated layouts: NCHW, kernels OIHW, matrices OI" in out
    write(file, f"STATEMENT = {SAID!r}\n{CHANNELS_FIRST}")
    run("check", file, *options, status=0)


def test_what_comes_later_wins(tmp_path):
    beside = write(tmp_path / "s.toml", "layout = 'NHWC'\nalgorithm = 'fast'")
    said = doors.stated("cs231n", beside, {"algorithm": "direct", "levels": ()})
    assert (said["layout"], said["kernel_layout"], said["algorithm"]) == ("NHWC", "OIHW", "direct")
    assert said["levels"] == preset("cs231n")["levels"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--like", "cs231"], "--like: 'cs231' is not known; did you mean cs231n?"),
        (["--like", "x"], "--like: 'x' is not known; known are autograd, cs231n"),
        (["--statement", "no.toml"], "--statement: there is no file no.toml"),
        (["--dialects", "avg_pool_count_padding"], "did you mean avg_pool_counts_padding?"),
        (["--algorithm", "quick"], "--algorithm: 'quick' is not known"),
        (["--levels", "cores"], "--levels: 'cores' is not known; did you mean core?"),
    ],
)
def test_options_that_are_wrong(options, sentence):
    from typer.testing import CliRunner

    from refcnn import cli

    done = CliRunner().invoke(cli.app, ["check", "x.py", *options], env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert sentence in done.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("layout = ", "s.toml is not TOML: Invalid value"),
        ("layout = 'CHWN'", "s.toml: layout must be one of NHWC, NCHW, not 'CHWN'"),
        ("dialect = []", "s.toml has no member 'dialect'; did you mean dialects?"),
        ("dialects = ['x']", "s.toml: dialects[0] must be one of kernel_flipped, "),
        ("[calls]\nconv = 'f(x)'", "s.toml: calls has no member 'conv'; did you mean conv2d?"),
        ("levels = []", "s.toml: levels must contain at least 1 items"),
        ("name = 3", "s.toml: name must be a string, not 3"),
    ],
)
def test_files_that_are_wrong(tmp_path, text, sentence):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the sentence is what is tested
        read(write(tmp_path / "s.toml", text))
    assert sentence in str(error.value)


def test_every_preset_is_a_statement():
    assert {"cs231n", "deeplearning-ai"} <= set(presets())
    for name in presets():
        said = statement(preset(name))
        assert said.calls
        assert said.source.startswith("http")


def test_a_preset_that_would_fit_is_suggested():
    layers = ROOT / "examples" / "cs231n" / "layers.py"
    out, _ = run("check", layers, "--profile", "quick", status=2)
    note = "it has functions like those of cs231n: try --like cs231n"
    assert note in " ".join(out.split())


def test_a_statement_as_data_again():
    said = {**SAID, "name": "mine", "operators": ["relu"], "implementation": {"language": "C"}}
    again = stated(statement(checked(said, "it")))
    assert again == said
    with pytest.raises(SchemaError, match="it must be an object, not 3"):
        checked(3, "it")


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_a_tensor_there_and_back_is_the_same(operator, layout):
    said = statement({"layout": layout, "kernel_layout": "OIHW", "dense_layout": "OI"})
    shapes = {"x": (2, 3, 4, 5), "kernel": (2, 3, 5, 4), "bias": (4,)}
    if operator == "dense":
        shapes = {"x": (2, 3), "kernel": (3, 4), "bias": (4,)}
    inputs = {n: np.arange(np.prod(s), dtype=np.float64).reshape(s) for n, s in shapes.items()}
    asked = layouts.asked(Case(operator=operator, inputs=inputs), said)
    known = record(operator)
    if known.axes_of("x") == IMAGES:
        moved = {"NHWC": (2, 3, 4, 5), "NCHW": (2, 5, 3, 4)}[layout]
        assert asked.inputs["x"].shape == moved
    if operator == "conv2d":
        assert asked.inputs["kernel"].shape == (4, 5, 2, 3)
    if operator == "dense":
        assert asked.inputs["kernel"].tolist() == inputs["kernel"].T.tolist()
    if known.outputs[0].axes == IMAGES:
        first = known.answered[0]
        back = layouts.answered(asked, Answer({first: asked.inputs["x"]}), said)
        assert back.outputs[first].tolist() == inputs["x"].tolist()


def test_illegal_ranks_are_asked_as_they_are():
    said = statement({"layout": "NCHW"})
    case = Case(operator="max_pool2d", inputs={"x": np.zeros((3, 4))})
    assert layouts.asked(case, said).inputs["x"].shape == (3, 4)


def test_levels_that_are_not_asked_for_are_not_judged(tmp_path):
    file = write(tmp_path / "mine.py", "def relu(x): return (x + abs(x)) / 2\n")
    out, _ = run("check", file, "--levels", "core", status=0)
    assert "the statement asks for core alone" in " ".join(out.split())


def test_operators_that_are_not_stated_are_not_asked(tmp_path):
    text = "STATEMENT = {'operators': ['relu']}\nfrom refcnn.cnn.ops import relu, softmax\n"
    out, _ = run("check", write(tmp_path / "mine.py", text), "--profile", "quick", status=0)
    assert re.search("│ softmax +│ not implemented │", out)


def test_functions_in_this_process_state_as_much():
    moved = {"relu": REFERENCE["relu"]}
    assert LocalIUT(moved, layout="NCHW").statement.layout == "NCHW"
    with pytest.raises(SchemaError, match="the statement: layout must be one of"):
        LocalIUT(moved, layout="CHW")
