"""An operator is one folder and its two functions; it may have several outputs, each judged.

A copy of the package is given one that nobody knows, `extremes`, whose answer is the largest
and the smallest number of each example.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import refcnn
from refcnn.harness.python import by_output
from refcnn.suite.operator import Input, Operator, Output

PACKAGE, NEW = Path(refcnn.__file__).parent, Path(__file__).parent / "new_operator"
BUILD = """
from pathlib import Path
from refcnn.diagnosis.select import build
from refcnn.suite.vector_files import text
built = build(0, ["extremes"])["extremes"]
Path("golden/extremes.json").write_text(text(built, 0), "utf-8")
"""
LOAD = """
from refcnn.suite.paths import golden
from refcnn.suite.vector_files import load
assert load(golden())["extremes"]
"""
RIGHT = "x.max(axis=1, keepdims=True), x.min(axis=1, keepdims=True)"
NAMED = '{"smallest": x.min(axis=1, keepdims=True), "largest": x.max(axis=1, keepdims=True)}'
WRONG = "x.max(axis=1, keepdims=True), x.min(initial=9e9) + 0 * x[:, :1]"
ONE = "x.max(axis=1, keepdims=True)"
HALF = "x.max(axis=1, keepdims=True), None"
PROGRAM = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["command"] == "stop":
        break
    if asked["command"] == "start" and asked["protocol"] != {version}:
        reply = {{"refusal": {{"kind": "Version", "message": "another protocol"}}}}
    elif asked["command"] == "start":
        reply = {{"statement": {{"name": "it", "operators": ["extremes"]}}}}
    else:
        x = asked["case"]["inputs"]["x"]
        rows, columns = x["shape"]
        data = [x["data"][i * columns : (i + 1) * columns] for i in range(rows)]
        parts = [[f(row) for row in data] for f in (max, min)]
        told = [{{"dtype": x["dtype"], "shape": [rows, 1], "data": p}} for p in parts]
        reply = {answer}
    print(json.dumps({{"seq": asked["seq"], **reply}}), flush=True)
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """Run the copy of refcnn that has the new operator; returns what it says."""
    home = tmp_path_factory.mktemp("copy")
    hidden = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, home / "refcnn", ignore=hidden)
    shutil.copytree(PACKAGE.parent / "golden", home / "golden")
    shutil.copytree(NEW / "extremes", home / "refcnn" / "operators" / "extremes", ignore=hidden)
    for module in ("ops", "definition"):
        path = home / "refcnn" / "cnn" / f"{module}.py"
        more = (NEW / f"{module}.py.txt").read_text("utf-8")
        path.write_text(path.read_text("utf-8") + more, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(home), "COLUMNS": "200"}

    def run(*arguments, status=0):
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command,
            cwd=home,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    run("-c", BUILD)
    run.home = home
    return run


def checked(run, source, status, *more):
    (run.home / "mine.py").write_text(f"def extremes(x):\n    return {source}\n", "utf-8")
    return run("-m", "refcnn", "check", "mine.py", *more, status=status)


@pytest.mark.parametrize("source", [RIGHT, NAMED], ids=["tuple", "dict"])
def test_outputs_come_as_a_tuple_or_by_their_names(copied, source):
    assert "CONFORMS in all that it implements: 8 of 8 clauses hold" in checked(copied, source, 0)


def test_the_output_that_is_wrong_is_named_diagnosed_and_replayed(copied):
    told = checked(copied, WRONG, 1)
    assert "smallest[0,0]: expected" in told
    assert "largest[" not in told.replace("largest[b]", "")
    assert "The smallest number of the whole batch is given for every example." in told
    assert "smallest[0,0] = min(" in told
    assert "print(extremes(x))  # smallest[0,0]: expected" in told


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (ONE, "returned ndarray, not the arrays (largest, smallest)"),
        (HALF, "no smallest: there must be an array"),
        (f"({RIGHT}, x)", "returned tuple, not the arrays (largest, smallest)"),
        ('{"most": x}', "returned dict, not the arrays (largest, smallest)"),
        ("x.max(axis=1, keepdims=True), 3", "returned int, not numpy.ndarray, as smallest"),
    ],
)
def test_what_is_no_answer_is_told_in_one_sentence(copied, source, sentence):
    assert sentence in " ".join(checked(copied, source, 1, "--profile", "quick").split())


def test_all_its_mistakes_are_noticed_and_its_files_are_valid(copied):
    assert "15 of 15 mutants killed" in copied("-m", "refcnn", "mutants", "--ops", "extremes")
    vectors = json.loads((copied.home / "golden" / "extremes.json").read_text("utf-8"))["vectors"]
    answers = [one["answers"] for one in vectors if "answers" in one]
    assert len(answers) == len(vectors)
    alone = [one for one in vectors if "output" in one]  # of ANY-1, which looks at one of them
    assert all([*one["answers"]] == [one["output"]] for one in alone)
    both = [one for one in answers if {*one} == {"largest", "smallest"}]
    assert len(both) + len(alone) == len(answers)
    copied("-c", LOAD)


def test_each_of_its_outputs_is_explained(copied):
    checked(copied, WRONG, 1, "--json", "report.json")
    explain = ["-m", "refcnn", "explain", "report.json", "--clause", "EXTR-1"]
    assert "smallest[0,0]\n  min(" in copied(*explain).replace("Step 1: ", "")
    told = copied(*explain, "--output", "largest", "--at", "0,0")
    assert "largest has the shape" in told
    assert "  max(" in told
    told = copied(*explain, "--output", "y", status=2)
    assert "extremes has no output 'y', but largest, smallest" in " ".join(told.split())


def test_it_is_graded_in_the_sandbox(copied):
    grade = ["-m", "refcnn", "grade", "mine.py", "-a", "course", "-o", "graded"]
    copied("-m", "refcnn", "assignment", "init", "course", "--operators", "extremes")
    (copied.home / "mine.py").write_text(f"def extremes(x):\n    return {RIGHT}\n", "utf-8")
    assert "100 / 100" in copied(*grade)
    (copied.home / "mine.py").write_text(f"def extremes(x):\n    return {WRONG}\n", "utf-8")
    told = copied(*grade)
    assert "100 / 100" not in told
    assert "extremes: The smallest number of the who" in told
    pages = [path.read_text("utf-8") for path in (copied.home / "graded").rglob("mine*.html")]
    assert any("smallest[" in page for page in pages)


@pytest.mark.parametrize(
    ("version", "answer", "status", "sentence"),
    [
        (2, '{"tensors": dict(zip(("largest", "smallest"), told))}', 0, "8 of 8 clauses hold"),
        (1, '{"tensors": dict(zip(("largest", "smallest"), told))}', 0, "8 of 8 clauses hold"),
        (2, '{"tensor": told[0]}', 1, "has the outputs largest, smallest: they are named"),
        (2, '{"tensors": {"lowest": told[1]}}', 1, "extremes has no output 'lowest'"),
        (3, '{"tensors": {}}', 2, "while it was loaded it raised Version: another protocol"),
    ],
)
def test_a_program_names_its_outputs_whatever_version_it_speaks(
    copied, version, answer, status, sentence
):
    program = PROGRAM.format(version=version, answer=answer)
    (copied.home / "program.py").write_text(program, "utf-8")
    command = f"{sys.executable} program.py"
    told = copied("-m", "refcnn", "check", "--exec", command, status=status)
    assert sentence in " ".join(told.split())


def test_an_output_is_there_only_with_what_it_is_given_with():
    record = Operator(
        name="layer",
        place=0,
        inputs=(Input("x"), Input("bias", optional=True)),
        outputs=(Output("dx"), Output("dbias", given_with="bias")),
        whole="",
        basis=(),
        onnx="",
    )
    dx = np.zeros(2)
    assert record.outputs_of(["x"]) == ("dx",)
    assert record.outputs_of(["x", "bias"]) == ("dx", "dbias")
    assert record.picked((dx, None), "dx") is dx
    with pytest.raises(ValueError, match="has the outputs dx, dbias: name one"):
        record.picked((dx, None), "")
    assert by_output(record, (dx, None)) == by_output(record, {"dx": dx}) == {"dx": dx}
    assert by_output(record, (None, None)) == "returned tuple, not the arrays (dx, dbias)"
