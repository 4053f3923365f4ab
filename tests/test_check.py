"""Running the suite as `refcnn check` does: selection, environment, and when it breaks."""

import io
import os
import re

import pytest
from rich.console import Console
from typer.testing import CliRunner

from refcnn import cli
from refcnn import run as checking
from refcnn.implementations.local import LocalIUT
from refcnn.power import REFERENCE
from refcnn.reports import terminal
from refcnn.run import Options, SuiteError, check
from refcnn.suite import paths
from refcnn.suite.judge import Verdict


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """A suite of one test with some body, in place of the real one."""

    def write(body, marker="@pytest.mark.clause('RELU-1')"):
        source = f"import numpy as np\nimport pytest\n{marker}\ndef test_t(iut):\n    {body}\n"
        name = f"test_{tmp_path.name}.py"  # of its own: modules are remembered by name
        (tmp_path / name).write_text(source, "utf-8")
        monkeypatch.setattr(checking, "suite", lambda: tmp_path)

    return write


def shown(summary, **options):
    console = Console(file=io.StringIO(), width=100)
    terminal.show(summary, console, **options)
    return console.file.getvalue()


def test_a_test_without_a_clause_ends_the_run(suite):
    suite("pass", marker="")
    with pytest.raises(SuiteError, match="0 of 1 tests gave a verdict"):
        check("local", LocalIUT(REFERENCE), Options())


def test_a_suite_that_cannot_be_collected_ends_the_run(suite):
    suite("pass", marker="@nonsense")
    with pytest.raises(SuiteError, match="0 of 0 tests gave a verdict"):
        check("local", LocalIUT(REFERENCE), Options())


def test_a_stray_flag_of_the_blas_is_no_error(suite):
    suite(
        'import warnings; warnings.warn("invalid value encountered in dot", RuntimeWarning); '
        "iut.passes('relu', [])"
    )
    summary = check("local", LocalIUT(REFERENCE), Options())
    assert [f.verdict for f in summary.findings] == [Verdict.NOT_IMPLEMENTED]


def test_any_other_warning_is_an_error(suite):
    suite('np.float64(np.inf) * 0; iut.passes("relu", [])')
    summary = check("local", LocalIUT(REFERENCE), Options())
    assert [f.verdict for f in summary.findings] == [Verdict.ERROR]


def test_an_interrupt_is_passed_on(suite):
    suite("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        check("local", LocalIUT(REFERENCE), Options())


def test_a_broken_suite_is_no_verdict_on_the_file(suite):
    suite("pass", marker="")
    done = CliRunner().invoke(cli.app, ["check", __file__.replace("test_check", "command")])
    assert done.exit_code == 2
    assert "the suite itself failed, please report this" in done.stderr


def test_an_exception_of_a_test_is_an_error_not_a_failure(suite):
    suite("raise KeyError('a fault of the suite')")
    summary = check("local", LocalIUT(REFERENCE), Options())
    assert [f.verdict for f in summary.findings] == [Verdict.ERROR]
    assert summary.exit_status == 2
    assert "error: RELU-1" in shown(summary)
    assert "COULD NOT BE JUDGED" in shown(summary)


def test_a_skipped_test_is_no_pass(suite):
    suite("pytest.skip('not today')")
    summary = check("local", LocalIUT(REFERENCE), Options())
    assert [(f.verdict, f.worst.reason) for f in summary.findings] == [
        (Verdict.SKIPPED, "not today")
    ]
    assert summary.exit_status == 2


def test_the_environment_is_as_before(monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    summary = check("local", LocalIUT(REFERENCE), Options(clauses=("RELU-1",)))
    assert summary.exit_status == 0
    assert os.environ["PYTEST_ADDOPTS"] == "--no-such-option"
    assert "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in os.environ


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
    (tmp_path / "spec_tests").mkdir()
    assert paths.suite() == tmp_path / "spec_tests"
    (tmp_path / "refcnn" / "suite" / "spec_tests").mkdir(parents=True)
    assert paths.suite() == tmp_path / "refcnn" / "suite" / "spec_tests"
