"""What must hold of relu_backward."""

import numpy as np

from refcnn.operators.relu_backward import cases
from refcnn.operators.relu_backward.cases import NAME
from refcnn.suite import gradient_laws as laws
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick, choose

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("DRELU-1", times=WIDELY)
def what_is_positive_lets_pass(iut: Context, pick: Pick) -> None:
    case = iut.case(NAME, pick)
    x = case.inputs["x"]
    iut.check(case.given(x=np.where(x == 0, x.dtype.type(1), x)))


@check("DRELU-2")
def nothing_passes_at_zero(iut: Context, pick: Pick) -> None:
    iut.check(cases.at_zero(pick, iut.features(NAME)))


@check("DRELU-3")
def the_shape_is_kept(iut: Context, pick: Pick) -> None:
    iut.check(cases.of_layers(pick, iut.features(NAME)))


@check("DRELU-4")
def only_the_sign_of_x_counts(iut: Context, pick: Pick) -> None:
    case = iut.case(NAME, pick, families=("floats",))
    scale = np.dtype(case.dtype).type(choose(pick, [0.5, 2, 4]))
    once = iut.answer(case)
    wider = case.given(x=case.inputs["x"] * scale)
    iut.same(wider, iut.answer(wider), once, f"an x {scale} times as large passes the same")
    more = case.given(dy=case.inputs["dy"] * -scale)
    iut.same(more, iut.answer(more), once * -scale, f"linear in dy: {-scale} passes through")


@check("DRELU-5")
def infinities_let_pass_or_not(iut: Context, pick: Pick) -> None:
    iut.check(cases.of_infinities(pick, iut.features(NAME)))


@check("DRELU-6")
def the_shape_of_other_ranks_is_kept(iut: Context, pick: Pick) -> None:
    iut.check(cases.of_other_ranks(pick, iut.features(NAME)))


@check("DRELU-8")
def nothing_is_left_of_an_earlier_call(iut: Context, pick: Pick) -> None:
    laws.no_call_is_remembered(iut, iut.case(NAME, pick, families=("distinct",)))


@check("DRELU-7")
def a_dy_of_another_shape_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.of_another_shape(pick, iut.features(NAME)))
