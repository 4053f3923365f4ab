"""How the gradients of pools round: what overlapping windows say is added up.

A share of a mean is dy over the count of cells. Where that is a power of two, nothing is
rounded; other counts are left to the bound, as a product with the reciprocal rounds twice.
"""

from math import prod
from typing import Any

import numpy as np

from refcnn.cnn.gradients import given_back
from refcnn.cnn.ops import laid_out, windows
from refcnn.cnn.shapes import Geometry
from refcnn.suite.bounds import summed
from refcnn.suite.case import Case
from refcnn.suite.exactness import NOWHERE, fits, lowest_bits
from refcnn.suite.numerics import Numerics
from refcnn.suite.precise import HiLo, two_product, two_sum
from refcnn.suite.tensors import Array
from refcnn.suite.windows import lay_out

ONE = np.ones((1, 1, 1, 1, 1, 1))


def _real(x: Array, place: Geometry) -> Array:
    """Whether a cell under a window is one of the input: (1, H', W', 1, F_h, F_w)."""
    return np.asarray(windows(np.ones((1, *x.shape[1:3], 1)), place, 0))


def largest(x: Array, place: Geometry) -> Array:
    """1 for each of the largest cells of a window, else 0: (N, H', W', C, F_h, F_w)."""
    cells = np.where(_real(x, place) > 0, windows(x, place, 0), -np.inf)
    is_largest = (cells == cells.max(axis=(-2, -1), keepdims=True)) | np.isnan(cells)
    return np.asarray(is_largest.astype(np.float64))


def chosen(x: Array, place: Geometry) -> Array:
    """The same for the first of them alone."""
    several = largest(x, place)
    flat = several.reshape(*several.shape[:4], prod(place.window))
    first = flat.argmax(axis=-1)[..., np.newaxis] == np.arange(flat.shape[-1])
    return np.asarray(first.reshape(several.shape).astype(np.float64))


def covered(x: Array, place: Geometry) -> Array:
    """1 for each cell of the input under a window, else 0."""
    shape = (len(x), *place.output, x.shape[3], *place.window)
    return np.broadcast_to(_real(x, place), shape)


def receivers(case: Case) -> Array:
    """Which cells of each window get something."""
    x, place = case.inputs["x"], lay_out(case)
    if not case.operator.startswith("max"):
        return covered(x, place)
    ties = case.attributes.get("ties", "first")
    return chosen(x, place) if ties == "first" else largest(x, place)


def _is_divided(case: Case) -> bool:
    """Whether several cells of a window share its dy."""
    return not case.operator.startswith("max") or case.attributes.get("ties") == "shared"


def shared_by(case: Case) -> Array:
    """Among how many cells each dy is shared."""
    if not _is_divided(case):
        return ONE[..., 0, 0]
    x, place = case.inputs["x"], lay_out(case)
    sharing = largest(x, place) if case.operator.startswith("max") else _real(x, place)
    return np.asarray(sharing.sum(axis=(-2, -1)))


def _by_tap(told: Array, getting: Array) -> Array:
    """What windows say of their first cells, of their second, and so on: (taps, N, H', W', C)."""
    parts = told[..., np.newaxis, np.newaxis] * getting
    return np.moveaxis(parts.reshape(*parts.shape[:4], prod(parts.shape[4:])), 4, 0)


def _back(case: Case, told: Array, getting: Array) -> Array:
    """What windows say, added up by cell: in the shape of x."""
    return given_back(_by_tap(told, getting), lay_out(case), case.inputs["x"].astype(np.float64))


def determined(case: Case) -> Array:
    """By cell: whether what windows say of it is added up without rounding, or is one number."""
    dy, counts = case.inputs["dy"].astype(np.float64), shared_by(case)
    powers = counts == 2 ** np.round(np.log2(counts))
    if not np.isfinite(dy).all() or not powers.all():
        return NOWHERE
    getting, limits = receivers(case), np.finfo(case.dtype)
    size = _back(case, np.abs(dy) / counts, getting)
    terms = _back(case, (dy != 0).astype(np.float64), getting)
    granularity = np.array((lowest_bits(dy) / counts).min(initial=np.inf))
    alone = (terms <= 1) & (size <= limits.max) & ((size >= 2 * limits.tiny) | (terms == 0))
    return np.asarray(fits(case.dtype, granularity, size) | alone)


def bound(case: Case) -> Array:
    """gamma_k of the sum of shares of |dY|, k = windows over a cell, and two for a share."""
    dy, getting = np.abs(case.inputs["dy"]).astype(np.float64), receivers(case)
    most = int(_back(case, np.ones(dy.shape), getting).max(initial=0))
    more = 2 if _is_divided(case) else 0
    return summed(max(0, most - 1) + more, _back(case, dy / shared_by(case), getting), case.dtype)


def _added_up(hi: Array, lo: Array, getting: Array, place: Geometry, x: Array) -> HiLo:
    """Shares hi + lo of all windows, tap by tap, with what each addition loses."""
    total, rest = np.zeros(x.shape), np.zeros(x.shape)
    for tap in range(prod(place.window)):
        only = np.arange(prod(place.window)).reshape(place.window) == tap
        told, small = (given_back(_by_tap(one, getting * only), place, total) for one in (hi, lo))
        total, lost = two_sum(total, told)
        rest = rest + (lost + small)
    return two_sum(total, rest)


def _shared(dy: Array, counts: Array, getting: Array, place: Geometry, x: Array) -> HiLo:
    """Shares of dy, to twice the digits, added up by cell."""
    share = dy / counts
    product, rest = two_product(share, counts)
    return _added_up(share, ((dy - product) - rest) / counts, getting, place, x)


def max_in_more_digits(
    dy: Array,
    x: Array,
    pool_size: Any,
    *,
    strides: Any = None,
    padding: Any = "valid",
    ties: str = "first",
) -> HiLo:
    """The gradient of a max pool, to twice the digits."""
    _, place = laid_out(x, pool_size, strides, padding)
    getting = chosen(x, place) if ties == "first" else largest(x, place)
    counts = getting.sum(axis=(-2, -1)) if ties == "shared" else np.ones(dy.shape)
    return _shared(dy, counts, getting, place, x)


def avg_in_more_digits(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> HiLo:
    """The gradient of an average pool, to twice the digits."""
    _, place = laid_out(x, pool_size, strides, padding)
    counts = np.broadcast_to(_real(x, place).sum(axis=(-2, -1)), dy.shape)
    return _shared(dy, counts, covered(x, place), place, x)


NUMERICS = {
    "max_pool2d_backward": Numerics(determined=determined, precise=max_in_more_digits, bound=bound),
    "avg_pool2d_backward": Numerics(determined=determined, precise=avg_in_more_digits, bound=bound),
}
