"""The bounds by hand: at least what their formulas say in rationals, and hardly more."""

from fractions import Fraction
from math import exp, inf, log

import numpy as np
import pytest

from refcnn.operators.softmax.numerics import bound_after
from refcnn.suite import bounds
from refcnn.suite.case import Case
from refcnn.suite.judge import shape_of
from refcnn.suite.numerics import bound

BITS = pytest.mark.parametrize(("dtype", "bits"), [("float32", 24), ("float64", 53)])
SMALLEST = {"float32": Fraction(1, 2**126), "float64": Fraction(1, 2**1022)}


def gamma(k, dtype):
    ku = Fraction(k, 2 ** {"float32": 24, "float64": 53}[dtype])
    return ku / (1 - ku)


def hardly_more(allowed, derived):
    """No less than the formula, and no more than SLACK and the rounding of float64 add to it."""
    assert allowed.shape == np.shape(derived)
    for got, least in zip(allowed.flat, np.ravel(derived), strict=True):
        assert Fraction(least) <= Fraction(float(got)) <= Fraction(least) * (1 + Fraction(1, 2**19))


@BITS
def test_the_unit_roundoff_is_half_the_distance_from_1_to_the_next_number(dtype, bits):
    assert bounds.roundoff(dtype) == 2.0**-bits
    one = np.ones((), dtype)
    assert one + one.dtype.type(2.0**-bits) == 1
    assert one + one.dtype.type(2.0 ** (1 - bits)) > 1


@BITS
def test_gamma_is_the_quotient_of_higham(dtype, bits):
    """Three operations, each within 2^-53 of its exact result."""
    for k in (1, 4, 1000):
        error = abs(Fraction(bounds.gamma(k, dtype)) - gamma(k, dtype))
        assert error <= gamma(k, dtype) * Fraction(4, 2**53)


# Beside numbers of size 1 the terms in tiny vanish; beside the smallest they are all there is.
SCALES = pytest.mark.parametrize(
    ("dtype", "scale"), [("float32", 1), ("float64", 1), ("float32", 2.0**-126)]
)


@SCALES
@pytest.mark.parametrize("bias", [False, True])
def test_a_sum_of_products(dtype, scale, bias):
    """|1*4| + |-2*5| + |3*-6| = 32, and 7 more with the bias."""
    x = np.array([[1, -2, 3]], dtype) * np.dtype(dtype).type(scale)
    inputs = {"x": x, "kernel": np.array([[4], [5], [-6]], dtype)}
    if bias:
        inputs["bias"] = np.array([-7], dtype) * np.dtype(dtype).type(scale)
    k, total = (4, 39) if bias else (3, 32)
    derived = gamma(k, dtype) * total * Fraction(scale) + (k + 1) * SMALLEST[dtype]
    hardly_more(bound(Case(operator="dense", inputs=inputs)), [[derived]])
    images = {**inputs, "x": x.reshape(1, 1, 3, 1), "kernel": inputs["kernel"].reshape(1, 3, 1, 1)}
    hardly_more(bound(Case(operator="conv2d", inputs=images)), [[[[derived]]]])


def test_the_size_of_the_terms_is_that_of_the_output_that_is_looked_at():
    """|-1| |4| + |2| |-5| for dx; |3| |-1| and |3| |2| for dkernel."""
    inputs = {"dy": [[-1.0, 2.0]], "x": [[3.0]], "kernel": [[4.0, -5.0]]}
    tensors = {name: np.array(rows) for name, rows in inputs.items()}
    for output, size in (("dx", [[14]]), ("dkernel", [[3, 6]])):
        case = Case(operator="dense_backward", inputs=tensors, output=output)
        assert bounds.magnitude(case).tolist() == size


@SCALES
def test_a_sum_of_products_by_a_fast_algorithm(dtype, scale):
    """Whatever shares a transform counts: the largest number of each channel, for every tap.

    Channels up to 3 and 5 of the first image, 1 and 0 of the second, weighted with
    4 + 5 + 6 and 1 + 2 + 0 by the first filter; the second has nothing but its bias.
    """
    x = np.array([[[1, 0], [-2, -5], [3, 0]], [[0, 0], [0, 0], [-1, 0]]], dtype).reshape(2, 1, 3, 2)
    x *= np.dtype(dtype).type(scale)
    kernel = np.zeros((1, 3, 2, 2), dtype)
    kernel[0, :, :, 0] = [[4, 1], [5, -2], [-6, 0]]
    bias = np.array([-7, 2], dtype) * np.dtype(dtype).type(scale)
    case = Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, algorithm="fast")
    hardly_more(bound(case), fast(6, [[60, 0], [15, 0]], dtype, scale)[:, None, None])
    totals = [[67, 2], [22, 2]]
    hardly_more(bound(case.given(bias=bias)), fast(7, totals, dtype, scale)[:, None, None])


@SCALES
def test_operands_and_results_of_low_precision(dtype, scale):
    """Each operand is off by 2^-8 of itself, then the sum by its roundings, then the result.

    Products 4, 10 and 18, with the bias 39 in all, by absolute value.
    """
    x = np.array([[1, -2, 3]], dtype) * np.dtype(dtype).type(scale)
    inputs = {"x": x, "kernel": np.array([[4], [5], [-6]], dtype)}
    case = Case(operator="dense", inputs=inputs, algorithm="low-precision", exact=True)

    def low(terms, total):
        u, v = Fraction(bounds.roundoff(dtype)), Fraction(1, 256)
        of_sum = ((1 + v) ** 2 * (1 + terms * u / (1 - terms * u)) - 1) * total * Fraction(scale)
        least = (terms + 1) * Fraction(bounds.tiny(dtype))
        return of_sum + v * (total * Fraction(scale) + of_sum) + least

    hardly_more(bound(case), [[low(3, 32)]])
    bias = np.array([-7], dtype) * np.dtype(dtype).type(scale)
    hardly_more(bound(case.given(bias=bias)), [[low(4, 39)]])
    pixel = {"x": x[:, None, None], "kernel": inputs["kernel"][None, None]}  # 1 by 1, 3 channels
    conv = Case(operator="conv2d", inputs=pixel, algorithm="low-precision", exact=True)
    hardly_more(bound(conv), [[[[low(3, 32)]]]])
    relu = Case(operator="relu", inputs={"x": x}, algorithm="low-precision")
    assert not bound(relu).any()


@SCALES
def test_a_dense_product_by_a_fast_algorithm(dtype, scale):
    """Three inputs up to 3 and weights up to 6/64: at most 54/64, in every row and column."""
    x = np.array([[1, -2, 3], [0, 1, 0]], dtype) * np.dtype(dtype).type(scale)
    kernel = np.array([[4, 1], [5, 0], [-6, 0]], dtype) / 64
    case = Case(operator="dense", inputs={"x": x, "kernel": kernel}, algorithm="fast", exact=True)
    total = Fraction(54, 64)
    hardly_more(bound(case), fast(3, [[total], [total]], dtype, scale))
    bias = np.array([-7, 2], dtype) * np.dtype(dtype).type(scale)
    biased = fast(4, [[total + 7, total + 2]] * 2, dtype, scale)
    hardly_more(bound(case.given(bias=bias)), biased)
    for nothing in (case.given(x=x[:0]), case.given(kernel=kernel[:, :0])):
        shape = shape_of(nothing)
        assert np.broadcast_shapes(bound(nothing).shape, shape) == shape


def fast(k, totals, dtype, scale):
    """u (k + 2048) S + (k + 1) tiny."""
    u = Fraction(bounds.roundoff(dtype)) * Fraction(scale)
    smallest = (k + 1) * SMALLEST[dtype]
    return np.array([[u * (k + 2048) * total + smallest for total in row] for row in totals])


@SCALES
def test_a_mean(dtype, scale):
    """Windows of 2, 3 and 2 cells: the largest number of cells counts for all of them."""
    x = np.array([1, -2, 6], dtype).reshape(1, 3, 1, 1) * np.dtype(dtype).type(scale)
    attributes = {"pool_size": (3, 1), "strides": 1, "padding": "same"}
    case = Case(operator="avg_pool2d", inputs={"x": x}, attributes=attributes)
    means = [Fraction(3, 2), Fraction(9, 3), Fraction(8, 2)]
    derived = [gamma(4, dtype) * m * Fraction(scale) + 5 * SMALLEST[dtype] for m in means]
    hardly_more(bound(case), np.reshape(derived, (1, 3, 1, 1)))


# Two rows, the same but for a shift, on the last of three axes that differ in length.
LOGITS = np.array([[[-2, -3, -inf]], [[5, 4, -inf]]])
LARGEST = (-2, 5)
ROW = [1 / (1 + exp(-1)), exp(-1) / (1 + exp(-1)), 0.0]


def row_bound(dtype, bits, largest):
    """u (n + |m| + 3 d + 3 ln n + 16) p + 8 tiny, for the distances 0 and 1, and for p = 0."""
    beta = [2.0**-bits * (3 + abs(largest) + 3 * d + 3 * log(3) + 16) for d in (0, 1, 0)]
    return np.array([b * p + 8 * float(SMALLEST[dtype]) for b, p in zip(beta, ROW)])


@BITS
def test_a_row_of_probabilities(dtype, bits):
    case = Case(operator="softmax", inputs={"x": LOGITS.astype(dtype)})
    hardly_more(bound(case), [[row_bound(dtype, bits, m)] for m in LARGEST])


@BITS
def test_a_row_that_is_nan_allows_nothing_and_changes_no_other(dtype, bits):
    x = np.concatenate([LOGITS, [[[-inf] * 3], [[0, inf, 1]], [[0, np.nan, inf]]]]).astype(dtype)
    allowed = bound(Case(operator="softmax", inputs={"x": x}))
    hardly_more(allowed[:2], [[row_bound(dtype, bits, m)] for m in LARGEST])
    assert not allowed[2:].any()


@BITS
def test_a_row_of_probabilities_of_logits_that_are_off(dtype, bits):
    """A row whose logits are off by up to ln(2)/2 may double; one that is not off may not."""
    case = Case(operator="softmax", inputs={"x": LOGITS.astype(dtype)})
    off = np.array([[[0, log(2) / 2, 0]], [[0, 0, 0]]])
    first, second = (row_bound(dtype, bits, m) for m in LARGEST)
    hardly_more(bound_after(case, off), [[np.array(ROW) + 2 * first], [second]])


@pytest.mark.parametrize("operator", ["conv2d", "dense", "softmax"])
def test_nothing_is_allowed_on_exact_data(operator):
    x = np.ones((1, 1, 1, 1)) if operator == "conv2d" else np.ones((1, 1))
    inputs = {"x": x} if operator == "softmax" else {"x": x, "kernel": x}
    assert bound(Case(operator=operator, inputs=inputs)).all()
    assert not bound(Case(operator=operator, inputs=inputs, exact=True)).any()


@pytest.mark.parametrize("operator", ["max_pool2d", "flatten", "relu"])
def test_nothing_is_allowed_where_an_operator_only_chooses(operator):
    assert not bound(Case(operator=operator, inputs={"x": np.ones((1, 1, 1, 1))})).any()
