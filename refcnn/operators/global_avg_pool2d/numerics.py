"""How a mean over all cells rounds.

Where the sum of a map is exact, so is its division by a power of two, before adding or
after. Other counts are left to the bound: a product with the reciprocal rounds twice.
"""

from math import prod

import numpy as np

from refcnn.suite.bounds import magnitude, summed
from refcnn.suite.case import Case
from refcnn.suite.exactness import NOWHERE, fits, lowest_bits
from refcnn.suite.numerics import Numerics
from refcnn.suite.precise import HiLo, dot, two_product, two_sum
from refcnn.suite.tensors import Array


def _cells(case: Case) -> int:
    """How many cells a map has."""
    return prod(case.inputs["x"].shape[1:3])


def mean_to_twice_the_digits(x: Array) -> HiLo:
    """The mean of `ops.global_avg_pool2d`, to twice the digits."""
    n, height, width, depth = x.shape
    one, cells = np.ones(1), np.full(1, float(height * width))
    terms = ((x[:, i, j], one) for i, j in np.ndindex(height, width))
    hi, lo = dot(np.zeros((n, depth)), terms)
    mean = hi / cells
    product, rest = two_product(mean, cells)
    return two_sum(mean, ((hi - product) - rest + lo) / cells)


def bound_of_mean(case: Case) -> Array:
    """gamma_k mean |X|, k = cells + 1: additions, then a reciprocal and a product."""
    return summed(_cells(case) + 1, magnitude(case), case.dtype)


def means(case: Case) -> Array:
    """By output: whether its sum never rounds, and the count is a power of two."""
    x, count = case.inputs["x"], _cells(case)
    if count & (count - 1) or not np.isfinite(x).all():
        return NOWHERE
    with np.errstate(all="ignore"):
        wide = x.astype(np.float64)
        granularity = lowest_bits(wide).min(axis=(1, 2))
        in_range = granularity >= count * np.finfo(case.dtype).tiny
        return np.asarray(in_range & fits(case.dtype, granularity, np.abs(wide).sum(axis=(1, 2))))


NUMERICS = {
    "global_avg_pool2d": Numerics(
        determined=means, precise=mean_to_twice_the_digits, bound=bound_of_mean
    ),
}
