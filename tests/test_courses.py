"""Courses in their own signatures: every wrong file loses points in its item, no right one does.

The files of `courses/` were written by somebody who had not seen the catalogue of
mistakes. One seed by default, twenty with --iut-profile thorough.
"""

from pathlib import Path

import pytest

from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.report import Person
from refcnn.grading.submissions import Submission
from refcnn.implementations.sandbox.nursery import Zygote

COURSES = Path(__file__).parent / "courses"
FEW, ALL = 1, 20  # seeds
# Layers are called three times, on other images first, as they are in a network.
CLASSES = """
layout = "NCHW"
kernel_layout = "OIHW"
levels = ["core", "pure"]

[statement.calls]
conv2d = \"\"\"
[[layer.forward(np.concatenate([x, x], axis=3)), layer.forward(-x), layer.forward(x)][2]
 for layer in [Conv2D(kernel, bias, stride=stride, padding=pad)]][0]\"\"\"
max_pool2d = \"\"\"
[[layer.forward(-x), layer.forward(x)][1]
 for layer in [MaxPool2D(pool, None if strides_or_none is None else stride, pad)]][0]\"\"\"
"""
STATED = {
    "dlai": 'like = "deeplearning-ai"',
    "cs231n": 'like = "cs231n"\nlevels = ["core", "pure", "robust"]',  # memory in any order
    "classes": CLASSES,
}
ITEMS = {"conv2d": ("conv2d",), "pool": ("max_pool2d",)}


def assignment(course):
    operators = {**ITEMS, "pool": ("max_pool2d", "avg_pool2d")} if course == "dlai" else ITEMS
    text = f'title = "A course"\ntotal = 20\n[statement]\n{STATED[course]}\n'
    for name, asked in operators.items():
        text += f'[[item]]\nid = "{name}"\ntitle = "{name}"\npoints = 10\noperators = {[*asked]}\n'
        if course == "cs231n":  # what it asks for: no refusals, and no empty batches
            own = conv() if name == "conv2d" else pool()
            text += f"clauses = {own}\n"
    return text


def conv():
    usual = ["CONV-1", "CONV-2", "CONV-3", "CONV-4", "CONV-5", "CONV-6", "CONV-7", "CONV-8"]
    return [*usual, "CONV-11", "CONV-16", "CONV-17", "ANY-1", "ANY-3", "ANY-4", "ANY-5", "ANY-7"]


def pool():
    usual = ["POOL-1", "POOL-3", "POOL-4", "POOL-5", "POOL-6", "POOL-10", "POOL-24"]
    return [*usual, "ANY-1", "ANY-3", "ANY-4", "ANY-5", "ANY-7"]


def points(grader, path):
    submission = Submission(
        Person(id=path.stem, file=path.name), path.name, {path.name: path.read_bytes()}
    )
    report = grader.grade(submission)
    assert not report.problem, (path.name, report.problem)
    return {item.id: item.earned for item in report.items}


@pytest.mark.parametrize("course", STATED)
def test_wrong_work_loses_points_in_its_item_and_right_work_none(course, tmp_path, pytestconfig):
    thorough = pytestconfig.getoption("iut_profile") == "thorough"
    (tmp_path / "assignment.toml").write_text(assignment(course), "utf-8")
    unfair, missed = {}, {}
    for seed in range(ALL if thorough else FEW):
        (tmp_path / "seed.txt").write_text(f"{seed:064x}", "ascii")
        setup = Setup.of(tmp_path)
        with Zygote(allowed(setup)) as zygote:
            grader = Grader(setup, zygote)
            files = COURSES / course
            right = {p.stem: points(grader, p)["conv2d"] for p in files.glob("right/*.py")}
            wrong = {p.stem: points(grader, p)["conv2d"] for p in files.glob("wrong_conv/*.py")}
            pools = {p.stem: points(grader, p)["pool"] for p in files.glob("wrong_pool/*.py")}
        assert (len(right), len(wrong), len(pools)) == (6, 14, 6)
        unfair |= {(seed, name): earned for name, earned in right.items() if earned < 10}
        missed |= {(seed, n): earned for n, earned in {**wrong, **pools}.items() if earned == 10}
    assert (unfair, missed) == ({}, {})
