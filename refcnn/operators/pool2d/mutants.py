"""Mistakes in max_pool2d and avg_pool2d, many of them the same in both."""

from collections.abc import Callable
from typing import Any

import numpy as np

from refcnn.operators.pool2d import mutants_windows as windows
from refcnn.operators.pool2d.mutants_windows import CELLS, avg_pool2d, inside, max_pool2d, pools
from refcnn.suite.mutants.common import edges, through
from refcnn.suite.steps import Call, pair
from refcnn.suite.tensors import Array


def _ranked(c: Call, rank: Callable[[Any], Any]) -> Array:
    """Of the n cells of every window the one that is number rank(n), 0 the smallest."""
    cells = np.where(inside(c), c.patches, np.inf)
    ordered = np.sort(cells.reshape(*cells.shape[:4], cells.shape[4] * cells.shape[5]))
    place = np.broadcast_to(rank(inside(c).sum(axis=CELLS)), cells.shape[:4])
    return np.asarray(np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0])


def _numbers_of(patches: Array) -> Array:
    """The windows with -inf for NaN."""
    return np.asarray(np.where(np.isnan(patches), -np.inf, patches).astype(patches.dtype))


def _nan_if_first(_: Array, c: Call) -> Array:
    first = c.patches[..., 0, 0]
    return np.asarray(np.where(np.isnan(first), first, _numbers_of(c.patches).max(axis=CELLS)))


def _mean(_: Array, c: Call) -> Array:
    total = np.where(inside(c), c.patches, 0).sum(axis=CELLS)
    return np.asarray(total / inside(c).sum(axis=CELLS, dtype=c.x.dtype))


def _ties_added_up(y: Array, c: Call) -> Array:
    """(window == max) * window, summed: right as long as the largest value occurs once."""
    return np.asarray(np.where(c.patches == y[..., None, None], c.patches, 0).sum(axis=CELLS))


def _trimmed(y: Array, c: Call) -> Array:
    extremes = _ranked(c, lambda n: 0 * n) + _ranked(c, lambda n: n - 1)
    return np.where(c.counts > 2, (c.total - extremes) / np.maximum(c.counts - 2, 1), y)


def _weights(window: tuple[int, int]) -> Array:
    m, n = np.indices(window)
    return np.asarray(1 + m + n)


def _fits_as_nchw(c: Call) -> bool:
    """Whether the pool fits over width and channels."""
    sizes, window = c.given_x.shape, pair(c.given_pool_size)
    return len(sizes) == 4 and window[0] <= sizes[2] and window[1] <= sizes[3]


def _one_number(y: Array, c: Call) -> Array:
    is_global = tuple(c.window) == c.x.shape[1:3] and y.shape[1:3] == (1, 1)
    return y[:, 0, 0] if is_global else y


def _window_cut(_: Any, c: Call) -> bool:
    """Make the window as large as the padded input, and go on."""
    vars(c).update(window=tuple(map(min, c.window, c.padded.shape[1:3])))
    return False


def _cropped(pads: Any, c: Call) -> Any:
    """Crop where padding is negative."""
    axes = zip(pads, c.x.shape[1:3])
    rows, columns = (slice(max(0, -a), n - max(0, -b)) for (a, b), n in axes)
    vars(c).update(x=c.x[:, rows, columns])
    return _not_negative(pads, c)


def _not_negative(pads: Any, _: Call) -> Any:
    return tuple((max(0, before), max(0, after)) for before, after in pads)


TAKEN = [
    max_pool2d(
        "smallest-value",
        "POOL-1",
        "The smallest value of a window is taken in place of the largest.",
        chosen=lambda _, c: _ranked(c, lambda n: 0 * n),
    ),
    max_pool2d(
        "mean-in-place-of-max",
        "POOL-1",
        "The mean of a window is taken in place of its largest value.",
        chosen=_mean,
    ),
    avg_pool2d(
        "max-in-place-of-mean",
        "POOL-2",
        "The largest value of a window is taken in place of its mean.",
        chosen=lambda _, c: _ranked(c, lambda n: n - 1),
    ),
    avg_pool2d(
        "sum-in-place-of-mean",
        "POOL-2",
        "The values of a window are added up, but the sum is not divided by their number.",
        chosen=lambda _, c: c.total,
    ),
    *pools(
        "first-value",
        "POOL-1 POOL-2",
        "The top left value of a window is taken in place of {right}: plain subsampling.",
        chosen=lambda _, c: c.patches[..., 0, 0],
    ),
    max_pool2d(
        "search-starts-at-zero",
        "POOL-1",
        "The search for the largest value starts at 0 in place of -inf: no negative value wins.",
        chosen=lambda y, _: np.maximum(y, 0),
    ),
    max_pool2d(
        "ties-added-up",
        "POOL-12",
        "Where the largest value occurs more than once, its occurrences are added up.",
        chosen=_ties_added_up,
    ),
    avg_pool2d(
        "divided-by-strides",
        "POOL-6",
        "The sum is divided by S_h S_w in place of F_h F_w.",
        counts=lambda n, c: np.full_like(n, c.strides[0] * c.strides[1]),
    ),
    avg_pool2d(
        "extremes-left-out",
        "POOL-14",
        "A trimmed mean: the smallest and the largest value of a window are left out.",
        chosen=_trimmed,
    ),
    *pools(
        "absolute-values",
        "POOL-12",
        "The signs are lost: {right} is taken of the absolute values.",
        x=lambda x, _: np.abs(x),
    ),
    *pools(
        "weighted-by-place",
        "POOL-16",
        "The values of a window are weighted by their place in it before {right} is taken.",
        patches=lambda p, _: p * _weights(p.shape[-2:]).astype(p.dtype),
        counts=lambda n, c: (
            n + (inside(c) * (_weights(c.window) - 1)).sum(axis=CELLS, dtype=n.dtype)
        ),
    ),
    *pools(
        "row-number-added",
        "POOL-15",
        "The answer depends on the place in the image: the number of the row is added to it.",
        y=lambda y, _: y + np.arange(y.shape[1], dtype=y.dtype).reshape(-1, *[1] * (y.ndim - 2)),
    ),
]

NUMBERS = [
    *pools(
        "saturates",
        "POOL-13",
        "The answer is clipped to -128 ... 127, as 8-bit integers are.",
        y=lambda y, _: np.clip(y, -128, 127),
    ),
    max_pool2d(
        "infinities-lost",
        "POOL-17",
        "Infinite answers are replaced by the largest finite number.",
        y=lambda y, _: np.nan_to_num(y, nan=np.nan),
    ),
    max_pool2d(
        "finite-start",
        "POOL-24",
        "The search for the largest value starts at a number thought to be small enough, as "
        "-99999: no smaller one can be the answer.",
        chosen=lambda y, _: np.where(y < -99999, y.dtype.type(-99999), y),
    ),
    max_pool2d(
        "nan-skipped",
        "POOL-23",
        "NaN loses every comparison, and so is skipped: the maximum is that of the other values.",
        patches=lambda p, _: _numbers_of(p),
    ),
    max_pool2d(
        "nan-kept-if-first",
        "POOL-23",
        "The search starts at the first value of a window: NaN stays there, and anywhere else it "
        "is skipped.",
        chosen=_nan_if_first,
    ),
    max_pool2d(
        "nan-as-zero",
        "POOL-23",
        "NaN becomes 0 before the maximum is taken.",
        x=lambda x, _: np.where(np.isnan(x), 0, x),
    ),
    max_pool2d(
        "nan-spreads",
        "POOL-23",
        "A single NaN makes its whole map NaN, not only the windows that hold it.",
        chosen=lambda y, c: np.where(np.isnan(c.x).any(axis=(1, 2), keepdims=True), np.nan, y),
    ),
    max_pool2d(
        "answer-in-float16",
        "POOL-1",
        "The answer is rounded to float16 on the way; a maximum is one of the inputs, unrounded.",
        y=through(np.float16),
    ),
    avg_pool2d(
        "rounded-down",
        "POOL-2",
        "The sum is divided as integers are: the mean is rounded down to a whole number.",
        chosen=lambda y, _: np.floor(y),
    ),
    avg_pool2d(
        "reciprocal-in-float16",
        "POOL-11",
        "The sum is multiplied by 1 / (F_h F_w), which was rounded to float16.",
        chosen=lambda y, c: c.total * (1 / c.counts).astype(np.float16).astype(y.dtype),
    ),
    avg_pool2d(
        "float64-through-float32",
        "POOL-11",
        "Inputs in float64 are rounded to float32 first.",
        x=through(np.float32),
    ),
]

CHANNELS = [
    max_pool2d(
        "channels-mixed",
        "POOL-5",
        "The largest value is searched for in all channels, and every channel gets it.",
        chosen=lambda y, _: np.repeat(y.max(axis=3, keepdims=True), y.shape[3], axis=3),
    ),
    avg_pool2d(
        "channels-first",
        "POOL-5",
        "The input is read as (batch, channels, height, width): windows lie over width and "
        "channels, where they fit.",
        x=lambda x, c: np.moveaxis(x, 1, 3) if _fits_as_nchw(c) else x,
        y=lambda y, c: np.moveaxis(y, 3, 1) if y.ndim == 4 and _fits_as_nchw(c) else y,
    ),
    *pools(
        "third-channel-repeats-second",
        "POOL-5",
        "From the third channel on, every channel gets the answer of the second.",
        y=lambda y, _: y[..., np.minimum(np.arange(y.shape[-1]), 1)],
    ),
]

EDGES = {
    "max_pool2d": ("empty-batch-refused", "always-float64"),
    "avg_pool2d": ("empty-batch-answered-with-one", "always-float32"),
}
RESULT = [
    *pools(
        "axes-dropped-if-global",
        "POOL-22",
        "Where one window covers all of the input, height and width are dropped from the answer.",
        y=_one_number,
    ),
    *(m for operator, names in EDGES.items() for m in edges(operator) if m.name in names),
]

REFUSALS = [
    max_pool2d(
        "large-window-cut",
        "POOL-18",
        "A window larger than the input is cut down to its size in place of being refused.",
        too_large=_window_cut,
    ),
    avg_pool2d(
        "large-window-gives-nothing",
        "POOL-18",
        "A window larger than the input gives an empty answer in place of an exception.",
        too_large=lambda *_: False,
    ),
    max_pool2d(
        "pool-size-at-least-one",
        "POOL-19",
        "A pool size below 1 is silently taken as 1.",
        window=lambda f, _: tuple(max(1, n) for n in f),
    ),
    avg_pool2d(
        "zero-strides-taken-as-none",
        "POOL-19",
        "`strides or pool_size`: strides of 0 count as not given in place of being refused.",
        strides=lambda s, c: c.window if c.given_strides == 0 else s,
    ),
    max_pool2d(
        "negative-padding-ignored",
        "POOL-20",
        "Negative padding is silently taken as none.",
        pads=_not_negative,
    ),
    avg_pool2d(
        "negative-padding-crops",
        "POOL-20",
        "Negative padding takes cells away from the input in place of being refused.",
        pads=_cropped,
    ),
    max_pool2d(
        "batch-axis-added",
        "POOL-21",
        "An input of three axes is silently taken for one image: it gets a batch axis.",
        x=lambda x, _: x[None] if x.ndim == 3 else x,
    ),
    avg_pool2d(
        "channel-axis-added",
        "POOL-21",
        "An input of three axes is silently taken for grey images: it gets a channel axis.",
        x=lambda x, _: x[..., None] if x.ndim == 3 else x,
    ),
]

MUTANTS = [
    *TAKEN,
    *windows.WINDOWS,
    *windows.STRIDES,
    *windows.SIZES,
    *windows.PADDING,
    *NUMBERS,
    *CHANNELS,
    *RESULT,
    *REFUSALS,
]
