"""The commands as a user meets them: what they print, their exit status, their files."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from command import run

import refcnn
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.clauses import clauses
from refcnn.suite.generators import maker
from refcnn.suite.registry import OPERATORS, record

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


@pytest.fixture
def subject(tmp_path):
    """Writes a Python file with some source."""

    def write(source, name="subject.py"):
        path = tmp_path / name
        path.write_text(source, "utf-8")
        return path

    return write


def test_a_right_submission_conforms():
    out, err = run("check", EXAMPLES / "plain_loops.py", status=0)
    assert re.search(r"CONFORMS in all that it implements: (\d{3}) of \1 clauses hold", out)
    assert "FAIL" not in out
    assert err == ""


def test_another_layout_conforms_in_what_it_offers():
    out, _ = run("check", EXAMPLES / "channels_first.py", status=0)
    assert "CONFORMS in all that it implements" in out
    assert re.search(r"max_pool2d.*not implemented", out)
    limits = "limits: conv2d: strides as an integer alone, padding as an integer alone"
    assert limits in " ".join(out.split())


def test_three_mistakes_have_three_cards(tmp_path):
    report = tmp_path / "report.json"
    out, _ = run("check", EXAMPLES / "three_mistakes.py", "--json", report, status=1)
    assert re.findall(r"╭─ (\S+ · \S+) ─", out) == [
        "CONV-3 · conv2d",
        "POOL-8 · max_pool2d",
        "SOFT-6 · softmax",
    ]
    assert "It is cross-correlation: the kernel is not flipped" in out
    assert "again: refcnn check" in out
    assert "DOES NOT CONFORM" in out
    found = json.loads(report.read_text("utf-8"))
    assert found["exit_status"] == 1
    failed = [f for f in found["findings"] if f["verdict"] == "fail"]
    assert {f["operator"] for f in failed} == {"conv2d", "max_pool2d", "softmax"}
    assert all(f["failure"]["case"]["operator"] == f["operator"] for f in failed)
    assert found["cases"] == sum(t["cases"] for f in found["findings"] for t in f["tests"])
    explained, _ = run("explain", report, "--clause", "POOL-8", status=0)
    assert "max(-1)" in explained
    run("explain", report, status=0)
    run("explain", report, "--clause", "SOFT-6", "--at", "0,0", status=0)
    _, err = run("explain", report, "--clause", "POOL-1", status=2)
    assert "the report has no failure of POOL-1; it has" in " ".join(err.split())


def test_the_same_check_twice_says_the_same(tmp_path):
    texts = []
    for name in ("a.json", "b.json"):
        run("check", EXAMPLES / "three_mistakes.py", "--json", tmp_path / name, status=1)
        report = json.loads((tmp_path / name).read_text("utf-8"))
        texts.append(json.dumps({**report, "seconds": 0, "times": {}}))
    assert texts[0] == texts[1]


def test_a_seed_tries_other_cases(tmp_path):
    for seed in (1, 2):
        arguments = ("--seed", seed, "--clauses", "RELU-1", "--json", tmp_path / f"{seed}.json")
        out, _ = run("check", EXAMPLES / "plain_loops.py", *arguments, status=0)
        assert "1 of 1 clauses hold" in out
        _, err = run("explain", tmp_path / f"{seed}.json", status=2)
        assert "the report has no failure to explain" in err


def test_operators_and_profiles_can_be_chosen():
    options = ("--ops", "relu,softmax", "--profile", "quick")
    out, _ = run("check", EXAMPLES / "plain_loops.py", *options, status=0)
    assert "conv2d" not in out
    assert "relu" in out


FLOAT32 = """
import numpy as np
def relu(x): return np.maximum(x, 0).astype(np.float32)
def flatten(x): return x.reshape(len(x), int(np.prod(x.shape[1:]))).astype("float32")
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_dtype_is_enough(subject, dtype):
    path = subject(FLOAT32.replace("float32", dtype))
    out, _ = run("check", path, status=0)
    other = {"float32": "float64", "float64": "float32"}[dtype]
    assert f"limits: relu: {dtype} alone (it answers {dtype} to {other})" in " ".join(out.split())
    demanded, _ = run("check", path, "--dtypes", "float32,float64", status=1)
    assert f"wrong dtype: expected {other}, got {dtype}" in " ".join(demanded.split())


def test_a_stated_dtype_is_taken_at_its_word(subject):
    run("check", subject(FLOAT32 + "STATEMENT = {'dtypes': ['float32']}"), status=0)
    run("check", subject(FLOAT32 + "STATEMENT = {'dtypes': ['float64']}"), status=1)


def test_missing_arguments_are_not_implemented(subject):
    path = subject("def conv2d(x, kernel, stride=1, pad=0): raise ValueError('todo')")
    out, _ = run("check", path, status=1)
    flat = " ".join(out.split())
    assert "it has no argument 'strides'; is 'stride' meant to be 'strides'?" in flat
    assert "no bias (it has no argument 'bias')" in flat
    assert "raised ValueError: todo (line 1)" in flat


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def conv2d(x:", "while it was loaded it raised SyntaxError"),
        ("import os; os._exit(0)", "the process ended (status 0)"),
        ("raise SystemExit(0)", "it raised SystemExit: 0 (line 1)"),
    ],
)
def test_a_file_that_cannot_be_loaded(subject, source, sentence):
    out, err = run("check", subject(source), status=2)
    assert out == ""
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_a_file_without_operators(subject):
    out, _ = run("check", subject("def conv_2d(x): ..."), status=2)
    assert "COULD NOT BE JUDGED" in out
    assert "found 'conv_2d'; is it meant to be 'conv2d'?" in out


def test_hanging_crashing_and_rubbish_are_failures(subject):
    path = subject(
        "import os, time\n"
        "def relu(x): time.sleep(99)\n"
        "def softmax(x): os._exit(0)\n"
        "def flatten(x): return 'rubbish'\n"
        "def dense(x, kernel): y = x @ kernel; x += 1; return y\n"
    )
    out, _ = run("check", path, "--timeout", "1", status=1)
    flat = " ".join(out.split())
    assert "no answer within 1 s" in flat
    assert "the process ended (status 0) without an answer" in flat
    assert "returned str, not numpy.ndarray" in flat
    assert "side effect: x was changed" in flat


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["check", "nowhere.py"],
            ["nowhere.py could not be judged: there is no such file, and it is not a framework"],
        ),
        (["check", str(EXAMPLES)], ["could not be judged: it is a directory; name a file in it"]),
        (["check", "x.py", "--profile", "fast"], ["'fast' is not one of"]),
        (["check", str(EXAMPLES / "plain_loops.py"), "--ops", "conv"], ["did you mean conv2d?"]),
        (["check", str(EXAMPLES / "plain_loops.py"), "--clauses", "XX-1"], ["'XX-1' is not known"]),
        (["explain", "nowhere.json"], ["there is no file nowhere.json"]),
        (["explain", "--at", "9,9,9,9"], ["--at 9,9,9,9 is not an output of y"]),
        (["explain", "--at", "a"], ["--at must be integers with commas"]),
        (["explain", str(EXAMPLES.parent / "README.md")], ["could not be read: while it was"]),
        (["chekc"], ["No such command 'chekc'"]),
    ],
)
def test_usage_errors_are_one_sentence(arguments, words):
    out, err = run(*arguments, status=2)
    flat = " ".join(re.sub(r"[│╭╮╰╯─]", " ", err).split())
    assert out == ""
    assert all(word in flat for word in words), flat


def test_a_report_that_cannot_be_written(tmp_path):
    _, err = run("check", EXAMPLES / "plain_loops.py", "--clauses", "RELU-1", "--json",
                 tmp_path / "no" / "report.json", status=2)  # fmt: skip
    assert "--json: no file can be written at" in " ".join(err.split())
    assert not list(tmp_path.iterdir())


def test_explain_prints_the_worked_example():
    out, _ = run("explain", status=0)
    example = json.loads((ROOT / "golden" / "sliding_window.json").read_text("utf-8"))
    for number, step in enumerate(example["steps"], start=1):
        i, j = step["at"]
        assert f"Step {number}: y[0,{i},{j},0]" in out
        assert f"  {step['products']}\n  = {step['terms']}\n  = {step['sum']}\n" in out + "\n"


def test_explain_says_what_it_leaves_out():
    out, _ = run("explain", "--most", "2", status=0)
    assert out.endswith("... and 7 more outputs (--most 9 shows them)\n")
    assert "Step 3" not in out


@pytest.mark.parametrize("operator", OPERATORS)
def test_explain_any_operator(tmp_path, operator):
    picks = iter(range(3, 10**6))
    case = maker(operator)(lambda low, high: low + next(picks) % (high - low + 1),
                           EVERYTHING.features[operator])  # fmt: skip
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case.to_json()), "utf-8")
    out, _ = run("explain", path, "--most", "2", status=0)
    assert out.startswith(operator)
    known, output = record(operator), record(operator).answered[0]
    assert f"Step 1: {output}{'' if output in known.single else '[0'}" in out
    assert "\n  = " in out


def test_a_malformed_case_is_one_sentence(tmp_path):
    path = tmp_path / "case.json"
    path.write_text('{"operator": "relu", "inputs": {"x": 3}}', "utf-8")
    _, err = run("explain", path, status=2)
    assert "a tensor must have exactly the members" in " ".join(err.split())


def test_spec_prints_every_clause():
    out, _ = run("spec", status=0, env={**os.environ, "COLUMNS": "200"})
    assert all(re.search(rf"\b{name}\b", out) for name in clauses())


def test_the_specification_page_is_up_to_date(tmp_path):
    run("spec", "--markdown", tmp_path / "new" / "spec.md", status=0)
    made = (tmp_path / "new" / "spec.md").read_text("utf-8")
    assert made == (ROOT / "docs" / "specification.md").read_text("utf-8")


def test_help_and_version():
    assert run("--version", status=0)[0] == f"refcnn {refcnn.__version__}\n"
    out, _ = run("check", "--help", status=0)
    assert 'conv2d(x, kernel, bias=None, *, strides=1, padding="valid")' in " ".join(out.split())
    for command in ("check", "explain", "spec"):
        assert command in run("--help", status=0)[0]


def test_an_interrupt_ends_quietly():
    """The status that shells expect after Ctrl-C, no traceback, nobody left behind."""
    target = [str(EXAMPLES / "plain_loops.py"), "--profile", "thorough"]
    command = [sys.executable, "-m", "refcnn", "check", *target]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(3):  # a library that is being imported may have swallowed the first
        time.sleep(5)
        running.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            running.wait(timeout=10)
            break
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Traceback" not in out + err


SWALLOWED = """
import gc, signal, sys, time
from refcnn import cli

def collecting(phase, _):
    gc.callbacks.remove(collecting)
    signal.raise_signal(signal.SIGINT)  # Ctrl-C, where no exception can be raised

def app():
    gc.callbacks.append(collecting)
    gc.collect()
    for _ in range(200):  # a wait in short steps, as all of refcnn's are
        time.sleep(0.05)

cli.app = app
try:
    cli.main()
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_in_a_callback_of_a_library_is_not_lost():
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED], capture_output=True, text=True, timeout=15, check=True
    )
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


REFERENCE = """
import numpy as np
import refcnn
from refcnn import conv2d, max_pool2d, avg_pool2d, flatten, dense, relu, softmax
"""
MISTAKES = {
    "a typo that only one form of an argument meets": (
        (
            "def conv2d(x, kernel, bias=None, *, strides=1, padding='valid'):\n"
            "    if padding == 'same': stride\n"
            "    return refcnn.conv2d(x, kernel, bias, strides=strides, padding=padding)"
        ),
        ["CONV-16 · conv2d"],
        "raised NameError: name 'stride' is not defined",
    ),
    "an endless loop that only one form of an argument meets": (
        (
            "def conv2d(x, kernel, bias=None, *, strides=1, padding='valid'):\n"
            "    while padding == 'same': pass\n"
            "    return refcnn.conv2d(x, kernel, bias, strides=strides, padding=padding)"
        ),
        ["CONV-16 · conv2d"],
        "no answer within 1 s",
    ),
    "a mistake of one operator is not blamed on others": (
        (
            "def conv2d(x, kernel, bias=None, **options):\n"
            "    return refcnn.conv2d(x, kernel[::-1, ::-1], bias, **options)"
        ),
        ["CONV-3 · conv2d"],
        "not judged: DENSE-6: conv2d, which this law needs, is not right",
    ),
    "a wrong shape": ("def flatten(x): return x.ravel()", ["FLAT-1 · flatten"], "wrong shape"),
    "a wrong rank": (
        "def softmax(x): return np.squeeze(refcnn.softmax(x))",
        ["SOFT-1 · softmax"],
        "wrong shape",
    ),
    "batches beyond the second": (
        (
            "def dense(x, kernel, bias=None):\n"
            "    y = refcnn.dense(x, kernel, bias)\n"
            "    y[2:] = 0\n"
            "    return y"
        ),
        ["ANY-1 · dense"],
        "Only the first two examples of a batch are computed; the answers to others are zeros.",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_has_one_card(subject, name):
    source, cards, words = MISTAKES[name]
    out, _ = run("check", subject(REFERENCE + source), "--timeout", "1", status=1)
    assert re.findall(r"╭─ (\S+ · \S+) ─", out) == cards
    assert words in " ".join(re.sub("│", " ", out).split())
    assert "error:" not in out.replace("error: ", "", out.count("times what the rounding"))


def test_a_stub_is_not_implemented(subject):
    source = "def relu(x): raise NotImplementedError\ndef flatten(x): return x.reshape(len(x), 1)\n"
    out, _ = run("check", subject(source), "--ops", "relu", status=2)
    assert re.search(r"relu\s+│\s+not implemented", out)
    assert "not implemented: relu: NotImplementedError (line 1)" in " ".join(out.split())


def test_nobody_reads_the_output(subject, tmp_path):
    path, report = (
        subject("import numpy as np\ndef relu(x): return np.maximum(x, 0)"),
        tmp_path / "r",
    )
    command = f"{sys.executable} -m refcnn check {path} --json {report} | head -1 > /dev/null; "
    shell = ["bash", "-c", command + "exit ${PIPESTATUS[0]}"]
    assert subprocess.run(shell, check=False).returncode == 0
    assert json.loads(report.read_text("utf-8"))["exit_status"] == 0


def test_a_device_is_written_to_not_replaced(subject):
    path = subject("import numpy as np\ndef relu(x): return np.maximum(x, 0)")
    run("check", path, "--json", "/dev/null", status=0)
    assert not Path("/dev/null").is_file()


def test_the_command_that_asks_again_is_quoted(subject):
    path = subject("def relu(x): return x", name="my file.py")
    out, _ = run("check", path, "--profile", "quick", "--seed", "7", status=1)
    flat = "".join(re.sub("[│\\s]", "", out).split())
    assert "refcnncheck--clausesRELU-1--opsrelu--profilequick--seed7'" in flat


@pytest.mark.parametrize(
    "text",
    ["5", "null", '"findings"', '{"findings": 5}', '{"findings": [1]}', '{"operator": ["relu"]}',
     "[" * 100_000, '{"operator": {}}'],
)  # fmt: skip
def test_what_is_no_case_is_one_sentence(tmp_path, text):
    path = tmp_path / "case.json"
    path.write_text(text, "utf-8")
    _, err = run("explain", path, status=2)
    assert re.search(
        "is not a report|must name one|nested too deeply|no failure",
        " ".join(err.replace("│", " ").split()),
    )


def test_explain_does_not_take_nan_for_padding(tmp_path):
    x = {"dtype": "float64", "shape": [1, 2, 2, 1], "data": ["NaN", 1, 2, "NaN"]}
    for operator in ("max_pool2d", "avg_pool2d"):
        case = {"operator": operator, "inputs": {"x": x}, "attributes": {"pool_size": 2}}
        (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
        out, _ = run("explain", tmp_path / "case.json", status=0)
        assert "is padding" not in out
        assert "= nan" in out
