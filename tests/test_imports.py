"""What an import brings along, and what the package makes public."""

import subprocess
import sys

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


def test_public_names():
    assert sorted(refcnn.__all__) == refcnn.__all__
    assert all(hasattr(refcnn, name) for name in refcnn.__all__)
    assert set(SIGNATURES) <= set(refcnn.__all__)


def test_the_public_model_is_the_design_s():
    assert refcnn.models.Sequential is refcnn.Sequential
