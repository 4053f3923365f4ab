"""Vectors that nobody chose for a known mistake: every kind is among them, and chains tell."""

import json
from hashlib import sha256
from itertools import combinations

import numpy as np
import pytest

from refcnn.diagnosis.chains import chained
from refcnn.diagnosis.kinds import BIAS, MAIN, of_every_kind
from refcnn.diagnosis.nearby import nearby
from refcnn.grading.evidence import RECIPE
from refcnn.suite.capabilities import usual_forms
from refcnn.suite.case import Case
from refcnn.suite.judge import expect
from refcnn.suite.predicates import true_of
from refcnn.suite.terms import Terms, whole
from refcnn.suite.windows import lay_out

SEEDS = (3, 9, 18)


DRAWN = (  # a recipe, and what is drawn by it: another draw is another recipe
    "any pair of main things; each mistake, twice at home; oblong, further and square chains",
    "9bccb408f3a3d4c6",
)


def test_another_draw_has_another_recipe():
    """Cases are kept under its name: under the same one, older ones would still be asked."""
    questions = [
        [case.to_json() for case in one.question.cases]
        for operator in ("conv2d", "max_pool2d", "dense", "softmax")
        for one in of_every_kind(Terms(operator, usual_forms(operator)), 1)
    ]
    digest = sha256(json.dumps(questions).encode()).hexdigest()[:16]
    assert (RECIPE, digest) == DRAWN


def things(case):
    true = true_of(case) | ({BIAS} if case.inputs["bias"].any() else set())
    return {name if name in true else f"not {name}" for name in MAIN}


@pytest.mark.parametrize("seed", SEEDS)
def test_any_two_main_things_meet_whatever_the_seed(seed):
    """A window in padding alone and a bias that is not 0, say: seldom, and told by few mistakes."""
    found = [one.question.case for one in of_every_kind(whole("conv2d"), seed)]
    met = [things(case) for case in found if "bias" in case.inputs]
    wanted = [f"{sign}a window lies in padding alone" for sign in ("", "not ")]
    for one in wanted:
        for other in (BIAS, "a stride is above 1", "there is more than one channel"):
            assert any({one, other} <= here for here in met), (one, other)
    assert all(any({a, b} <= here for here in met) for a, b in combinations(MAIN[:5], 2))


@pytest.mark.parametrize("operator", ["conv2d", "max_pool2d"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_changes_of_chains_change_answers(operator, seed):
    """A cache that forgets an argument is right where the argument changes nothing."""
    shown = set()
    for one in of_every_kind(whole(operator), seed):
        case, *others = one.question.cases
        if len(others) < 2 or one.question.law or "ANY-7" in one.question.clauses:
            continue
        before = expect(case).hi
        assert np.array_equal(expect(others[-1]).hi, before)
        named = {repr(near.to_json()): name for name, near in nearby(case)}
        for other in others[:-1]:
            name = named[repr(other.to_json())]
            shown |= {name} if not np.array_equal(expect(other).hi, before) else set()
    assert {"x", "batch", "channels", "one channel", "gaps"} <= shown
    assert {"tiles and a rest below", "tiles and a rest across"} <= shown
    assert {"same with strides and 2 cells", "same with strides and 3 cells"} <= shown
    assert operator != "conv2d" or {"kernel", "bias", "filters", "strides", "padding"} <= shown


@pytest.mark.parametrize("operator", ["conv2d", "dense", "avg_pool2d"])
def test_telling_cases_lie_in_memory_in_every_way(operator):
    found = [
        one.question
        for one in of_every_kind(whole(operator), 3)
        if one.question.then and one.question.clauses == ("ANY-7",)
    ]
    (asked,) = found
    assert {case.memory for case in asked.cases} == {"fortran", "strided", "read-only"}
    if operator == "dense":
        assert any(len({*case.inputs["kernel"].shape}) == 1 for case in asked.cases)


@pytest.mark.parametrize(("cells", "size"), [(2, 5), (2, 6), (3, 5), (3, 6)])
def test_same_padding_of_an_odd_number_of_cells(cells, size):
    inputs = {"x": np.ones((1, size, size, 1)), "kernel": np.ones((1, 2, 1, 1))}
    case = Case(operator="conv2d", inputs=inputs, attributes={"strides": 1})
    near = dict(nearby(case))[f"same with strides and {cells} cells"]
    assert near.inputs["kernel"].shape == (cells, cells, 1, 1)
    assert all((before, after) == (0, 1) for before, after in lay_out(near).padding)


def test_a_batch_has_examples_that_are_lower_than_the_first_throughout():
    x = np.arange(-8.0, 8).reshape(1, 4, 4, 1)
    near = dict(nearby(Case(operator="max_pool2d", inputs={"x": x}, attributes={"pool_size": 2})))
    images = near["batch"].inputs["x"]
    assert len(images) == 11
    assert images[1].max() < images[0].min()


def test_more_padding_around_less_is_a_stale_border_away_from_the_answer_before():
    x = np.arange(1.0, 17).reshape(1, 4, 4, 1)
    kernel = np.ones((3, 3, 1, 1))
    case = Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, attributes={"padding": 0})
    near = dict(nearby(case))["more padding around less"]
    assert near.inputs["x"].shape == (1, 2, 2, 1)
    assert near.attributes == {"padding": 1}
    assert expect(near).hi.shape == expect(case).hi.shape
    assert not np.array_equal(expect(near).hi, expect(case).hi)


def test_a_chain_ends_as_it_began():
    terms = whole("conv2d")
    plain = next(
        one
        for one in of_every_kind(terms, 3)
        if not one.question.then and "CONV-16" in one.question.clauses
    )
    made = chained(terms, plain)
    assert made is not None
    assert made.question.cases[0] is made.question.cases[-1]


@pytest.mark.parametrize(
    ("size", "kernel", "strides", "padding", "alone"),
    [
        (5, 1, 1, 0, False),
        (5, 1, 1, 1, True),
        (5, 2, 1, 1, False),
        (5, 2, 1, 2, True),
        (5, 3, 2, ((0, 3), (0, 0)), False),
        (5, 3, 1, ((0, 3), (0, 0)), True),
        (5, 2, 7, ((0, 5), (0, 0)), True),
    ],
)
def test_a_window_that_lies_in_padding_alone_is_seen(size, kernel, strides, padding, alone):
    case = Case(
        operator="conv2d",
        inputs={"x": np.ones((1, size, size, 1)), "kernel": np.ones((kernel, kernel, 1, 1))},
        attributes={"strides": strides, "padding": padding},
    )
    assert ("a window lies in padding alone" in true_of(case)) is alone
