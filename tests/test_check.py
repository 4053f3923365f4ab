"""Running the suite as `refcnn check` does: verdicts that cannot be lost, cards."""

import io
import re
import subprocess
import sys
import warnings
from contextlib import suppress
from unittest import SkipTest

import numpy as np
import pytest
from rich.console import Console

from refcnn import run as checking
from refcnn.diagnosis.power import REFERENCE
from refcnn.implementations.local import LocalIUT
from refcnn.reports import terminal
from refcnn.run import Options, check
from refcnn.suite import paths
from refcnn.suite.checks import Check
from refcnn.suite.clauses import clauses
from refcnn.suite.judge import Verdict


@pytest.fixture
def suite(monkeypatch):
    """A suite of one check, in place of the real one."""

    def write(function):
        one = Check(clauses()["RELU-1"], "relu", function, times=0)
        monkeypatch.setattr(checking, "checks", lambda: (one,))
        return check("local", LocalIUT(REFERENCE), Options())

    return write


def shown(summary, **options):
    console = Console(file=io.StringIO(), width=100)
    terminal.show(summary, console, **options)
    return console.file.getvalue()


def nothing(iut):
    iut.passes("relu", [])


def test_what_a_check_warns_of_is_not_told_to_the_user(suite, recwarn):
    def warning(iut):
        warnings.warn("invalid value encountered in dot", RuntimeWarning, stacklevel=1)
        np.float64(np.inf) * 0
        nothing(iut)

    assert [f.verdict for f in suite(warning).findings] == [Verdict.NOT_IMPLEMENTED]
    assert not recwarn.list


def test_an_interrupt_is_passed_on(suite):
    def interrupted(iut):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        suite(interrupted)


def test_an_exception_of_a_check_is_an_error_not_a_failure(suite):
    def broken(iut):
        raise KeyError("a fault of the suite")

    summary = suite(broken)
    assert [f.verdict for f in summary.findings] == [Verdict.ERROR]
    assert summary.exit_status == 2
    assert "error: RELU-1" in shown(summary)
    assert "KeyError: 'a fault of the suite'" in shown(summary)
    assert "COULD NOT BE JUDGED" in shown(summary)


def test_a_check_that_is_given_up_is_no_pass(suite):
    def given_up(iut):
        raise SkipTest("not today")

    summary = suite(given_up)
    assert [(f.verdict, f.worst.reason) for f in summary.findings] == [
        (Verdict.SKIPPED, "not today")
    ]
    assert summary.exit_status == 2


def zeros_would_do(iut):
    iut.check(iut.case("relu", lambda low, high: low).given(x=-np.ones(3)))


def caught(iut):
    case = iut.case("relu", lambda low, high: low).given(x=np.ones(3))
    with suppress(AssertionError):
        iut.same(case, iut.answer(case), np.zeros(3), "a law that is wrong")


@pytest.mark.parametrize(
    ("function", "verdict", "reason"),
    [
        (lambda iut: None, Verdict.ERROR, "the check judged no case"),
        (zeros_would_do, Verdict.WEAK, "an implementation that returns zeros would pass too"),
        (caught, Verdict.FAIL, "wrong numbers"),
    ],
)
def test_a_check_that_proves_nothing_is_no_pass(suite, function, verdict, reason):
    (finding,) = suite(function).findings
    assert finding.verdict is verdict
    assert finding.worst.reason.startswith(reason)


def test_no_pytest_and_no_hypothesis_are_loaded():
    code = (
        "import sys\nfrom refcnn.implementations.local import LocalIUT\n"
        "from refcnn.diagnosis.power import REFERENCE\nfrom refcnn.run import Options, check\n"
        "check('local', LocalIUT(REFERENCE), Options(clauses=('RELU-1',)))\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pytest", "hypothesis", "_pytest"} & {*done.stdout.split()}


def test_at_most_three_cards_of_an_operator_unless_all_are_asked_for():
    def broken(x):
        raise ValueError("todo")

    summary = check("local", LocalIUT({"relu": broken}), Options())
    assert len(re.findall("╭─ RELU|╭─ ANY", shown(summary))) <= 3
    every = shown(summary, all_cards=True)
    assert len(re.findall("╭─", every)) == len(summary.failed) > 3


def test_many_independent_mistakes_are_all_named():
    def softmax(x):
        p = REFERENCE["softmax"](x)
        return p.reshape(-1)[: p.size - 1]

    wrong = {
        "conv2d": lambda x, k, b=None, *, strides=1, padding="valid": REFERENCE["conv2d"](
            x, k[..., ::-1], None if b is None else 2 * b, strides=1, padding="valid"
        )
    }
    text = shown(
        check("local", LocalIUT({**wrong, "softmax": softmax}), Options(operators=("conv2d",)))
    )
    assert text.count("╭─") == 3
    assert "also failed: CONV" in text


def test_the_suite_is_looked_for_in_two_places(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "refcnn")
    with pytest.raises(FileNotFoundError, match="the directory golden is neither in"):
        paths.golden()
    (tmp_path / "golden").mkdir()
    assert paths.golden() == tmp_path / "golden"
    (tmp_path / "refcnn" / "suite" / "golden").mkdir(parents=True)
    assert paths.golden() == tmp_path / "refcnn" / "suite" / "golden"
