"""Clauses of flatten and dense."""

import numpy as np
import pytest

from refcnn.operators.dense import cases
from refcnn.operators.flatten.cases import every_value
from refcnn.suite.data import integers, stream
from refcnn.suite.draw import choose, dtype_of, seed
from refcnn.suite.sampling import explore, explore_widely


@pytest.mark.clause("FLAT-1")
@explore
def test_flatten_gives_one_vector_an_example(iut, pick):
    case = iut.case("flatten", pick)
    iut.has_shape(case)


@pytest.mark.clause("FLAT-2")
@explore
def test_flatten_keeps_the_order(iut, pick):
    iut.check(iut.case("flatten", pick))


@pytest.mark.clause("FLAT-3")
@explore
def test_flatten_keeps_every_value(iut, pick):
    iut.check(every_value(pick, iut.features("flatten")))


@pytest.mark.clause("DENSE-1")
@explore
def test_every_output_is_a_weighted_sum(iut, pick):
    case = iut.case("dense", pick, bias=False)
    iut.check(case.given(x=case.inputs["x"][:1]))


@pytest.mark.clause("DENSE-2")
@explore_widely
def test_dense_bit_for_bit(iut, pick):
    iut.check(iut.case("dense", pick))


@pytest.mark.clause("DENSE-2")
@explore
def test_dense_within_the_bound(iut, pick):
    iut.check(iut.case("dense", pick, families=("general", "spread")))


@pytest.mark.clause("DENSE-3")
@explore
def test_the_bias_is_added_once(iut, pick):
    iut.needs("dense", "bias")
    iut.check(iut.case("dense", pick, bias=True, families=("xsmall", "biasonly", "xwide")))


@pytest.mark.clause("DENSE-4")
@explore
def test_every_input_reaches_every_output(iut, pick):
    case = iut.case("dense", pick, families=("xsmall",))
    x, kernel = case.inputs["x"].copy(), case.inputs["kernel"]
    i, change = pick(0, len(kernel) - 1), pick(1, 5)
    x[:, i] += change
    changed, expected = case.given(x=x), iut.exactly((1, iut.answer(case)), (change, kernel[i]))
    iut.same(changed, iut.answer(changed), expected, f"input {i} grows by {change}")


@pytest.mark.clause("DENSE-5")
@explore
def test_linear_in_the_input_and_in_the_kernel(iut, pick):
    iut.needs("dense", "no_bias")
    case = iut.case("dense", pick, families=("xsmall",), bias=False)
    name = choose(pick, ["x", "kernel"])
    old, (a, b) = case.inputs[name], (pick(-3, 3), pick(1, 3))
    new = integers(seed(pick), old.shape, -8, 8, case.dtype)
    both = case.given(**{name: a * old + b * new})
    expected = iut.exactly((a, iut.answer(case)), (b, iut.answer(case.given(**{name: new}))))
    iut.same(both, iut.answer(both), expected, f"linear in {name}: {a} and {b} pass through")


@pytest.mark.clause("DENSE-6")
@explore
def test_dense_is_a_convolution_with_a_kernel_of_the_whole_input(iut, pick):
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


@pytest.mark.clause("DENSE-9")
@explore
def test_dense_knows_no_neighbours(iut, pick):
    case = iut.case("dense", pick, families=("xsmall", "xwide"))
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    order = np.argsort(stream(seed(pick), len(kernel)), kind="stable")
    mixed = case.given(x=x[:, order], kernel=kernel[order])
    law = f"inputs and rows in the order {order.tolist()} give the same output"
    iut.same(mixed, iut.answer(mixed), iut.answer(case), law)


@pytest.mark.clause("DENSE-7")
@explore
def test_a_kernel_of_another_height_is_refused(iut, pick):
    iut.refuses(*cases.kernel_of_other_height(pick, iut.features("dense")))


@pytest.mark.clause("DENSE-8")
@explore
def test_a_bias_of_another_length_is_refused(iut, pick):
    iut.needs("dense", "bias")
    iut.refuses(*cases.dense_bias_of_other_length(pick, iut.features("dense")))
