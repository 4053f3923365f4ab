"""hi + lo: errors that are carried along whole, and probabilities to twice the digits."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from refcnn.cnn import definition
from refcnn.operators.softmax.numerics import to_forty_digits
from refcnn.suite import precise
from refcnn.suite.data import floats
from refcnn.suite.sampling import explore


def fractions(array):
    return [Fraction(float(v)) for v in array.ravel()]


@pytest.mark.parametrize(
    ("operation", "exact"),
    [(precise.two_sum, Fraction.__add__), (precise.two_product, Fraction.__mul__)],
)
@explore
def test_nothing_is_lost(pick, operation, exact):
    seed = pick(0, 2**32 - 1)
    a, b = (floats(seed + i, (20,), "float64", (-20, 20)) for i in (0, 3))
    rounded, rest = operation(a, b)
    assert np.array_equal(rounded, a + b if operation is precise.two_sum else a * b)
    for x, y, s, e in zip(*map(fractions, (a, b, rounded, rest)), strict=True):
        assert s + e == exact(x, y)


@explore
def test_halves_have_26_bits(pick):
    a = floats(pick(0, 2**32 - 1), (20,), "float64", (-20, 20))
    high, low = precise.split(a)
    assert np.array_equal(high + low, a)
    for half in (high, low):
        scaled = np.frexp(half)[0] * 2**26
        assert np.array_equal(scaled, np.round(scaled))


@explore
def test_probabilities_to_twice_the_digits(pick):
    """hi is off by at most 2^-53 of p, and lo by at most 2^-53 of that."""
    x = floats(pick(0, 2**32 - 1), (2, pick(1, 5)), "float64")
    with localcontext(prec=60):
        powers = [[Decimal(v).exp() for v in row] for row in x.tolist()]
        exact = [Fraction(v / sum(row)) for row in powers for v in row]
    for hi, lo, p in zip(*map(fractions, to_forty_digits(x)), exact, strict=True):
        assert abs(hi + lo - p) <= p / 2**105


def test_each_row_is_shifted_by_its_own_largest_logit():
    """exp of either row as it stands is beyond any exponent, and so are the two from each other."""
    near = np.array([[[0.0, -1.0]], [[0.0, -1.0]]])
    far = near + np.array([1e9, -1e9]).reshape(2, 1, 1)
    assert [a.tolist() for a in to_forty_digits(far)] == [a.tolist() for a in to_forty_digits(near)]
    assert to_forty_digits(near)[0].tolist() == [[[0.7310585786300049, 0.2689414213699951]]] * 2


def test_no_rows_are_no_probabilities():
    assert [a.shape for a in to_forty_digits(np.zeros((0, 3)))] == [(0, 3)] * 2


def test_a_row_without_a_sum_is_nan_and_no_other():
    """NaN wherever it stands, +inf once and twice, nothing but -inf; then a row like any other."""
    nan, inf = np.nan, np.inf
    rows = [[nan, 1, 2], [1, 2, nan], [nan, inf, 0], [inf, 0, -inf], [inf, inf, 0], [-inf] * 3]
    hi, lo = to_forty_digits(np.array([*rows, [0, 0, -inf]]))
    assert np.isnan(hi[:-1]).all()
    assert hi[-1].tolist() == [0.5, 0.5, 0]
    assert not lo.any()


def test_the_plain_equation_has_no_quotient_there_either():
    """Without any shift: exp(inf) is inf, and a sum of nothing but exp(-inf) is 0."""
    rows = np.array([[np.inf, 0, 1], [-np.inf] * 3, [0, np.nan, 0], [0, 0, -np.inf]])
    p = definition.softmax(rows)
    assert np.isnan(p[:3]).all()
    assert p[3].tolist() == [0.5, 0.5, 0]


@pytest.mark.parametrize("number", [float, Fraction])
def test_the_largest_is_nan_if_any_is(number):
    values = [number(v) for v in (-2, 3, 1)]
    assert definition.largest(values) == 3
    for place in range(4):
        with_nan = [*values[:place], np.nan, *values[place:]]
        assert np.isnan(definition.largest(with_nan))
