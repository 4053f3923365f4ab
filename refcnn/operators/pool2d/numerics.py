"""How pools round: a maximum does not, a mean does.

Where the sum of a window is exact, so is its division by a power of two, before adding or
after. Other counts are left to the bound: a product with the reciprocal rounds twice.
"""

from typing import Any

import numpy as np

from refcnn.cnn.ops import windows
from refcnn.cnn.shapes import as_pair, geometry
from refcnn.suite.bounds import magnitude, summed
from refcnn.suite.case import Case
from refcnn.suite.exactness import NOWHERE, fits, least, lowest_bits, most
from refcnn.suite.numerics import Numerics
from refcnn.suite.precise import HiLo, dot, two_product, two_sum
from refcnn.suite.tensors import Array
from refcnn.suite.windows import cell_counts, lay_out


def mean_to_twice_the_digits(
    x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> HiLo:
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


def bound_of_means(case: Case) -> Array:
    """gamma_k mean |X|, k = cells + 1: additions, then a reciprocal and a product."""
    cells = int(cell_counts(case).max(initial=0))
    return summed(cells + 1, magnitude(case), case.dtype)


def means(case: Case) -> Array:
    """By output: whether its sum never rounds, and the count is a power of two."""
    if not np.isfinite(case.inputs["x"]).all():
        return NOWHERE
    with np.errstate(all="ignore"):
        return _finite_means(case)


def _finite_means(case: Case) -> Array:
    x, counts = case.inputs["x"].astype(np.float64), cell_counts(case)
    bits, sizes, largest = lowest_bits(x), np.abs(x), counts.max(initial=0)
    powers = counts == 2 ** np.round(np.log2(counts))
    exact = _halve(case.dtype, np.array(least(bits)), np.array(most(x) * largest), counts)
    if not exact.all():
        granularity = windows(bits, lay_out(case), np.inf).min(axis=(-2, -1))
        size = windows(sizes, lay_out(case), 0).sum(axis=(-2, -1))
        exact = _halve(case.dtype, granularity, size, counts)
    return np.asarray(powers & exact & np.ones((len(x), 1, 1, 1), bool))  # none in an empty batch


def _halve(dtype: str, granularity: Array, size: Array, count: Array) -> Array:
    """Whether such a sum never rounds, nor do its halves down to one part in `count`."""
    in_range = granularity >= count * np.finfo(dtype).tiny
    return np.asarray(in_range & fits(dtype, granularity, size))


NUMERICS = {
    "max_pool2d": Numerics(),
    "avg_pool2d": Numerics(
        determined=means, precise=mean_to_twice_the_digits, bound=bound_of_means
    ),
}
