"""What an import brings along, and what the package makes public."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import refcnn
from refcnn.spec.case import SIGNATURES

HEAVY = ("tensorflow", "keras", "hypothesis", "pytest", "typer", "rich", "click")


def imported(statement):
    code = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_import_refcnn_is_light():
    assert not imported("import refcnn") & set(HEAVY)
    assert "numpy" in imported("import refcnn")


@pytest.mark.parametrize("module", ["refcnn.spec.judge", "refcnn.iut.worker", "refcnn.spec.cases"])
def test_the_child_and_the_judge_are_light(module):
    assert not imported(f"import {module}") & set(HEAVY)


def test_the_test_itself_can_fail():
    assert "hypothesis" in imported("import refcnn.spec.explore")
    assert "typer" in imported("import refcnn.cli")
    assert "rich" not in imported("import refcnn.spec.clauses")


LOWER = {  # what each room may know of
    "spec": {"spec"},
    "iut": {"spec", "iut"},
    "detection": {"spec", "iut", "detection"},
    "report": {"spec", "iut", "detection", "report"},
    "grading": {"spec", "iut", "detection", "report", "grading"},
}
UPPER = ("check", "power", "cli", "pytest_plugin")  # what runs the rooms; report shows its results


@pytest.mark.parametrize("room", LOWER)
def test_imports_point_one_way(room):
    own = Path(refcnn.__file__).parent
    for path in (own / room).rglob("*.py"):
        text = path.read_text("utf-8")
        for name in re.findall(r"^\s*from refcnn\.(\w+)", text, re.MULTILINE):
            if (own / name).is_dir():
                assert name in LOWER[room], f"{path} imports {name}"
            assert room == "report" or name not in UPPER, f"{path} imports {name}"
    for path in (own / name for name in ("shapes.py", "ops.py", "layers.py", "model.py")):
        assert not re.search(rf"refcnn\.({'|'.join(LOWER)})", path.read_text("utf-8"))


def test_public_names():
    assert sorted(refcnn.__all__) == refcnn.__all__
    assert all(hasattr(refcnn, name) for name in refcnn.__all__)
    assert set(SIGNATURES) <= set(refcnn.__all__)


def test_the_public_model_is_the_design_s():
    assert refcnn.models.Sequential is refcnn.Sequential
