"""What must hold of dense."""

import numpy as np

from refcnn.operators.dense import cases
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.data import integers, stream
from refcnn.suite.draw import Pick, choose, dtype_of, seed

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("DENSE-1")
def every_output_is_a_weighted_sum(iut: Context, pick: Pick) -> None:
    case = iut.case("dense", pick, bias=False)
    iut.check(case.given(x=case.inputs["x"][:1]))


@check("DENSE-2", times=WIDELY)
def dense_bit_for_bit(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("dense", pick))


@check("DENSE-2")
def dense_within_the_bound(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("dense", pick, families=("general", "spread")))


@check("DENSE-3")
def the_bias_is_added_once(iut: Context, pick: Pick) -> None:
    iut.needs("dense", "bias")
    iut.check(iut.case("dense", pick, bias=True, families=("xsmall", "biasonly", "xwide")))


@check("DENSE-4")
def every_input_reaches_every_output(iut: Context, pick: Pick) -> None:
    case = iut.case("dense", pick, families=("xsmall",))
    x, kernel = case.inputs["x"].copy(), case.inputs["kernel"]
    i, change = pick(0, len(kernel) - 1), pick(1, 5)
    x[:, i] += change
    changed, expected = case.given(x=x), iut.exactly((1, iut.answer(case)), (change, kernel[i]))
    iut.same(changed, iut.answer(changed), expected, f"input {i} grows by {change}")


@check("DENSE-5")
def linear_in_the_input_and_in_the_kernel(iut: Context, pick: Pick) -> None:
    iut.needs("dense", "no_bias")
    case = iut.case("dense", pick, families=("xsmall",), bias=False)
    name = choose(pick, ["x", "kernel"])
    old, (a, b) = case.inputs[name], (pick(-3, 3), pick(1, 3))
    new = integers(seed(pick), old.shape, -8, 8, case.dtype)
    both = case.given(**{name: a * old + b * new})
    expected = iut.exactly((a, iut.answer(case)), (b, iut.answer(case.given(**{name: new}))))
    iut.same(both, iut.answer(both), expected, f"linear in {name}: {a} and {b} pass through")


@check("DENSE-6")
def dense_is_a_convolution_with_a_kernel_of_the_whole_input(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "no_bias")
    iut.needs("flatten")
    iut.needs("dense", "no_bias")
    n, h, w, c, outputs = (pick(1, 3) for _ in range(5))
    dtype, number = dtype_of(pick, iut.features("dense")), seed(pick)
    x = integers(number, (n, h, w, c), -8, 8, dtype)
    kernel = integers(number + 1, (h * w * c, outputs), -8, 8, dtype)
    flat = iut.helper(iut.case("flatten", pick).given(x=x))
    case = iut.case("dense", pick, bias=False).given(x=flat, kernel=kernel)
    conv = iut.case("conv2d", lambda low, _: low, bias=False)
    maps = iut.helper(conv.given(x=x, kernel=kernel.reshape(h, w, c, outputs)))
    law = f"dense(flatten(X)) is conv2d with a kernel of {h}x{w}x{c}"
    iut.same(case, iut.answer(case), maps.reshape(n, outputs), law)


@check("DENSE-9")
def dense_knows_no_neighbours(iut: Context, pick: Pick) -> None:
    case = iut.case("dense", pick, families=("xsmall", "xwide"))
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    order = np.argsort(stream(seed(pick), len(kernel)), kind="stable")
    mixed = case.given(x=x[:, order], kernel=kernel[order])
    law = f"inputs and rows in the order {order.tolist()} give the same output"
    iut.same(mixed, iut.answer(mixed), iut.answer(case), law)


@check("DENSE-7")
def a_kernel_of_another_height_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.kernel_of_other_height(pick, iut.features("dense")))


@check("DENSE-8")
def a_bias_of_another_length_is_refused(iut: Context, pick: Pick) -> None:
    iut.needs("dense", "bias")
    iut.refuses(*cases.dense_bias_of_other_length(pick, iut.features("dense")))
