"""What holds of the gradients of any operator."""

from dataclasses import replace

import numpy as np

from refcnn.suite import changes
from refcnn.suite.case import Case
from refcnn.suite.context import Context
from refcnn.suite.data import integers
from refcnn.suite.draw import Pick, seed
from refcnn.suite.gradients import DY
from refcnn.suite.judge import expect
from refcnn.suite.registry import record


def looking_at(case: Case, output: str) -> Case:
    """The case, of whose gradients one alone is judged."""
    return replace(case, output=output)


def linear_in_dy(iut: Context, pick: Pick, case: Case) -> None:
    """Each gradient of a sum of two dy, with factors, is that sum of their gradients."""
    first, (a, b) = case.inputs[DY], (pick(-3, 3), pick(1, 3))
    second = integers(seed(pick), first.shape, -8, 8, case.dtype)
    both, other = case.given(dy=a * first + b * second), case.given(dy=second)
    for one, two, sum_of_both in zip(case.views, other.views, both.views):
        iut.begin()
        expected = iut.exactly((a, iut.answer(one)), (b, iut.answer(two)))
        law = f"linear in dy: {a} and {b} pass through"
        iut.same(sum_of_both, iut.answer(sum_of_both), expected, law)


def scaled(iut: Context, pick: Pick, case: Case) -> None:
    """A dy that is twice as large, or four times and negative, gives gradients that are so."""
    factor = np.dtype(case.dtype).type((2, -4, 8)[pick(0, 2)])
    larger = case.given(dy=case.inputs[DY] * factor)
    for one, two in zip(case.views, larger.views):
        expected, allowed = iut.answer(one) * factor, expect(one).bound * abs(factor)
        law = f"linear in dy: {factor:g} passes through"
        iut.same(two, iut.answer(two), expected, law, allowed + expect(two).bound)


def examples_add_up(iut: Context, case: Case) -> None:
    """What has no axis of examples is the sum of what each example alone gives."""
    count = len(case.inputs[DY])
    whole = changes.two_images(case)
    for view in whole.views:
        if view.looks_at not in record(case.operator).by_example:
            iut.begin()
            each = [changes.examples(view, slice(b, b + 1)) for b in range(2 * count)]
            answers = [(1, iut.answer(one)) for one in each]
            law = "the gradients of the examples one by one, added up"
            iut.same(view, iut.answer(view), iut.exactly(*answers), law)


def no_call_is_remembered(iut: Context, case: Case) -> None:
    """A case, another one of the same shapes, and the first again: each has its own gradients."""
    for asked in (case, changes.backwards(case), case):
        iut.check(asked)
