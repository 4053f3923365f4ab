"""Misbehaving programs: each has its verdict, and the next case is judged as ever."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import mock_iut
import numpy as np
import psutil
import pytest
from command import run

from refcnn.implementations.process import Allowance, CouldNotStart, ProcessIUT
from refcnn.implementations.targets import python
from refcnn.suite.case import Answer, Case
from refcnn.suite.judge import Verdict, judge

MOCK = Path(mock_iut.__file__)
ESCAPES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
X = np.array([[-1, 2]], "float32")
RELU = Case(operator="relu", inputs={"x": X})
FLATTEN = Case(operator="flatten", inputs={"x": np.arange(8.0).reshape(1, 2, 2, 2)})

BROKE = "it broke the protocol: "
NO_JSON = f"{BROKE}the answer is not JSON: "
FAILS = {  # how the reason begins
    "wrong-shape": "wrong shape: expected (1, 2), got (2, 1)",
    "wrong-dtype": "wrong dtype: expected float32, got float64",
    "zeros": "wrong numbers: 1 of 2 differ",
    "one-more": "wrong numbers: 2 of 2 differ",
    "nan": "wrong class of number: 1 of 2 differ",
    "infinity": "wrong class of number: 1 of 2 differ",
    "refuses": "raised Refusal: no",
    "refuses-without-a-word": "raised ",
    "rubbish": "a list",
    "escapes": "raised E\ufffd[31m: \ufffd[2J\ufffd[31mred",
    "other-dtype": f"{BROKE}dtype must be one of float32, float64, not 'int64'",
    "short-data": f"{BROKE}shape [1, 2] needs 2 numbers, but data has 1",
    "long-data": f"{BROKE}shape [1, 2] needs 2 numbers, but data has 3",
    "negative-shape": f"{BROKE}shape must be a list of integers of at least 0, not [-1, -2]",
    "fractional-shape": f"{BROKE}shape must be a list of integers of at least 0, not [1.5, 2.5]",
    "huge-shape": f"{BROKE}shape has a size above 200000",
    "empty-but-huge": f"{BROKE}shape has a size above 200000",
    "many-axes": f"{BROKE}shape has 101 numbers, more than 64",
    "much-data": f"{BROKE}data has 300000 numbers, more than 200000",
    "true-number": f"{BROKE}data must be numbers, not True",
    "lower-case-nan": f"{BROKE}data must be numbers, not 'nan'",
    "nested-data": f"{BROKE}shape [1, 2] needs 2 numbers, but data has 1",
    "1e39": f"{BROKE}data holds a number beyond the range of float32",
    "1e400": f"{BROKE}data holds a number beyond the range of float64",
    "ten-to-400": f"{BROKE}data holds an integer too large for float64",
    "ten-to-5000": NO_JSON,
    "more-in-tensor": f"{BROKE}a tensor must have exactly the members dtype, shape and data",
    "two-kinds": f"{BROKE}an answer has exactly one of statement, tensor, tensors, refusal, rub",
    "no-kind": f"{BROKE}an answer has exactly one of statement, tensor, tensors, refusal, rub",
    "more-members": f"{BROKE}the answer has no member 'seconds'",
    "statement": f"{BROKE}the answer to run is a statement",
    "faults-a-word": f"{BROKE}the answer: faults must be a list, not 'x was changed'",
    "no-seq": f"{BROKE}the answer is not an object with a member seq",
    "larger-seq": f"{BROKE}an answer to message 1000001, where one to message 1 was due",
    "negative-seq": f"{BROKE}an answer to message -2, where one to message 1 was due",
    "string-seq": f"{BROKE}an answer to message '1', where one to message 1 was due",
    "true-seq": f"{BROKE}an answer to message True, where one to message 1 was due",
    "float-seq": f"{BROKE}an answer to message 1.0, where one to message 1 was due",
    "bare-nan": f'{NO_JSON}NaN must be the string "NaN"',
    "garbage": NO_JSON,
    "banner": f"{NO_JSON}'Hello\\n'",
    "empty-line": f"{NO_JSON}'\\n'",
    "many-lines": NO_JSON,
    "invalid-utf-8": NO_JSON,
    "utf-16": NO_JSON,
    "deep": f"{NO_JSON}'[[[[",
    "endless-refusal": "the answer was longer than 1 MiB",
    "half-a-line-and-exit": "the process ended (status 0) in the middle of its answer",
    "half-a-line-and-silence": "no answer within 1 s",
    "late": "no answer within 1 s",
    "hang": "no answer within 1 s",
    "abort": "the process was killed (SIGABRT) without an answer",
    "unnamed-signal": "the process was killed (signal 40) without an answer",
    "exit-0": "the process ended (status 0) without an answer",
    "exit-1": "the process ended (status 1) without an answer",
    "escapes-on-stderr": "the process ended (status 1) without an answer; its last words: \ufffd[",
    "closes-stdout": "the process closed its output and did not end",
    "flood-of-lines": f"{NO_JSON}'x\\n'",
    "flood-without-lines": "the answer was longer than 1 MiB",
    "flood-on-stderr": "no answer within 1 s",
    "hoards-memory": "it took more than 100 MiB",
    "leaves-a-child-and-exits": "the process ended (status 3) without an answer",
}  # fmt: skip
UNASKED = "after the answer to message 1 came another line: "
VIOLATES = {  # answers rightly; what is noted when the next case is asked
    **dict.fromkeys(
        ("two-answers", "second-answer-later", "doubles"), UNASKED + """'{"seq": 1, """
    ),
    "answers-early": UNASKED + """'{"seq": 2, """,
    "flood-of-answers": UNASKED + """'{"seq": 1, """,
    "flood-after-the-answer": UNASKED + "'x'",
    "exits-after-the-answer": "after the answer to message 1 the process ended unasked",
}
ALLOWED = (
    "right", "talks-on-stderr", "carriage-return", "byte-order-mark", "slowly", "leaves-a-child",
    "ignores-stop",
)  # fmt: skip
NOT_IMPLEMENTED = {
    "missing": "not done yet",
    "forged-report": "\ufffd[2J\ufffd[31mred",
}
ON_THEIR_OWN = ("older-seq", "repeats-the-last", "escapes-in-statement")
SILENT = ("hang", "late", "half-a-line-and-silence", "flood-on-stderr")


def limits(name):
    if name == "hoards-memory":
        return {"mebibytes": 100}
    return {"seconds": 1.0} if name in SILENT else {}


@pytest.fixture(autouse=True)
def nothing_is_left_running(monkeypatch):
    """Whatever a test started has ended when it is over, wherever it went."""
    mark = uuid4().hex
    monkeypatch.setenv("MOCK_OF_TEST", mark)
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(name, raising=False)  # who dies while measured leaves half a file
    yield
    end = time.monotonic() + 10
    while (left := started_with(mark)) and time.monotonic() < end:
        time.sleep(0.02)
    assert left == []


def started_with(mark):
    found = []
    for process in psutil.process_iter(["environ", "status"]):
        if (process.info["environ"] or {}).get("MOCK_OF_TEST") == mark:
            with suppress(psutil.Error):
                found += [process] if process.status() != psutil.STATUS_ZOMBIE else []
    return found


@pytest.fixture
def mock(monkeypatch):
    """Starts the mock with short limits, and ends it afterwards."""
    monkeypatch.setattr("refcnn.harness.protocol.LONGEST_LINE", 2**20)
    running = []

    def start(name, when, **limits):
        set_ = Allowance(**{"seconds": 10.0, "seconds_to_start": 20.0, **limits})
        running.append(ProcessIUT([sys.executable, str(MOCK), name, when], limits=set_))
        return running[-1]

    yield start
    for iut in running:
        iut.close()


def told(case, iut):
    """The judge's word, the case being judged as the statement says."""
    said = iut.statement
    judged = replace(case, dialects=said.dialects, algorithm=said.algorithm)
    judgement = judge(judged, iut.run(judged))
    return judgement.verdict, judgement.reason


def next_is_right(iut):
    outcome = iut.run(FLATTEN)
    return isinstance(outcome, Answer) and outcome.array.tolist() == [[*range(8)]]


@pytest.mark.parametrize("name", FAILS)
def test_it_fails_and_the_next_case_is_right(mock, name):
    iut = mock(name, "relu", **limits(name))
    verdict, reason = told(RELU, iut)
    assert verdict is Verdict.FAIL
    assert reason.startswith(FAILS[name])
    assert not reason.endswith("\ufffd")
    assert not ESCAPES.search(reason)
    assert next_is_right(iut)
    assert iut.violations == []


@pytest.mark.parametrize("name", VIOLATES)
def test_it_is_right_but_the_violation_is_noted_and_the_next_case_is_right(mock, name):
    iut = mock(name, "relu")
    assert told(RELU, iut) == (Verdict.PASS, "")
    until(lambda: not iut._child.answers.empty())
    assert next_is_right(iut)
    assert len(iut.violations) == 1
    assert iut.violations[0].startswith(VIOLATES[name])


def until(true):
    """Wait for what comes in its own time."""
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_strange_but_allowed(mock, name):
    iut = mock(name, "relu")
    assert told(RELU, iut) == (Verdict.PASS, "")
    assert next_is_right(iut)
    assert iut.violations == []


@pytest.mark.parametrize("name", NOT_IMPLEMENTED)
def test_what_is_offered_but_missing_is_never_a_pass(mock, name):
    iut = mock(name, "relu")
    verdict, reason = told(RELU, iut)
    assert verdict is Verdict.NOT_IMPLEMENTED
    assert reason.startswith(NOT_IMPLEMENTED[name])
    assert "\n" not in reason
    assert next_is_right(iut)


def test_who_always_answers_the_message_before_fails_in_the_second_process(mock):
    iut = mock("older-seq", "relu")
    stale = "an answer to message {}, where one to message {} was due"
    assert told(RELU, iut) == (Verdict.FAIL, BROKE + stale.format(2, 3))
    assert iut.violations == [stale.format(0, 1)]
    assert next_is_right(iut)


def test_an_answer_too_many_that_comes_late_is_not_taken_for_the_next(mock):
    iut = mock("repeats-the-last", "relu")
    assert next_is_right(iut)
    assert told(RELU, iut) == (Verdict.PASS, "")
    assert iut.violations == ["an answer to message 1, where one to message 2 was due"]


def test_only_the_message_that_is_named_is_answered_wrongly(mock):
    iut = mock("zeros", "2")
    verdicts = [told(RELU, iut)[0] for _ in range(3)]
    assert verdicts == [Verdict.PASS, Verdict.FAIL, Verdict.PASS]


IMAGE = np.arange(24, dtype="float64").reshape(1, 2, 3, 4)
LIES = {
    "always-float32": (
        Case(operator="relu", inputs={"x": np.array([[-1.0, 2.0]])}),
        "wrong dtype: expected float64, got float32",
    ),
    "unfollowed-dialect": (FLATTEN, "wrong numbers: 6 of 8 differ"),
    "unkept-layout": (
        Case(operator="max_pool2d", inputs={"x": IMAGE}, attributes={"pool_size": (2, 1)}),
        "wrong shape: expected (1, 1, 3, 4), got (1, 2, 3, 2)",
    ),
    "fast-but-wrong": (
        Case(operator="dense", inputs={"x": X, "kernel": np.ones((2, 1), "float32")}),
        "wrong numbers: 1 of 1 differ",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_statement_that_is_not_kept_fails(mock, name):
    case, reason = LIES[name]
    assert told(case, mock(name, case.operator)) == (Verdict.FAIL, reason)


NOT_STARTED = {
    ("unknown-dialect", ""): f"{BROKE}the answer: statement.dialects[0] must be one of kernel_fl",
    ("operators-a-word", ""): f"{BROKE}the answer: statement.operators must be a list, not 'relu'",
    (
        "unknown-operator",
        "",
    ): "must be one of conv2d, max_pool2d, avg_pool2d, global_",
    ("unknown-in-statement", ""): "statement has no member 'lay_out'; did you mean layout?",
    ("garbage", "start"): NO_JSON,
    ("larger-seq", "start"): f"{BROKE}an answer to message 1000000, where one to message 0 was due",
    (
        "no-kind",
        "start",
    ): f"{BROKE}an answer has exactly one of statement, tensor, tensors,",
    ("missing", "start"): f"{BROKE}the answer to start has no statement",
    ("refuses", "start"): "while it was loaded it raised Refusal: no",
    ("escapes", "start"): "while it was loaded it raised E\ufffd[31m: \ufffd[2J\ufffd[31mred",
    ("abort", "start"): "while it was loaded: the process was killed (SIGABRT) without an answer",
    ("exit-0", "start"): "while it was loaded: the process ended (status 0) without an answer",
    ("hang", "start"): "while it was loaded: no answer within 1 s",
    ("closes-stdout", "start"): "the process closed its output and did not end",
    ("leaves-a-child-and-exits", "start"): "the process ended (status 3) without an answer",
}


@pytest.mark.parametrize(("name", "when"), NOT_STARTED)
def test_what_cannot_be_started_is_told_in_one_sentence(mock, name, when):
    with pytest.raises(CouldNotStart) as error:
        mock(name, when, seconds_to_start=1.0 if name == "hang" else 20.0)
    assert NOT_STARTED[name, when] in str(error.value)
    assert not ESCAPES.search(str(error.value))
    assert "\n" not in str(error.value)


def test_foreign_text_in_a_statement_is_made_readable(mock):
    said = mock("escapes-in-statement", "").statement
    assert said.name.startswith("\ufffd[2J\ufffd[31mred")
    assert not any(ESCAPES.search(text) or "\n" in text for text in (said.name, *said.notes))


RIGHT = "import ctypes, os, stat, sys, threading\nimport numpy as np\n"
FLAT = "def flatten(x): return x.reshape(len(x), -1)\n"
FORGED = b'{"seq": 1, "tensor": {"dtype": "float32", "shape": [0], "data": []}}\n'
IN_PYTHON = {  # the body of relu; how the reason begins, or "" if it is right; what is noted
    "floods": ("while True: print('x' * 80)", "no answer within 1 s", ""),
    "raises escapes": (f"raise ValueError({mock_iut.ESCAPES!r})",
                       "raised ValueError: \ufffd[2J", ""),
    "raises a flood": ("raise ValueError('no ' * 10**7)", "raised ValueError: no no no no", ""),
    "rubbish escapes": ("return type('\\x1b[31m', (), {})()", "returned \ufffd[31m, not numpy", ""),
    "is killed": ("ctypes.string_at(0)", "the process was killed (SIGSEGV) without an answer", ""),
    "closes all": ("os.closerange(3, 99); return np.maximum(x, 0)",
                   "the process ended (status 1) without an answer; its last words: OSError", ""),
    "breaks json": ("sys.modules['json'].dumps = lambda *_, **__: 'x'; return x",
                    f"{NO_JSON}'x\\n'", ""),
    "forges": ("forge(); return x", "wrong shape: expected (1, 2), got (0,)", UNASKED),
    "doubles": ("os.fork(); return np.maximum(x, 0)", "", UNASKED),
    "exits later": ("threading.Timer(0.1, os._exit, [0]).start(); return np.maximum(x, 0)",
                    "", "after the answer to message 1 the process ended unasked"),
}  # fmt: skip
FORGE = f"""
def forge():
    for n in range(3, 99):
        try: stat.S_ISFIFO(os.fstat(n).st_mode) and os.write(n, {FORGED})
        except OSError: pass
"""


@pytest.mark.parametrize("name", IN_PYTHON)
def test_functions_of_a_file_misbehave_likewise(tmp_path, name):
    body, reason, violation = IN_PYTHON[name]
    path = tmp_path / "subject.py"
    path.write_text(f"{RIGHT}{FORGE}{FLAT}def relu(x):\n    {body}\n", "utf-8")
    seconds = 1.0 if name == "floods" else 20.0
    with python(str(path), limits=Allowance(seconds=seconds)) as iut:
        verdict, found = told(RELU, iut)
        assert verdict is (Verdict.FAIL if reason else Verdict.PASS)
        assert found.startswith(reason)
        assert not ESCAPES.search(found)
        until(lambda: not violation or not iut._child.answers.empty())
        assert next_is_right(iut)
        assert len(iut.violations) == bool(violation)
        assert violation in "".join(iut.violations)


ON_THE_COMMAND_LINE = {  # when; exit status; what is printed
    "leaves-a-child": ("3", 0, "CONFORMS in all that it implements: 11 of 11 clauses hold"),
    "hang": ("relu", 1, "no answer within 0.3 s"),
    "hoards-memory": ("relu", 1, "it took more than 64 MiB"),
    "two-answers": ("9", 1, "broke the protocol: after the answer to message 9 came another line"),
    "escapes-on-stderr": ("relu", 1, "standard error: \ufffd[2J"),
    "forged-report": ("relu", 2, "COULD NOT BE JUDGED: 0 of 0 clauses hold"),
    "unknown-dialect": ("", 2, "could not be judged: it broke the protocol: the answer: statement"),
}


@pytest.mark.parametrize("name", ON_THE_COMMAND_LINE)
def test_the_command_line_says_so_in_a_sentence(name):
    when, status, sentence = ON_THE_COMMAND_LINE[name]
    command = f"{sys.executable} {MOCK} {name} {when}"
    limits = ("--timeout", 0.3 if name == "hang" else 10, "--memory", 64)
    asked = ("--ops", "relu", "--profile", "quick", *limits)
    out, err = run("check", "--exec", command, *asked, status=status)
    assert sentence in " ".join((out + err).replace("│", " ").split())
    assert not ESCAPES.search(out + err)
    assert status == 0 or not re.search("^CONFORMS", out, re.MULTILINE)


def test_an_interrupt_while_it_starts_leaves_no_process_behind():
    mark = os.environ["MOCK_OF_TEST"]
    words = [sys.executable, "-m", "refcnn", "check", "--exec"]
    command = [*words, f"{sys.executable} {MOCK} hang start"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as checking:
        until(lambda: len(started_with(mark)) == 2)
        checking.send_signal(signal.SIGINT)
        out, _ = checking.communicate(timeout=60)
    assert checking.returncode == 130
    assert b"Traceback" not in out


def test_every_misbehaviour_has_its_outcome():
    tables = [FAILS, VIOLATES, ALLOWED, NOT_IMPLEMENTED, LIES, ON_THEIR_OWN]
    names = [name for table in tables for name in table]
    names += [name for name, when in NOT_STARTED if not when]
    assert sorted(names) == sorted(mock_iut.ON_MESSAGE)
