"""What must hold of conv2d_backward."""

import numpy as np

from refcnn.operators.conv2d_backward import cases
from refcnn.operators.conv2d_backward.cases import NAME, PLAIN
from refcnn.operators.conv2d_backward.domains import DEEP, OF_PADDING, OF_STRIDES, ONE_MAP, SQUARE
from refcnn.suite import gradient_laws as laws
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick
from refcnn.suite.gradient_laws import looking_at
from refcnn.suite.gradients import DY
from refcnn.suite.judge import expect
from refcnn.suite.tensors import Array

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("DCONV-1")
def each_cell_gets_what_its_windows_say(iut: Context, pick: Pick) -> None:
    iut.check(looking_at(iut.case(NAME, pick, **ONE_MAP), "dx"))


@check("DCONV-2")
def each_weight_gets_the_cells_that_it_met(iut: Context, pick: Pick) -> None:
    iut.check(looking_at(iut.case(NAME, pick, **ONE_MAP), "dkernel"))


@check("DCONV-3")
def the_bias_gets_the_sum_of_its_map(iut: Context, pick: Pick) -> None:
    iut.needs(NAME, "bias")
    iut.check(looking_at(iut.case(NAME, pick, **{**PLAIN, "bias": True}), "dbias"))


@check("DCONV-4", each={"output": ("dx", "dkernel")})
def channels_and_filters(iut: Context, pick: Pick, *, output: str) -> None:
    options = SQUARE if pick(0, 1) else DEEP
    iut.check(looking_at(iut.case(NAME, pick, **options), output))


@check("DCONV-5", each={"output": ("dx", "dkernel")})
def strides_are_those_of_the_windows(iut: Context, pick: Pick, *, output: str) -> None:
    iut.needs(NAME, "strides_int|strides_pair")
    iut.check(looking_at(iut.case(NAME, pick, **OF_STRIDES), output))


@check("DCONV-6", each={"output": ("dx", "dkernel")})
def the_padding_is_dropped(iut: Context, pick: Pick, *, output: str) -> None:
    iut.needs(NAME, "padding_same|padding_int|padding_pairs")
    iut.check(looking_at(iut.case(NAME, pick, **OF_PADDING), output))


@check("DCONV-7")
def cells_that_no_window_covers_get_nothing(iut: Context, pick: Pick) -> None:
    iut.needs(NAME, "strides_int|strides_pair")
    case = cases.with_cells_left_over(pick, iut.features(NAME), **PLAIN)
    iut.check(looking_at(case, "dx"))


@check("DCONV-8", times=WIDELY)
def all_gradients_bit_for_bit(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick))


@check("DCONV-8")
def all_gradients_within_the_bound(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick, families=("general", "spread")))


@check("DCONV-9")
def gradients_are_linear(iut: Context, pick: Pick) -> None:
    laws.linear_in_dy(iut, pick, iut.case(NAME, pick, families=("small",)))


@check("DCONV-10")
def gradients_of_examples_add_up(iut: Context, pick: Pick) -> None:
    laws.examples_add_up(iut, iut.case(NAME, pick, families=("small",)))


@check("DCONV-11", each={"output": ("dx", "dkernel")})
def gradients_fit_the_forward_pass(iut: Context, pick: Pick, *, output: str) -> None:
    iut.needs(NAME, "no_bias")
    case = looking_at(iut.case(NAME, pick, families=("small",), bias=False), output)
    gradient, tensor = iut.answer(case), case.inputs[output.removeprefix("d")]
    forth = _product(case.inputs[DY], expect(case.forward).hi)
    back = _product(gradient, tensor)
    holds = np.full(gradient.shape, back == forth)
    law = f"dy times the answer adds up to {forth:g}, {output} times its tensor to {back:g}"
    iut.holds(case, gradient, holds, law)


def _product(some: Array, others: Array) -> float:
    """All products of two tensors, added up."""
    return float((some.astype(np.float64) * others).sum())


@check("DCONV-13")
def nothing_is_left_of_an_earlier_call(iut: Context, pick: Pick) -> None:
    laws.no_call_is_remembered(iut, iut.case(NAME, pick, families=("small",)))


@check("DCONV-12")
def a_dy_of_another_shape_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.of_another_shape(pick, iut.features(NAME)))
