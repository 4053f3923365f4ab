"""Mistakes in global_avg_pool2d."""

import numpy as np

from refcnn.suite.mutants.common import edges, through
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array

pool = of("global_avg_pool2d")


def _cells(x: Array) -> tuple[int, ...]:
    """The axes that a mean is taken over."""
    return tuple(range(1, x.ndim - 1))


def _cell(x: Array) -> Array:
    """The first cell of each map."""
    return x[:, 0, 0]


def _nonzero(_: Array, c: Call) -> Array:
    """Only cells other than 0 are counted."""
    counts = np.count_nonzero(c.x, axis=_cells(c.x))
    return np.asarray(c.total / np.maximum(counts, 1).astype(c.x.dtype))


MUTANTS = [
    pool(
        "sum-in-place-of-mean",
        "GAP-1",
        "The cells are added up and not divided by their number.",
        count=lambda *_: 1,
    ),
    pool(
        "largest-in-place-of-mean",
        "GAP-1",
        "The largest cell of each map is given: global max pooling.",
        chosen=lambda _, c: c.x.max(axis=_cells(c.x)),
    ),
    pool(
        "median-in-place-of-mean",
        "GAP-1",
        "The median of each map is given.",
        chosen=lambda _, c: np.median(c.x, axis=_cells(c.x)).astype(c.x.dtype),
    ),
    pool(
        "one-too-few",
        "GAP-1",
        "The sum is divided by one less than the number of cells.",
        count=lambda count, _: max(count - 1, 1),
    ),
    pool(
        "zeros-not-counted",
        "GAP-1",
        "Only cells other than 0 are counted: a map with zeros has too large a mean.",
        chosen=_nonzero,
    ),
    pool(
        "whole-numbers-only",
        "GAP-1",
        "The division is that of integers: what is behind the point is lost.",
        chosen=lambda y, _: np.floor(y),
    ),
    pool(
        "first-cell-only",
        "GAP-1",
        "The first cell of each map is given, and no other is read.",
        chosen=lambda _, c: _cell(c.x),
    ),
    pool(
        "divided-by-height",
        "GAP-2",
        "The sum is divided by the height alone.",
        count=lambda _, c: c.x.shape[1],
    ),
    pool(
        "divided-by-width",
        "GAP-2",
        "The sum is divided by the width alone.",
        count=lambda _, c: c.x.shape[2],
    ),
    pool(
        "height-squared",
        "GAP-2",
        "The sum is divided by the height squared: right for square images alone.",
        count=lambda _, c: c.x.shape[1] ** 2,
    ),
    pool(
        "last-row-lost",
        "GAP-2",
        "The last row is left out of the sum.",
        total=lambda y, c: y - c.x[:, -1].sum(axis=1),
    ),
    pool(
        "last-column-lost",
        "GAP-2",
        "The last column is left out of the sum.",
        total=lambda y, c: y - c.x[:, :, -1].sum(axis=1),
    ),
    pool(
        "over-height-only",
        "GAP-2",
        "The mean is taken down the first column alone.",
        chosen=lambda _, c: c.x[:, :, 0].mean(axis=1),
    ),
    pool(
        "axes-kept",
        "GAP-2",
        "Height and width stay as axes of length one: (N, 1, 1, C).",
        y=lambda y, _: y[:, np.newaxis, np.newaxis],
    ),
    pool(
        "channels-first",
        "GAP-3",
        "The input is read as (N, C, H, W): the mean runs over width and channels.",
        y=lambda y, c: c.x.mean(axis=(2, 3)) if c.x.ndim == 4 else y,
    ),
    pool(
        "channels-mixed",
        "GAP-3",
        "The mean runs over the channels, too: all channels get the same number.",
        chosen=lambda y, _: y * 0 + y.mean(axis=1, keepdims=True),
    ),
    pool(
        "channels-divided",
        "GAP-3",
        "The sum is divided by height, width and channels.",
        count=lambda count, c: count * c.x.shape[3],
    ),
    pool(
        "channels-reversed",
        "GAP-3",
        "The channels come in reverse.",
        y=lambda y, _: y[:, ::-1],
    ),
    pool(
        "first-channel-only",
        "GAP-3",
        "All channels get the mean of the first.",
        y=lambda y, _: y * 0 + y[:, :1],
    ),
    pool(
        "batch-averaged",
        "GAP-5",
        "The mean runs over the batch, too: all examples get the same answer.",
        chosen=lambda y, _: y * 0 + y.sum(axis=0) / max(len(y), 1),
    ),
    pool(
        "batch-lost",
        "GAP-5",
        "A batch of one example loses its batch axis.",
        y=lambda y, _: y[0] if len(y) == 1 else y,
    ),
    pool(
        "relu-fused",
        "GAP-5",
        "Negative means become 0: a ReLU is applied on the way.",
        y=lambda y, _: np.maximum(y, 0),
    ),
    pool(
        "rounded-to-float16",
        "GAP-6",
        "The mean passes through float16.",
        y=through(np.float16),
    ),
    pool(
        "rounded-to-float32",
        "GAP-6",
        "The mean passes through float32, which float64 values do not survive.",
        y=through(np.float32),
    ),
    pool(
        "squares-under-a-root",
        "GAP-7",
        "The root of the mean of squares is given, with the sign of the mean.",
        chosen=lambda y, c: np.sign(y) * np.sqrt((c.x * c.x).mean(axis=_cells(c.x))),
    ),
    pool(
        "corners-count-double",
        "GAP-4",
        "The first cell of each map counts twice: where a value lies matters.",
        total=lambda y, c: y + _cell(c.x),
    ),
    pool(
        "border-lost",
        "GAP-8",
        "A border of one cell is left out, as if the image had been cropped.",
        total=lambda y, c: c.x[:, 1:-1, 1:-1].sum(axis=(1, 2)) if min(c.x.shape[1:3]) > 2 else y,
    ),
    pool(
        "other-ranks-accepted",
        "GAP-9",
        "An input without a batch axis is answered, where an exception is right.",
        wrong_rank=lambda *_: False,
    ),
    pool(
        "nan-for-no-cells",
        "GAP-10",
        "The mean of no cells is given as NaN, where an exception is right.",
        no_cells=lambda *_: False,
    ),
    *edges("global_avg_pool2d"),
]
