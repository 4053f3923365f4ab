"""How softmax rounds.

exp(-GAP) is less than half of the smallest number and rounds to 0. A logit that lies that
far above all others gets 1 and they get 0, as does one without others. More digits are
taken from the definition at 40 decimal digits.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import partial

import numpy as np

from refcnn.cnn import definition, ops
from refcnn.suite.bounds import SLACK, roundoff, tiny
from refcnn.suite.case import Case
from refcnn.suite.numerics import Numerics
from refcnn.suite.precise import HiLo
from refcnn.suite.tensors import Array

GAP = {"float32": 128, "float64": 1024}


def to_forty_digits(x: Array) -> HiLo:
    """The definition at 40 decimal digits.

    NaN and infinities obey the rules of IEEE 754: inf - inf is NaN, and so is what comes of it.
    """
    return at_forty_digits(partial(definition.softmax, exp=Decimal.exp), x)


def at_forty_digits(equation: Callable[..., Array], x: Array, *others: Array) -> HiLo:
    """An equation at 40 decimal digits, the largest of the logits x subtracted exactly first."""
    with localcontext(prec=40, Emin=-10_000_000, Emax=10_000_000) as rules:
        rules.clear_traps()
        exact, *told = map(_decimals, (x, *others))
        shifted = exact - exact.max(axis=-1, keepdims=True) if exact.size else exact
        found = equation(shifted, *told)
        hi = found.astype(np.float64)
        rest = [float(d - Decimal(h)) for d, h in zip(found.ravel(), hi.ravel().tolist())]
        return hi, np.where(np.isnan(hi), 0, np.array(rest, np.float64).reshape(hi.shape))


def _decimals(tensor: Array) -> Array:
    exact = [Decimal(float(value)) for value in tensor.ravel()]
    return np.array(exact, object).reshape(tensor.shape)


def bound(case: Case) -> Array:
    """beta_i p_i + 8 tiny, beta_i = u (n + |m| + 3 d_i + 3 ln n + 16), m = max x, d_i = m - x_i.

    d_i: the subtraction rounds the exponent; |m|: so does exp(x - logsumexp(x)),
    at the size of the logits; n: additions of the denominator; 16: two
    exponentials of at most 3 ulp and a division. Where p is NaN nothing is allowed.
    """
    x = case.inputs["x"].astype(np.float64)
    n, p = x.shape[-1], ops.softmax(x)
    largest = x.max(axis=-1, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        distance = np.where(p > 0, largest - x, 0)
        beta = roundoff(case.dtype) * (n + abs(largest) + 3 * distance + 3 * np.log(n) + 16)
        return np.where(np.isnan(p), 0, beta * p + 8 * tiny(case.dtype))


def bound_after(case: Case, logits: Array) -> Array:
    """Bound for softmax whose logits are themselves off by at most `logits`, elementwise.

    Shifting each logit by at most e multiplies each p by at most exp(2 e).
    """
    spread = np.expm1(2 * logits.max(axis=-1, keepdims=True, initial=0))
    p = ops.softmax(case.inputs["x"].astype(np.float64))
    return np.asarray(spread * p + (1 + spread) * bound(case)) * SLACK


def one_takes_all(case: Case) -> Array:
    """By row: whether all logits but one get nothing, being far below it, or all are NaN."""
    x = case.inputs["x"].astype(np.float64)
    largest = x.max(axis=-1, keepdims=True, initial=-np.inf)  # NaN, if one is
    with np.errstate(invalid="ignore", over="ignore"):
        one = ((largest - x) < GAP[case.dtype]).sum(axis=-1, keepdims=True) == 1
    return np.asarray(one | ~np.isfinite(largest))


NUMERICS = {
    "softmax": Numerics(
        determined=one_takes_all,
        precise=to_forty_digits,
        bound=bound,
        on_fractions=False,
        positive=True,
    ),
}
