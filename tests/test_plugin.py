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
    out = suite("spec_tests/test_conformance.py", "-rs", "--iut", path, status=1)
    assert "RELU-1 relu: ReLU keeps what is positive" in out
    assert "y[0]: expected" in out
    assert "there is no function softmax" in out
    assert "hypothesis" not in out.lower()


def test_a_seed_and_a_profile():
    relu = ("spec_tests/test_conformance.py", "-k", "RELU", "--iut-profile", "quick")
    assert "55 passed" in suite(*relu, "--iut-seed", "3", status=0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--iut", "nowhere.py"], "--iut: there is no file nowhere.py"),
        (["--iut", "README.md"], "--iut: README.md cannot be checked"),
        (["--iut-profile", "lazy"], "invalid choice: 'lazy'"),
    ],
)
def test_wrong_options(arguments, sentence):
    assert sentence in suite("spec_tests/test_conformance.py", *arguments, status=4)


def test_a_test_must_name_a_clause_that_there_is(tmp_path):
    path = tmp_path / "test_more.py"
    body = 'import pytest\n@pytest.mark.clause("RELU-99")\ndef test_t(): pass\n'
    path.write_text(body, "utf-8")
    settings = ("-p", "refcnn.pytest_plugin", "--rootdir", tmp_path)
    assert "RELU-99, which is not a clause" in suite(*settings, path, status=4)


def test_what_is_about_refcnn_itself_is_left_out_of_another(tmp_path):
    path = tmp_path / "subject.py"
    path.write_text("import numpy as np\ndef relu(x): return np.maximum(x, 0)\n", "utf-8")
    asked = ("spec_tests/test_shapes.py", "spec_tests/test_conformance.py")
    out = suite(*asked, "-k", "RELU or shape", "--iut", path, "--iut-profile", "quick", status=0)
    assert "deselected" in out
    assert "failed" not in out
