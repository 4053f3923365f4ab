"""The harnesses in examples/: other languages conform, and their mistakes are named, too."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from refcnn.implementations.process import ProcessIUT
from refcnn.run import Options, check
from refcnn.suite.capabilities import usual_forms
from refcnn.suite.generators import domains, out_of_reach
from refcnn.suite.judge import Verdict
from refcnn.suite.registry import USUAL

EXAMPLES = Path(__file__).parents[1] / "examples"
HARNESSES = {"node": "harness.js", "c": "harness.c", "java": "Harness.java"}
TOOLS = {"node": ("node",), "c": ("gcc",), "java": ("javac", "java")}

# One character that a person gets wrong, and the mistake that it makes.
TYPOS = {
    "node": ("cnn.js", "filters + o]", "filters + 0]", "conv2d/first-filter-for-all"),
    "c": ("cnn.c", "* outputs + o]", "* outputs + 0]", "dense/first-output-for-all"),
    "java": ("Windows.java", "window[1], strides[1]", "window[1], strides[0]",
             "conv2d/first-stride-for-both"),
}  # fmt: skip


def compile_c(source, into):
    """By the command that the harness tells its reader."""
    told = re.search(r"gcc .* -lm", (source / "harness.c").read_text("utf-8"))[0]
    command = told.replace("-o cnn", f"-o {into / 'cnn'}").split()
    subprocess.run(command, cwd=source, check=True)
    return [str(into / "cnn")]


def compile_java(source, into):
    subprocess.run(["javac", "-d", into, *sorted(source.glob("*.java"))], check=True)
    return ["java", "-cp", str(into), "Harness"]


BUILD = {
    "node": lambda source, into: ["node", str(source / "harness.js")],
    "c": compile_c,
    "java": compile_java,
}


def build(language, source, into):
    """The command that runs a harness; skips where its language is not installed."""
    if absent := [tool for tool in TOOLS[language] if shutil.which(tool) is None]:
        pytest.skip(f"needs {' and '.join(absent)} on the PATH")
    return BUILD[language](source, into)


@pytest.fixture(scope="session", params=HARNESSES)
def command(request, tmp_path_factory):
    """Runs the example in each language, compiled once."""
    return build(request.param, EXAMPLES / request.param, tmp_path_factory.mktemp("built"))


def float32(value):
    """A number of a float32 tensor; C writes nine digits of it, Java a double's."""
    return value if isinstance(value, str) else np.float32(value)


def judged(command):
    """The only place that knows how a program is checked."""
    with ProcessIUT(command) as iut:
        return check(" ".join(command), iut, Options(profile="quick", strict=True))


def test_it_conforms_in_every_clause_that_has_vectors(command):
    summary = judged(command)
    asked = {(clause, op) for op in USUAL for d in domains(op) for clause in d.clauses}
    beyond = {(clause, op) for op in USUAL for clause in out_of_reach(op, usual_forms(op))}
    verdicts = {(f.clause.id, f.operator): f.verdict for f in summary.findings}
    assert summary.exit_status == 0
    assert summary.offer.features == {op: usual_forms(op) for op in USUAL}
    assert asked <= verdicts.keys()
    assert {verdicts.pop(one) for one in beyond} == {Verdict.NOT_IMPLEMENTED}
    assert set(verdicts.values()) == {Verdict.PASS}
    assert not any(f.partly for f in summary.findings)


@pytest.mark.parametrize("language", TYPOS)
def test_one_wrong_character_is_found_and_the_mistake_is_named(language, tmp_path):
    name, right, wrong, mistake = TYPOS[language]
    source = shutil.copytree(EXAMPLES / language, tmp_path / language)
    before = (source / name).read_text("utf-8")
    after = before.replace(right, wrong)
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after)) == 1
    (source / name).write_text(after, "utf-8")
    summary = judged(build(language, source, tmp_path))
    assert summary.exit_status == 1
    diagnosis = summary.diagnoses[mistake.partition("/")[0]]
    assert [m.id for m in diagnosis.mistakes] == [mistake]
    assert diagnosis.complete
    assert all(d.mistakes or d.unnamed for d in summary.diagnoses.values())


def test_a_conversation_by_hand(command):
    data = [1, -0.5, "NaN", "Infinity", "-Infinity", 0.10000000149011612]
    x = {"dtype": "float32", "shape": [1, 3, 2], "data": data}
    cases = [
        {"operator": "flatten", "attributes": {}, "inputs": {"x": x}},
        {"operator": "max_pool2d", "attributes": {"pool_size": 2}, "inputs": {"x": x}},
        {"operator": "dropout", "attributes": {}, "inputs": {"x": x}},
    ]
    messages = [
        {"command": "start", "protocol": 1},
        *({"command": "run", "case": case} for case in cases),
        {"command": "stop"},
    ]
    lines = [json.dumps({"seq": seq, **message}) for seq, message in enumerate(messages)]
    done = subprocess.run(
        command, input="\n".join(lines), capture_output=True, text=True, timeout=60, check=True
    )
    start, flat, refused, missing = map(json.loads, done.stdout.splitlines())
    assert done.stderr == ""
    assert [start["seq"], flat["seq"], refused["seq"], missing["seq"]] == [0, 1, 2, 3]
    assert start["statement"]["operators"] == list(USUAL)
    assert flat["tensor"]["shape"] == [1, 6]
    assert [float32(v) for v in flat["tensor"]["data"]] == [float32(v) for v in data]
    assert "4" in refused["refusal"]["message"]
    assert "operator" in missing["missing"]


@pytest.mark.parametrize("language", HARNESSES)
def test_a_harness_has_at_most_sixty_lines(language):
    lines = (EXAMPLES / language / HARNESSES[language]).read_text("utf-8").splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 100
