"""Answers for float64 claims, as unevaluated sums hi + lo of two float64.

Products and sums carry their rounding errors along (Dekker's product, Knuth's
sum; Ogita, Rump & Oishi 2005, algorithm Dot2), so that hi + lo is good to about
twice the digits of float64 on every machine. Softmax is taken at 40 decimal
digits from the definition.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

from refcnn.cnn import definition
from refcnn.cnn.ops import windows
from refcnn.cnn.shapes import as_pair, geometry
from refcnn.suite.case import Case
from refcnn.suite.tensors import Array

HiLo = tuple[Array, Array]


def two_sum(a: Array, b: Array) -> HiLo:
    """a + b = s + e exactly, s the rounded sum."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def split(a: Array) -> HiLo:
    """a = high + low, each of at most 26 significant bits."""
    c = 134217729.0 * a
    high = c - (c - a)
    return high, a - high


def two_product(a: Array, b: Array) -> HiLo:
    """a b = p + e exactly, p the rounded product (|a|, |b| below 2^996)."""
    p = a * b
    (ah, al), (bh, bl) = split(a), split(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def dot(start: Array, terms: Iterable[tuple[Array, Array]]) -> HiLo:
    """start + the sum of a b over all terms, each array broadcast to the output."""
    hi, lo = start, np.zeros_like(start)
    for a, b in terms:
        product, rest = two_product(a, b)
        hi, carry = two_sum(hi, product)
        lo = lo + (rest + carry)
    return two_sum(hi, lo)


def _bias(bias: Array | None, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(np.zeros(1) if bias is None else bias, shape).astype(np.float64)


def conv2d(
    x: Array, kernel: Array, bias: Array | None = None, *, strides: Any = 1, padding: Any = "valid"
) -> HiLo:
    """The convolution of `ops.conv2d`, to twice the digits."""
    kh, kw, depth, filters = kernel.shape
    place = geometry("kernel", x.shape[1:3], (kh, kw), strides, padding)
    patches = windows(x, place, 0)
    taps = np.ndindex(kh, kw, depth)
    terms = ((patches[..., c, m, n, np.newaxis], kernel[m, n, c]) for m, n, c in taps)
    return dot(_bias(bias, (*patches.shape[:3], filters)), terms)


def dense(x: Array, kernel: Array, bias: Array | None = None) -> HiLo:
    """The product of `ops.dense`, to twice the digits."""
    terms = ((x[:, i, np.newaxis], kernel[i]) for i in range(len(kernel)))
    return dot(_bias(bias, (len(x), kernel.shape[1])), terms)


def avg_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> HiLo:
    """The mean of `ops.avg_pool2d`, to twice the digits."""
    window = as_pair("pool_size", pool_size, least=1)
    steps = window if strides is None else strides
    place = geometry("pool", x.shape[1:3], window, steps, padding)
    patches = windows(x, place, 0)
    cells = windows(np.ones_like(x), place, 0).sum(axis=(-2, -1))
    one = np.ones(1)
    taps = np.ndindex(*window)
    hi, lo = dot(np.zeros(patches.shape[:4]), ((patches[..., m, n], one) for m, n in taps))
    mean = hi / cells
    product, rest = two_product(mean, cells)
    return two_sum(mean, ((hi - product) - rest + lo) / cells)


def softmax(x: Array) -> HiLo:
    """The definition at 40 decimal digits, the largest logit subtracted exactly first.

    NaN and infinities obey the rules of IEEE 754: inf - inf is NaN, and so is what comes of it.
    """
    with localcontext(prec=40, Emin=-10_000_000, Emax=10_000_000) as rules:
        rules.clear_traps()
        exact = np.array([Decimal(float(v)) for v in x.ravel()], object).reshape(x.shape)
        shifted = exact - exact.max(axis=-1, keepdims=True) if exact.size else exact
        p = definition.softmax(shifted, exp=Decimal.exp)
        hi = p.astype(np.float64)
        rest = [float(d - Decimal(h)) for d, h in zip(p.ravel(), hi.ravel().tolist())]
        return hi, np.where(np.isnan(hi), 0, np.array(rest, np.float64).reshape(x.shape))


def answer(case: Case) -> HiLo:
    """The answer to a case on float64 data of any of the four operators that round."""
    operators: dict[str, Callable[..., HiLo]] = {
        "conv2d": conv2d,
        "dense": dense,
        "avg_pool2d": avg_pool2d,
        "softmax": softmax,
    }
    return operators[case.operator](**case.inputs, **case.attributes)
