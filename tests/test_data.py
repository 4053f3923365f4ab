"""The data: the published numbers of SplitMix64, and families that are as exact as they claim."""

from fractions import Fraction

import numpy as np
import pytest

from refcnn.cnn import ops
from refcnn.suite import data
from refcnn.suite.bounds import magnitude
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.data import BITS, EXACT_PRODUCTS
from refcnn.suite.generators import maker
from refcnn.suite.sampling import explore


def test_splitmix64():
    """The first outputs for the seed 1234567, as published with the generator."""
    assert [int(v) for v in data.stream(1234567, 5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_integers_cover_their_range():
    values = data.integers(3, (1000,), -2, 2)
    assert set(values) == {-2.0, -1.0, 0.0, 1.0, 2.0}
    assert data.integers(3, (2, 3), 0, 9, "float32").dtype == np.float32


def unit(values):
    """The largest power of two that divides every value, or 1 if all are zero."""
    exact = [Fraction(float(v)) for v in values.ravel() if v]
    power = Fraction(1)
    while any((v / power).denominator != 1 for v in exact):
        power /= 2
    while exact and all((v / power).numerator % 2 == 0 for v in exact):
        power *= 2
    return power


@pytest.mark.parametrize("operator", ["conv2d", "dense"])
@pytest.mark.parametrize("family", ["xsmall", "xwide", "xk", "xx"])
@explore
def test_every_partial_sum_is_representable(pick, operator, family):
    """Terms are multiples of one power of two and add up to at most 2^t of it."""
    case = maker(operator)(pick, EVERYTHING.features[operator], families=(family,))
    x, kernel, bias = (case.inputs.get(name, np.zeros(1)) for name in ("x", "kernel", "bias"))
    steps = [unit(x) * unit(kernel)] if x.any() and kernel.any() else []
    steps += [unit(bias)] if bias.any() else []
    largest = Fraction(float(magnitude(case).max(initial=0)))
    assert largest / min(steps, default=1) <= 2 ** BITS[case.dtype]


@pytest.mark.parametrize("operator", ["conv2d", "dense"])
@pytest.mark.parametrize("family", ["impulse", "sparse", "kimpulse", "biasonly"])
@explore
def test_at_most_one_product_is_not_zero(pick, operator, family):
    case = maker(operator)(pick, EVERYTHING.features[operator], families=(family,))
    ones = {name: (t != 0).astype(case.dtype) for name, t in case.inputs.items()}
    count = getattr(ops, operator)(**ones, **case.attributes)
    assert count.max(initial=0) <= 1


@pytest.mark.parametrize("family", EXACT_PRODUCTS)
def test_families_are_neither_constant_nor_symmetric(family):
    x, kernel, bias = EXACT_PRODUCTS[family](5, (2, 6, 5, 3), (3, 2, 3, 2), "float32")
    assert x.dtype == kernel.dtype == bias.dtype == np.float32
    used = kernel if family != "biasonly" else x
    assert not np.array_equal(used, used[::-1, ::-1])
    assert len(np.unique(used)) > 1


def test_wide_data_do_not_fit_low_precision():
    for family, wide in (("xk", 1), ("xx", 0), ("xwide", 0)):
        tensor = EXACT_PRODUCTS[family](5, (2, 6, 5, 3), (3, 2, 3, 2), "float32")[wide]
        mantissa = tensor.view(np.uint32)
        assert (mantissa & 0xFFFF).any() or (tensor.astype(np.float16) != tensor).any()


def test_floats_use_their_whole_mantissa():
    for dtype, bits in BITS.items():
        values = data.floats(1, (500,), dtype)
        scaled = np.frexp(values.astype("f8"))[0] * 2.0**bits
        assert np.array_equal(scaled, np.round(scaled))
        assert (np.round(scaled / 2) * 2 != scaled).any()
        assert (values < 0).any()
        assert (values > 0).any()
