"""The suite under plain pytest: options, markers, cards, and verdicts that cannot be lost."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WRONG_RELU = "import numpy as np\ndef relu(x): return np.maximum(x, 0) * x.dtype.type(1.001)\n"


def suite(*arguments, status):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_another_implementation_by_option(tmp_path):
    path = tmp_path / "subject.py"
    path.write_text(WRONG_RELU, "utf-8")
    out = suite("spec_tests/test_activations.py", "--iut", path, status=1)
    assert "RELU-1 relu: ReLU keeps what is positive" in out
    assert "y[0]: expected" in out
    assert "there is no function softmax" in out
    assert "hypothesis" not in out.lower()


def test_a_seed_and_a_profile():
    relu = ("spec_tests/test_activations.py", "-k", "relu", "--iut-profile", "quick")
    assert "6 passed" in suite(*relu, "--iut-seed", "3", status=0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--iut", "nowhere.py"], "--iut: there is no file nowhere.py"),
        (["--iut", "README.md"], "--iut: README.md cannot be checked"),
        (["--iut-profile", "lazy"], "invalid choice: 'lazy'"),
    ],
)
def test_wrong_options(arguments, sentence):
    assert sentence in suite("spec_tests/test_activations.py", *arguments, status=4)


PROVES_NOTHING = {
    "the test judged no case": (1, """
@pytest.mark.clause("RELU-1")
def test_t(iut):
    pass
"""),
    "RELU-1: an implementation that returns zeros would pass too": (1, """
@pytest.mark.clause("RELU-1")
def test_t(iut):
    iut.check(iut.case("relu", lambda low, high: low).given(x=-np.ones(3)))
"""),
    "RELU-99, which is no clause": (4, """
@pytest.mark.clause("RELU-99")
def test_t():
    pass
"""),
    "does not say which operator of POOL-3 it tests": (4, """
@pytest.mark.clause("POOL-3")
def test_t(iut):
    pass
"""),
    "because: a law that is wrong": (1, """
@pytest.mark.clause("RELU-1")
def test_t(iut):
    case = iut.case("relu", lambda low, high: low).given(x=np.ones(3))
    try:
        iut.same(case, iut.answer(case), np.zeros(3), "a law that is wrong")
    except AssertionError:
        pass
"""),
}  # fmt: skip


@pytest.mark.parametrize("sentence", PROVES_NOTHING)
def test_a_test_of_the_suite_that_proves_nothing_fails(tmp_path, sentence):
    status, body = PROVES_NOTHING[sentence]
    path = tmp_path / "test_more.py"
    path.write_text(f"import numpy as np\nimport pytest\n{body}", "utf-8")
    settings = ("-p", "refcnn.pytest_plugin", "--rootdir", tmp_path, "-c", "refcnn/suite.ini")
    assert sentence in suite(*settings, path, status=status)
