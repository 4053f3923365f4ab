"""Slips in a teacher's own solution: which there are, and that they cost points."""

import json
from dataclasses import replace

import pytest
from grading_helpers import submission

from refcnn.grading.authoring.slipped import slipped
from refcnn.grading.authoring.slips import slips
from refcnn.grading.grader import TooSlowError
from refcnn.grading.submissions import Submission

SOLUTION = """
import numpy as np

def pooled(x, param, size=2, *, stride=2):
    '''Not a slip: -1.'''
    if size < 1:
        raise ValueError("size")
    check(param)
    total = np.zeros(x.shape)
    for i in range(size):
        total += x[i * stride] + param["pad"]
    if stride == 1:
        total = -total
    else:
        total = total // size
    return np.mean(total, axis=0) if size > 1 else max(total)
"""
CHANGES = {
    "`size` of pooled is not heeded",
    "`stride` of pooled is not heeded",
    "`if size < 1:` is left out",
    "`size < 1` becomes `size <= 1`",
    "`check(param)` is left out",
    "`np.zeros(x.shape)` becomes `np.ones(x.shape)`",
    "`range(size)` becomes `range(size - 1)`",
    "`total += x[i * stride] + param['pad']` becomes `total = x[i * stride] + param['pad']`",
    "`x[i * stride] + param['pad']` becomes `x[i * stride]`",
    "`i * stride` becomes `i`",
    "`param['pad']` becomes `0`",
    "`param['pad']` becomes `1`",
    "`if stride == 1:` becomes `if True:`",
    "`if stride == 1:` becomes `if False:`",
    "`-total` becomes `total`",
    "`total // size` becomes `-(-total // size)`",
    "`np.mean(total, axis=0) if size > 1 else max(total)` becomes `np.mean(total, axis=0)`",
    "`np.mean(total, axis=0) if size > 1 else max(total)` becomes `max(total)`",
    "`np.mean(total, axis=0)` becomes `np.sum(total, axis=0)`",
    "`size > 1` becomes `size >= 1`",
    "`max(total)` becomes `min(total)`",
}
SUM = "def f(x, y):\n    return x + y\n"
THREE = f"""{SUM}
def g(x, y):
    return x * y

def h(x, y):
    return x - y
"""
NO_SUM, NO_PRODUCT = "def f(x, y):\n    return x\n", "def g(x, y):\n    return x\n"


def test_each_slip_is_made_once_and_alone():
    found = slips(submission(SOLUTION), 100)
    assert {one.told for one in found} == CHANGES
    texts = {one.submission.source for one in found}
    assert len(found) == len(texts) == len(CHANGES)
    assert next(one.line for one in found if "heeded" in one.told) == 4
    plus = next(one for one in found if one.told.endswith("becomes `x[i * stride]`"))
    assert plus.line == 11
    assert "total += x[i * stride]\n" in plus.submission.source


def test_many_are_thinned_out_evenly():
    every = [one.told for one in slips(submission(SOLUTION), 100)]
    assert [one.told for one in slips(submission(SOLUTION), 7)] == every[::3]


def test_methods_and_cells_have_slips_too():
    cells = ["%matplotlib inline", "class A:\n    def f(self, x):\n        return x * 2", SUM]
    plain = submission("")
    notebook = replace(plain, files={plain.entry: json.dumps(cells).encode()}, cells=True)
    found = slips(notebook, 100)
    assert [(one.line, one.told) for one in found] == [
        (3, "`x * 2` becomes `x`"),
        (2, "`x + y` becomes `x`"),
    ]
    changed = json.loads(found[0].submission.files[plain.entry])
    assert changed[1].endswith("return x")
    assert changed[::2] == cells[::2]


def test_long_code_is_cut():
    (one,) = slips(submission(f"def f(x):\n    return x + {'y' * 90}\n"), 100)
    assert one.told == f"`x + {'y' * 55}…` becomes `x`"


@pytest.mark.parametrize("text", ["", "def f(:", "x = 1 + 2", "def f(x):\n    return x == 1\n"])
def test_nothing_to_slip_on(text):
    assert slips(submission(text), 100) == []


class Noticing:
    """A grader in place of one with a sandbox: it notices what has a text in it."""

    def __init__(self, text, slow="nothing is slow"):
        self.text, self.slow = text, slow

    def has_all(self, one: Submission, at_most=0):
        if self.slow in one.source:
            assert at_most
            raise TooSlowError
        return self.text not in one.source


def test_what_costs_nothing_is_told_and_whether_another_seed_notices():
    found = slipped(submission(THREE), [Noticing(NO_SUM), Noticing(NO_PRODUCT)])
    assert (found.what, found.word) == ("slips", "look")
    assert found.said == "of 3 slips in the solution, 1 cost points"
    assert found.details == (
        "they cost nothing by this seed, and do by another: line 5: `x * y` becomes `x`",
        "no question of 2 seeds tells them from what is right: line 8: `x - y` becomes `x`",
    )
    assert [one["noticed_by_another_seed"] for one in found.data["unnoticed"]] == [True, False]


def test_what_does_not_end_is_not_told_of():
    found = slipped(submission(THREE), [Noticing(NO_SUM, slow=NO_PRODUCT)])
    assert found.word == "ok"
    assert found.said == "of 2 slips in the solution, 1 cost points"
    assert "of this seed" in found.details[0]


def test_a_solution_that_is_not_right_has_no_slips():
    found = slipped(submission(SUM), [Noticing("return")])
    assert found.word == "look"
    assert found.said == "not tried: the solution itself has not full marks"
