"""What a submission states of itself counts as far as its assignment lets it, and no further."""

import json

import pytest
from grading_helpers import submission, write_assignment

from refcnn.grading.assignment import Assignment, AssignmentError, load
from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.heard import heard
from refcnn.implementations.sandbox.nursery import Zygote

DENSE = """
title = "T"
total = 10
[policy]
may_state = [MEMBERS]
STATED
[[item]]
id = "OPERATOR"
title = "T"
points = 10
operators = ["OPERATOR"]
clauses = [CLAUSES]
"""
FAST = """
import numpy as np
STATEMENT = {"algorithm": "fast", "limits": ["whole_numbers"][:0]}

def dense(x, kernel, bias=None):
    # Sums by way of larger ones, as fast algorithms have them.
    size = np.abs(x).max(initial=0) * np.abs(kernel).max(initial=0) * x.dtype.type(64)
    y = (x[:, :, None] * kernel[None] + size).sum(axis=1) - size * x.dtype.type(len(kernel))
    return y if bias is None else y + bias
"""
CHANNELS_FIRST = """
import numpy as np
STATEMENT = {"layout": "NCHW"}

def flatten(x):
    return np.moveaxis(x, 1, -1).reshape(len(x), -1) if x.ndim == 4 else x.reshape(len(x), -1)
"""


def assignment(tmp_path, members, operator, clauses, stated=""):
    text = DENSE.replace("MEMBERS", ", ".join(f'"{name}"' for name in members))
    text = text.replace("STATED", stated).replace("OPERATOR", operator)
    text = text.replace("CLAUSES", ", ".join(f'"{name}"' for name in clauses))
    return write_assignment(tmp_path, text)


def graded(directory, source):
    setup = Setup.of(directory)
    with Zygote(allowed(setup)) as zygote:
        return Grader(setup, zygote).grade(submission(source))


@pytest.mark.parametrize(("members", "right"), [(["algorithm"], True), (["layout"], False)])
def test_a_fast_algorithm_is_judged_by_its_bound_where_it_may_be_stated(members, right, tmp_path):
    report = graded(assignment(tmp_path, members, "dense", ["DENSE-1", "DENSE-2"]), FAST)
    assert (report.earned == 10) is right
    (note,) = report.notes
    others = "limits" if right else "algorithm and limits"
    assert note.startswith(f"its STATEMENT says {others}, which is not heard here")


def test_wrong_sums_are_wrong_by_any_algorithm(tmp_path):
    wrong = FAST.replace("y + bias", "y - bias")
    report = graded(assignment(tmp_path, ["algorithm"], "dense", ["DENSE-1", "DENSE-2"]), wrong)
    assert report.earned < 10


@pytest.mark.parametrize(("members", "earned"), [(["layout"], 10), ([], 0)])
def test_images_come_as_a_submission_may_state_them(members, earned, tmp_path):
    report = graded(assignment(tmp_path, members, "flatten", ["FLAT-2"]), CHANNELS_FIRST)
    assert report.earned == earned
    assert len(report.notes) == (not members)


def test_a_dialect_may_be_stated(tmp_path):
    source = """
import numpy as np
STATEMENT = {"dialects": ["flatten_channel_first"]}

def flatten(x):
    return np.moveaxis(x, -1, 1).reshape(len(x), -1) if x.ndim == 4 else x.reshape(len(x), -1)
"""
    clauses = ["FLAT-2"]
    assert graded(assignment(tmp_path / "a", ["dialects"], "flatten", clauses), source).earned == 10
    assert graded(assignment(tmp_path / "b", [], "flatten", clauses), source).earned == 0


@pytest.mark.parametrize(
    "said", ["null", "[1]", '{"algorithm": "magic"}', '{"algor', "[" * 4096, '{"layout": 3}']
)
def test_a_statement_that_cannot_be_read_is_not_heard(said):
    item = {"id": "all", "title": "All", "points": 1, "operators": ["relu"]}
    policy = {"may_state": ["algorithm", "layout"]}
    asked = Assignment.model_validate({"title": "T", "total": 1, "item": [item], "policy": policy})
    stated, (note,) = heard(said, asked)
    assert stated == asked.stated
    assert note.startswith("its STATEMENT is not heard, it cannot be read: ")
    assert heard("", asked) == (asked.stated, ())
    assert heard(json.dumps({"algorithm": "fast"}), asked)[0].algorithm == "fast"


@pytest.mark.parametrize(
    ("members", "stated", "sentence"),
    [
        (["limits"], "", "policy.may_state.0"),
        (["algorithm"], '[statement]\nalgorithm = "fast"', "says already"),
        (["dialects"], '[statement]\ndialects = ["flatten_channel_first"]', "says already"),
        (["layout"], '[statement]\nlike = "cs231n"', "calls have one layout"),
    ],
)
def test_what_the_assignment_says_itself_students_cannot(members, stated, sentence, tmp_path):
    with pytest.raises(AssignmentError, match=sentence):
        load(assignment(tmp_path, members, "dense", ["DENSE-1"], stated))
