"""What must hold of softmax_backward."""

import numpy as np

from refcnn.operators.softmax_backward import cases
from refcnn.operators.softmax_backward.cases import NAME
from refcnn.operators.softmax_backward.domains import LARGE
from refcnn.suite import gradient_laws as laws
from refcnn.suite.case import Case
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.data import floats
from refcnn.suite.draw import Pick, seed
from refcnn.suite.gradients import DY
from refcnn.suite.judge import expect
from refcnn.suite.tensors import Array

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("DSOFT-1", times=WIDELY)
def every_logit_changes_all_probabilities(iut: Context, pick: Pick) -> None:
    iut.check(cases.one_row(pick, iut.features(NAME)))


@check("DSOFT-2")
def every_row_by_itself(iut: Context, pick: Pick) -> None:
    iut.check(cases.several_rows(pick, iut.features(NAME)))


@check("DSOFT-3")
def the_gradients_of_a_row_add_up_to_zero(iut: Context, pick: Pick) -> None:
    case = iut.case(NAME, pick)
    got, allowed = iut.answer(case), expect(case).bound
    total = np.abs(got.astype(np.float64).sum(axis=-1, keepdims=True))
    size = np.abs(got).astype(np.float64).sum(axis=-1, keepdims=True)
    slack = allowed.sum(axis=-1, keepdims=True) + 2.0**-40 * size  # adding up rounds, too
    iut.holds(case, got, np.broadcast_to(total <= slack, got.shape), "a row of dx adds up to 0")


@check("DSOFT-4")
def gradients_are_linear(iut: Context, pick: Pick) -> None:
    laws.scaled(iut, pick, iut.case(NAME, pick))


@check("DSOFT-4")
def what_is_the_same_in_all_of_dy_changes_nothing(iut: Context, pick: Pick) -> None:
    case = iut.case(NAME, pick)
    whole = case.given(dy=np.round(case.inputs[DY]))  # so that the shift is exact
    shift = pick(-8, 8)
    moved = whole.given(dy=whole.inputs[DY] + np.dtype(case.dtype).type(shift))
    allowed = expect(whole).bound + expect(moved).bound
    law = f"f(dy + {shift}) = f(dy)"
    iut.same(moved, iut.answer(moved), iut.answer(whole), law, allowed)


@check("DSOFT-5")
def large_logits_do_no_harm(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick, families=LARGE))


@check("DSOFT-6")
def the_derivatives_are_symmetric(iut: Context, pick: Pick) -> None:
    one = iut.case(NAME, pick)
    a = one.inputs[DY]
    b = floats(seed(pick), a.shape, one.dtype)
    other = one.given(dy=b)
    forth, back = _along(iut.answer(one), b), _along(iut.answer(other), a)
    off = _along(expect(one).bound, np.abs(b)) + _along(expect(other).bound, np.abs(a))
    off += 2.0**-40 * _size(one, other)
    law = "sum of b f(a) = sum of a f(b), row by row"
    iut.same(other, back.astype(one.dtype), forth.astype(one.dtype), law, off + _rounding(forth))


def _along(some: Array, others: Array) -> Array:
    """Products added up by row, in float64."""
    return np.asarray((some.astype(np.float64) * others).sum(axis=-1, keepdims=True))


def _size(one: Case, other: Case) -> Array:
    return _along(np.abs(one.inputs[DY]), np.abs(other.inputs[DY]))


def _rounding(total: Array) -> Array:
    """What comes of rounding two sums to float32."""
    return np.abs(total) * 2.0**-22


@check("DSOFT-7")
def the_last_axis_of_other_ranks(iut: Context, pick: Pick) -> None:
    iut.check(cases.of_other_ranks(pick, iut.features(NAME)))


@check("DSOFT-9")
def nothing_is_left_of_an_earlier_call(iut: Context, pick: Pick) -> None:
    laws.no_call_is_remembered(iut, iut.case(NAME, pick, families=("general",)))


@check("DSOFT-8")
def a_dy_of_another_shape_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.of_another_shape(pick, iut.features(NAME), families=("general",)))
