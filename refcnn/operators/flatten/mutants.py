"""Mistakes in flatten."""

from math import prod

import numpy as np

from refcnn.suite.mutants.common import edges, through
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array

flatten = of("flatten")


def _shaped(y: Array, shape: tuple[int, ...]) -> Array:
    """The same numbers in another shape, if there are as many as it needs."""
    return y.reshape(shape) if y.size == prod(shape) else y


def _in_place(y: Array, c: Call) -> Array:
    c.given_x.shape = y.shape
    return y


def _columns_first(x: Array) -> Array:
    """Every example with its axes in reverse."""
    return x.transpose(0, *range(x.ndim - 1, 0, -1))


MUTANTS = [
    flatten(
        "one-vector-for-the-batch",
        "FLAT-1",
        "The whole batch becomes one vector: its examples are not kept apart.",
        y=lambda y, _: y.reshape(1, -1),
    ),
    flatten(
        "nothing-flattened",
        "FLAT-1",
        "The blocks come back in the shape that they had.",
        y=lambda y, c: _shaped(y, c.x.shape),
    ),
    flatten(
        "channels-kept-apart",
        "FLAT-1",
        "Only height and width are joined: the channels keep an axis of their own.",
        y=lambda y, c: _shaped(y, (len(y), prod(c.x.shape[1:-1]), c.x.shape[-1])),
    ),
    flatten(
        "examples-in-columns",
        "FLAT-1",
        "The result is transposed: examples are its columns, where they should be its rows.",
        y=lambda y, _: y.T,
    ),
    flatten(
        "batch-of-one-without-axis",
        "FLAT-1",
        "A batch of one example loses its batch axis: a plain vector comes back.",
        y=lambda y, _: y[0] if len(y) == 1 else y,
    ),
    flatten(
        "last-value-lost",
        "FLAT-1",
        "The last value of every example is left out: a loop ends one too early.",
        rows=lambda r, _: r[:, :-1],
    ),
    flatten(
        "channels-averaged",
        "FLAT-1",
        "Every channel is averaged over height and width: global average pooling in place of "
        "flatten.",
        x=lambda x, _: x.mean(axis=tuple(range(1, x.ndim - 1)), keepdims=True),
    ),
    flatten(
        "channel-first",
        "FLAT-2",
        "The channel runs slowest: all of the first channel comes before the second, as in NCHW.",
        x=lambda x, _: np.moveaxis(x, -1, 1),
    ),
    flatten(
        "column-major",
        "FLAT-2",
        "The order is that of Fortran: the height runs fastest and the channel slowest.",
        x=lambda x, _: _columns_first(x),
    ),
    flatten(
        "width-before-height",
        "FLAT-2",
        "The image is read column by column, where row by row is right.",
        x=lambda x, _: x.swapaxes(1, -2),
    ),
    flatten(
        "width-before-height-unless-square",
        "FLAT-2",
        "Height and width are swapped unless they are equal: square images alone do not show it.",
        x=lambda x, _: x.swapaxes(1, -2) if x.shape[1] != x.shape[-2] else x,
    ),
    flatten(
        "channel-first-above-two",
        "FLAT-2",
        "Images of more than two channels are read channel by channel, as in NCHW.",
        x=lambda x, _: np.moveaxis(x, -1, 1) if x.shape[-1] > 2 else x,
    ),
    flatten(
        "batch-fastest",
        "FLAT-2",
        "The batch axis runs fastest: every vector mixes values of all examples.",
        x=lambda x, _: np.moveaxis(x, 0, -1).reshape(x.shape),
    ),
    flatten(
        "reversed",
        "FLAT-2",
        "Every vector runs from its last value to its first.",
        rows=lambda r, _: r[:, ::-1],
    ),
    flatten(
        "rows-from-below",
        "FLAT-2",
        "The image is read from its bottom row to its top row.",
        x=lambda x, _: x[:, ::-1],
    ),
    flatten(
        "mirrored",
        "FLAT-2",
        "Every row of the image is read from right to left.",
        x=lambda x, _: x[..., ::-1, :],
    ),
    flatten(
        "channels-reversed",
        "FLAT-2",
        "The channels come in reverse: BGR in place of RGB.",
        x=lambda x, _: x[..., ::-1],
    ),
    flatten(
        "sorted",
        "FLAT-2",
        "The values of every example are sorted: their places are lost.",
        rows=lambda r, _: np.sort(r, axis=-1),
    ),
    flatten(
        "special-values-replaced",
        "FLAT-3",
        "NaN becomes 0, and an infinity the largest number.",
        rows=lambda r, _: np.nan_to_num(r),
    ),
    flatten(
        "tiny-values-dropped",
        "FLAT-3",
        "Values smaller than 1e-30 become 0.",
        rows=lambda r, _: np.where(np.abs(r) < 1e-30, 0, r),
    ),
    flatten(
        "rounded-to-float16",
        "FLAT-3",
        "Values pass through float16: digits are lost, and large values become infinite.",
        rows=through(np.float16),
    ),
    flatten(
        "rounded-to-float32",
        "FLAT-3",
        "Values pass through float32, which float64 values do not survive.",
        rows=through(np.float32),
    ),
    flatten(
        "bytes-that-overflow",
        "FLAT-3",
        "Values are taken modulo 256, as if they were kept in bytes.",
        rows=lambda r, _: r % 256,
    ),
    flatten(
        "scaled-like-pixels",
        "FLAT-3",
        "Values are divided by 255, as if they were pixels; flatten changes no value.",
        rows=lambda r, _: r / 255,
    ),
    flatten(
        "relu-fused",
        "FLAT-3",
        "Negative values become 0: a ReLU is applied on the way.",
        rows=lambda r, _: np.where(r < 0, 0, r),
    ),
    flatten(
        "reshaped-in-place",
        "ANY-3",
        "The input array itself is given the new shape, as by `x.shape = ...`.",
        rows=_in_place,
    ),
    *edges("flatten"),
]
