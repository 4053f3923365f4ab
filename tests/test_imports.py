"""What an import brings along, and what the package makes public."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import refcnn
from refcnn.suite.registry import OPERATORS

HEAVY = ("tensorflow", "keras", "hypothesis", "pytest", "typer", "rich", "click")


def imported(statement):
    code = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_import_refcnn_is_light():
    assert not imported("import refcnn") & set(HEAVY)
    assert "numpy" in imported("import refcnn")


@pytest.mark.parametrize(
    "module", ["refcnn.suite.judge", "refcnn.harness.worker", "refcnn.suite.generators"]
)
def test_the_child_and_the_judge_are_light(module):
    assert not imported(f"import {module}") & set(HEAVY)


def test_the_test_itself_can_fail():
    assert "pytest" in imported("import refcnn.pytest_plugin")
    assert "typer" in imported("import refcnn.cli")
    assert "rich" not in imported("import refcnn.suite.clauses")


ROOMS = (
    "cnn",
    "suite",
    "operators",
    "own_model",
    "harness",
    "implementations",
    "diagnosis",
    "reports",
    "grading",
)
UPPER = ("check", "power", "cli", "pytest_plugin")  # what runs the rooms; reports show its results


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_one_way(room):
    own = Path(refcnn.__file__).parent
    lower = ROOMS[: ROOMS.index(room) + 1]
    for path in (own / room).rglob("*.py"):
        text = path.read_text("utf-8")
        for name in re.findall(r"^\s*from refcnn\.(\w+)", text, re.MULTILINE):
            if name in ROOMS:
                assert name in lower, f"{path} imports {name}"
            assert room == "reports" or name not in UPPER, f"{path} imports {name}"


def test_every_room_is_known():
    own = Path(refcnn.__file__).parent
    rooms = {path.parent.name for path in own.glob("*/__init__.py")}
    assert rooms == {*ROOMS, "cli"}


def test_public_names():
    assert sorted(refcnn.__all__) == refcnn.__all__
    assert all(hasattr(refcnn, name) for name in refcnn.__all__)
    assert set(OPERATORS) <= set(refcnn.__all__)


def test_the_public_model_is_the_design_s():
    assert refcnn.models.Sequential is refcnn.Sequential
