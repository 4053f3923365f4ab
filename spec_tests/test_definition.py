"""refcnn against itself: the vectorised operators and the literal equations, two oracles."""

from fractions import Fraction

import numpy as np
import pytest

from refcnn.cnn import definition, ops
from refcnn.operators.softmax.numerics import to_forty_digits
from refcnn.suite.bounds import roundoff
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Case
from refcnn.suite.data import EXACT_PRODUCTS
from refcnn.suite.generators import maker
from refcnn.suite.judge import expect
from refcnn.suite.numerics import bound
from refcnn.suite.sampling import explore

pytestmark = pytest.mark.own

EXACT = {
    "conv2d": ("CONV-16", {"families": tuple(EXACT_PRODUCTS)}),
    "dense": ("DENSE-2", {"families": tuple(EXACT_PRODUCTS)}),
    "max_pool2d": ("POOL-10", {}),
    "avg_pool2d": ("POOL-10", {"families": ("whole",)}),
    "flatten": ("FLAT-2", {}),
    "relu": ("RELU-1", {}),
}
ROUNDED = {
    "conv2d": ("CONV-17", {"families": ("general", "spread")}),
    "dense": ("DENSE-2", {"families": ("general", "spread")}),
    "avg_pool2d": ("POOL-11", {"families": ("general", "spread")}),
}


def table(rows):
    """One test a row, marked with its clause."""
    return pytest.mark.parametrize(
        ("operator", "options"),
        [
            pytest.param(operator, options, id=operator, marks=pytest.mark.clause(clause))
            for operator, (clause, options) in rows.items()
        ],
    )


def make(operator, pick, options) -> Case:
    return maker(operator)(pick, EVERYTHING.features[operator], **options)


def run(module, case, inputs=None):
    return getattr(module, case.operator)(**(inputs or case.inputs), **case.attributes)


def fractions(case):
    """The inputs as exact rationals."""
    exact = np.vectorize(lambda v: Fraction(float(v)), otypes=[object])
    return {name: exact(tensor) for name, tensor in case.inputs.items()}


@table(EXACT)
@explore
def test_bit_for_bit_on_exact_data(pick, operator, options):
    case = make(operator, pick, options)
    fast, literal = run(ops, case), run(definition, case)
    assert fast.dtype == literal.dtype == case.dtype
    assert fast.shape == literal.shape
    assert (fast == literal).all()
    assert (
        fast.size == 0
        or case.family in ("biasonly", "impulse", "sparse")
        or np.isfinite(fast).all()
    )


@table(EXACT)
@explore
def test_exact_data_are_exact(pick, operator, options):
    """In rationals the equation gives the very numbers, unless a single product rounds."""
    case = make(operator, pick, options)
    literal = run(definition, case, fractions(case))
    rounded = literal.astype(float).astype(case.dtype)
    assert (run(ops, case) == rounded).all()
    if case.family != "sparse":
        assert all(Fraction(float(r)) == e for r, e in zip(rounded.flat, literal.flat, strict=True))


@table(ROUNDED)
@explore
def test_within_the_bound_of_the_rationals(pick, operator, options):
    case = make(operator, pick, options)
    exact, allowed = run(definition, case, fractions(case)), bound(case)
    for got, true, limit in zip(run(ops, case).flat, exact.flat, allowed.flat, strict=True):
        assert abs(Fraction(float(got)) - true) <= Fraction(float(limit))


@table(ROUNDED)
@explore
def test_the_judge_knows_the_rationals(pick, operator, options):
    """hi + lo is right to far more digits than the bound asks for."""
    case = make(operator, pick, options)
    expected, exact = expect(case), run(definition, case, fractions(case))
    lo = np.broadcast_to(expected.lo, expected.hi.shape)
    for hi, rest, true, limit in zip(
        expected.hi.flat, lo.flat, exact.flat, expected.bound.flat, strict=True
    ):
        error = abs(Fraction(float(hi)) + Fraction(float(rest)) - true)
        assert error <= Fraction(float(limit)) * Fraction(2) ** -20


@pytest.mark.clause("SOFT-1")
@explore
def test_softmax_within_the_bound_of_the_definition(pick):
    case = make("softmax", pick, {})
    hi, lo = to_forty_digits(case.inputs["x"])
    error = np.abs((ops.softmax(case.inputs["x"]).astype(np.float64) - hi) - lo)
    assert (error <= bound(case)).all()


@pytest.mark.clause("SOFT-1")
@explore
def test_softmax_of_small_logits_as_the_plain_equation(pick):
    """Without any shift, in float64: an oracle that shares nothing with the others."""
    x = make("softmax", pick, {"families": ("general",)}).inputs["x"].astype(np.float64)
    hi, lo = to_forty_digits(x)
    plain = definition.softmax(x)
    size = roundoff("float64") * (2 * x.shape[-1] + 2 * np.abs(x).max() + 8)
    assert (np.abs((plain - hi) - lo) <= size * plain).all()
