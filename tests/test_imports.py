"""What an import brings along, and what the package makes public."""

import ast
import importlib
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


PACKAGE = Path(refcnn.__file__).parent
FRONT = "front"  # the modules of the package that lie in no folder
ROOMS = (  # from the ground up: each may know of those before it alone
    "cnn",
    "suite",
    "operators",
    "composed",
    "harness",
    "implementations",
    "diagnosis",
    "reports",
    "grading",
    FRONT,
    "cli",
)


def named(node):
    """The modules of refcnn that a statement imports, without the name of the package."""
    if isinstance(node, ast.ImportFrom) and node.module == "refcnn":
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("refcnn."):
        return [node.module.removeprefix("refcnn.")]
    if isinstance(node, ast.Import):
        names = (alias.name for alias in node.names)
        return [name.removeprefix("refcnn.") for name in names if name.startswith("refcnn.")]
    return []


def room(place):
    if place.name == "__main__.py":  # the commands, by the name of the package
        return "cli"
    return place.parts[0] if len(place.parts) > 1 else FRONT


def arrows():
    """(room, room that it imports from): all there are, those of one room to itself apart."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        own = room(path.relative_to(PACKAGE))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for name in named(node):
                other = name.partition(".")[0]
                public = (own != FRONT and other in refcnn.__all__) or other.startswith("__")
                there = other if (PACKAGE / other).is_dir() else "cnn" if public else FRONT
                found |= {(own, there)} - {(own, own)}
    return found


def direct(edges):
    """The arrows that do not follow from others."""
    reach = {one: {b for a, b in edges if a == one} for one in ROOMS}
    for one in ROOMS:  # from the ground up, so that what is below is complete
        reach[one] |= {far for near in reach[one] for far in reach[near]}
    return {(a, b) for a, b in edges if not any(b in reach[c] for c in reach[a] if c != b)}


def test_imports_point_one_way():
    order = {name: place for place, name in enumerate(ROOMS)}
    assert [(a, b) for a, b in sorted(arrows()) if order[a] <= order[b]] == []


def test_the_diagram_shows_the_arrows_that_there_are():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text("utf-8")
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    assert set(re.findall(r"(\w+) --> (\w+)", diagram)) == direct(arrows())
    for name in {*ROOMS} - {FRONT}:
        assert f"| `{name}/` |" in page


def test_every_room_is_known():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == {*ROOMS} - {FRONT}


def test_public_names():
    assert sorted(refcnn.__all__) == refcnn.__all__
    assert all(hasattr(refcnn, name) for name in refcnn.__all__)
    assert set(OPERATORS) <= set(refcnn.__all__)


@pytest.mark.parametrize("name", ["gradients", "layers", "models", "ops", "optimizers", "shapes"])
def test_modules_are_imported_by_their_public_names(name):
    assert importlib.import_module(f"refcnn.{name}") is getattr(refcnn, name)


def test_the_public_model_is_the_design_s():
    assert refcnn.models.Sequential is refcnn.Sequential
