"""Answers for float64 claims, as unevaluated sums hi + lo of two float64.

Products and sums carry their rounding errors along (Dekker's product, Knuth's
sum; Ogita, Rump & Oishi 2005, algorithm Dot2), so that hi + lo is good to about
twice the digits of float64 on every machine.
"""

from collections.abc import Iterable

import numpy as np

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


def product(x: Array, kernel: Array, bias: Array | None = None) -> HiLo:
    """x @ kernel + bias of matrices, to twice the digits."""
    terms = ((x[:, i, np.newaxis], kernel[i]) for i in range(len(kernel)))
    return dot(spread(bias, (len(x), kernel.shape[1])), terms)


def spread(bias: Array | None, shape: tuple[int, ...]) -> Array:
    """A bias, 0 if there is none, in the shape of an answer."""
    return np.broadcast_to(np.zeros(1) if bias is None else bias, shape).astype(np.float64)
