"""What must hold of the gradients of pools."""

import numpy as np

from refcnn.operators.pool2d_backward import cases
from refcnn.operators.pool2d_backward.cases import AVG, MAX, PLAIN
from refcnn.operators.pool2d_backward.domains import OF_PADDING, ONE_MAP, TIES
from refcnn.suite import gradient_laws as laws
from refcnn.suite.changes import first_example
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick
from refcnn.suite.gradients import DY
from refcnn.suite.judge import expect

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("DPOOL-1")
def the_largest_gets_all(iut: Context, pick: Pick) -> None:
    iut.check(first_example(iut.case(MAX, pick, **ONE_MAP)))


@check("DPOOL-2")
def all_cells_get_their_share(iut: Context, pick: Pick) -> None:
    iut.check(first_example(iut.case(AVG, pick, **ONE_MAP)))


@check("DPOOL-3")
def channels_and_examples_by_themselves(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.check(iut.case(operator, pick, **PLAIN))


@check("DPOOL-4")
def what_overlapping_windows_say_is_added_up(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.needs(operator, "strides_int|strides_pair")
    iut.check(cases.overlapping(pick, iut.features(operator), operator=operator, **PLAIN))


@check("DPOOL-5")
def cells_that_no_window_covers_get_nothing(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.needs(operator, "strides_int|strides_pair")
    iut.check(cases.with_gaps(pick, iut.features(operator), operator=operator, **PLAIN))


@check("DPOOL-6")
def padding_gets_nothing(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.needs(operator, "padding_same|padding_int|padding_pairs")
    iut.check(iut.case(operator, pick, **OF_PADDING))


@check("DPOOL-7")
def the_first_of_equal_cells_gets_all(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(MAX, pick, **TIES))


@check("DPOOL-8", times=WIDELY)
def the_whole_definition(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.check(iut.case(operator, pick))


@check("DPOOL-9")
def gradients_within_the_bound(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.check(iut.case(operator, pick, made=("general", "spread")))


@check("DPOOL-10")
def gradients_are_linear(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, made=("small",))
    laws.scaled(iut, pick, case)


@check("DPOOL-11")
def nothing_is_lost(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, made=("small",))
    got, allowed = iut.answer(case), expect(case).bound.sum(axis=(1, 2), keepdims=True)
    back = got.astype(np.float64).sum(axis=(1, 2), keepdims=True)
    dy = case.inputs[DY].astype(np.float64)
    forth, size = (t.sum(axis=(1, 2), keepdims=True) for t in (dy, np.abs(dy)))
    off = np.abs(back - forth)
    slack = allowed + 2.0**-40 * size  # adding them up rounds, too
    law = "over a map dx adds up to what dy adds up to"
    iut.holds(case, got, np.broadcast_to(off <= slack, got.shape), law)


@check("DPOOL-13")
def nothing_is_left_of_an_earlier_call(iut: Context, pick: Pick, *, operator: str) -> None:
    laws.no_call_is_remembered(iut, iut.case(operator, pick, **PLAIN))


@check("DPOOL-12")
def a_dy_of_another_shape_is_refused(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.refuses(*cases.of_another_shape(pick, iut.features(operator), operator=operator))
