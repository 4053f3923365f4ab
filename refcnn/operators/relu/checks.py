"""What must hold of relu."""

import numpy as np

from refcnn.operators.relu import cases
from refcnn.suite.checks import Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick, choose

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("RELU-1")
def relu_keeps_what_is_positive(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("relu", pick))


@check("RELU-2")
def relu_twice_is_relu_and_scaling_passes_through(iut: Context, pick: Pick) -> None:
    case = iut.case("relu", pick, families=("distinct", "floats"))
    once, scale = iut.answer(case), np.dtype(case.dtype).type(choose(pick, [0.5, 2, 4]))
    again, scaled = case.given(x=once), case.given(x=case.inputs["x"] * scale)
    iut.same(again, iut.answer(again), once, "relu(relu(x)) = relu(x)")
    iut.same(scaled, iut.answer(scaled), once * scale, f"relu({scale} x) = {scale} relu(x)")


@check("RELU-3")
def relu_keeps_the_shape(iut: Context, pick: Pick) -> None:
    iut.check(cases.relu_of_layers(pick, iut.features("relu")))


@check("RELU-4")
def relu_of_infinities(iut: Context, pick: Pick) -> None:
    iut.check(cases.relu_of_infinities(pick, iut.features("relu")))


@check("RELU-5")
def relu_of_nan_is_nan(iut: Context, pick: Pick) -> None:
    iut.check(cases.relu_of_nan(pick, iut.features("relu")))


@check("RELU-6")
def relu_keeps_the_shape_of_other_ranks(iut: Context, pick: Pick) -> None:
    iut.check(cases.relu_of_other_ranks(pick, iut.features("relu")))
