"""The operators of a convolutional network, vectorised in NumPy.

Activations are NHWC (batch, height, width, channels), convolution kernels HWIO
(height, width, input channels, filters), dense kernels (inputs, outputs). Data
are float32 or float64, all of one dtype, and the result keeps it. No operator
changes its inputs. Illegal arguments raise ValueError with one sentence.
"""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refcnn.cnn.shapes import Geometry, Padding, Pair, Size, as_int, as_pair, geometry

Array = np.ndarray[Any, np.dtype[Any]]


def _floats(name: str, value: Any, axes: str, dtype: Any = None) -> Array:
    """Return `value` as a float array with one dimension a word of `axes` ("" means any)."""
    array = np.asarray(value)
    if array.dtype not in (np.float32, np.float64):
        raise ValueError(f"{name} must be float32 or float64, not {array.dtype}")
    if dtype is not None and array.dtype != dtype:
        raise ValueError(f"{name} is {array.dtype} but x is {dtype}; all must be of one dtype")
    if axes and array.ndim != len(axes.split(", ")):
        raise ValueError(f"{name} must have the axes ({axes}), not the shape {array.shape}")
    return array


def _matched(name: str, length: int, other: str, expected: int) -> None:
    """Refuse a length that must equal another one."""
    if length != expected:
        raise ValueError(f"{name} {length} differs from {other} {expected}")


def _checked(bias: Any, dtype: Any, outputs: int) -> Any:
    """Return a bias as an array of one number an output, or None; refuse any other."""
    if bias is None:
        return None
    bias = _floats("bias", bias, "outputs", dtype)
    _matched("bias length", len(bias), "the number of outputs", outputs)
    return bias


def _plus(y: Array, bias: Any) -> Array:
    """Y + bias along the last axis, in the memory of Y."""
    return y if bias is None else np.add(y, bias, out=y)


def padded(x: Array, padding: tuple[Pair, Pair], fill: float) -> Array:
    """Lay so many cells of `fill` around x (N, H, W, C): above and below, left and right.

    Several times as fast as np.pad on small arrays.
    """
    (top, bottom), (left, right) = padding
    images, height, width, channels = x.shape
    sizes = images, top + height + bottom, left + width + right, channels
    larger = np.full(sizes, fill, x.dtype)
    larger[:, top : top + height, left : left + width] = x
    return larger


def _within(x: Array, place: Geometry, fill: float) -> Array:
    """Return x with its padding: itself where there is none, to be read alone."""
    return padded(x, place.padding, fill) if any(map(any, place.padding)) else x


def windows(x: Array, place: Geometry, fill: float) -> Array:
    """View x (N, H, W, C), padded with `fill`, as windows (N, H_out, W_out, C, F_h, F_w)."""
    (sh, sw), (dh, dw) = place.strides, place.dilation
    within = _within(x, place, fill)
    image, row, column, channel = within.strides
    shape = len(x), *place.output, x.shape[3], *place.window
    steps = image, sh * row, sw * column, channel, dh * row, dw * column
    return np.asarray(as_strided(within, shape, steps, writeable=False))


def taps(x: Array, place: Geometry, fill: float) -> Iterator[Array]:
    """Yield what all windows have at their first cell, at their second, and so on, row by row.

    Each is a view (N, H_out, W_out, C) of x (N, H, W, C), padded with `fill`.
    """
    within = _within(x, place, fill)
    for rows, columns in place.taps():
        yield within[:, rows, columns]


def _cut(groups: int, channels: int, kernel: tuple[int, ...]) -> None:
    """Refuse groups into which channels or filters cannot be cut, and filters of other depth."""
    parts = as_int("groups", groups, least=1)
    _, _, depth, filters = kernel
    if filters % parts:
        raise ValueError(f"{filters} filters cannot be cut into {parts} groups of the same size")
    share = f"the number of input channels {channels}"
    share += f" divided by {parts} groups" if parts > 1 else ""
    if depth * parts != channels:
        raise ValueError(f"kernel depth {depth} differs from {share}")


def convolved(
    x: Any, kernel: Any, bias: Any, *, groups: int, **place: Any
) -> tuple[Array, Array, Any, Geometry]:
    """Check the arguments of a convolution and lay out its windows: strides, padding, dilation."""
    x = _floats("x", x, "batch, height, width, channels")
    kernel = _floats("kernel", kernel, "height, width, channels, filters", x.dtype)
    _cut(groups, x.shape[3], kernel.shape)
    window = as_pair("kernel size", kernel.shape[:2], least=1)
    bias = _checked(bias, x.dtype, kernel.shape[3])
    return x, kernel, bias, geometry("kernel", x.shape[1:3], window, **place)


def by_group(array: Array, groups: int) -> list[Array]:
    """Cut the fourth axis, of channels or filters, into groups; a single one is all of it."""
    return [array] if groups == 1 else np.split(array, groups, axis=3)


def joined(parts: Sequence[Array]) -> Array:
    """What groups have, on the last axis; a single one is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def columns(patches: Array) -> Array:
    """Windows (N, H_out, W_out, C, F_h, F_w) as rows (N H_out W_out, F_h F_w C).

    This is the one copy of a convolution; the cells are in the order of a kernel.
    """
    rows = patches.transpose(0, 1, 2, 4, 5, 3)
    return rows.reshape(prod(rows.shape[:3]), prod(rows.shape[3:]))


def matrix(kernel: Array) -> Array:
    """A kernel as (F_h F_w C, filters): a row for each cell of a window."""
    return kernel.reshape(prod(kernel.shape[:3]), kernel.shape[3])


def conv2d(
    x: Any,
    kernel: Any,
    bias: Any = None,
    *,
    strides: Size = 1,
    padding: Padding = "valid",
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Slide a bank of filters over a batch of images (cross-correlation).

    Y[b,i,j,o] = bias[o] + sum over m, n, c of K[m,n,c,o] X[b, i S + m D - P, j S + n D - P, c]

    x: (N, H, W, C); kernel: (F_h, F_w, C / groups, filters); bias: (filters,) or None. The
    channels and the filters are cut into as many groups, and each sees its own alone.
    Returns (N, H_out, W_out, filters) with H_out = floor((H + P_top + P_bottom
    - (F_h - 1) D_h - 1) / S_h) + 1. Source: clauses CONV-2 (the equation), CONV-10
    (sizes), CONV-31 (dilation) and CONV-38 (groups). Raises ValueError for arguments that
    the formulas rule out.
    """
    x, kernel, bias, place = convolved(
        x, kernel, bias, strides=strides, padding=padding, dilation=dilation, groups=groups
    )
    patches, banks = by_group(windows(x, place, 0), groups), by_group(kernel, groups)
    maps = [columns(seen) @ matrix(bank) for seen, bank in zip(patches, banks)]
    return _plus(joined(maps), bias).reshape(len(x), *place.output, kernel.shape[3])


def laid_out(
    x: Any, pool_size: Size, strides: Size | None, padding: Padding
) -> tuple[Array, Geometry]:
    """Check the arguments that both pools share and lay out their windows."""
    x = _floats("x", x, "batch, height, width, channels")
    window = as_pair("pool_size", pool_size, least=1)
    place = geometry("pool", x.shape[1:3], window, window if strides is None else strides, padding)
    for axis, cells, pad in zip(("height", "width"), window, place.padding):
        if max(pad) >= cells:
            raise ValueError(f"padding {max(pad)} must be smaller than the pool {axis} {cells}")
    return x, place


def cells_of(place: Geometry, x: Array) -> Array:
    """Number of cells under each window, padding left out: (1, H_out, W_out, 1), of x's dtype."""
    ones = np.ones((1, *x.shape[1:3], 1), x.dtype)
    return np.asarray(sum(taps(ones, place, 0)))


def max_pool2d(
    x: Any, pool_size: Size, *, strides: Size | None = None, padding: Padding = "valid"
) -> Array:
    """Take the largest cell of every window, channel by channel.

    x: (N, H, W, C). `strides` None means the pool size. Returns (N, H_out,
    W_out, C). Padded cells never win; NaN does. Source: clauses POOL-1, POOL-8, POOL-23.
    Raises ValueError for arguments that the formulas rule out.
    """
    x, place = laid_out(x, pool_size, strides, padding)
    first, *others = taps(x, place, -np.inf)
    y = first.copy()
    for cells in others:
        np.maximum(y, cells, out=y)
    return y


def avg_pool2d(
    x: Any, pool_size: Size, *, strides: Size | None = None, padding: Padding = "valid"
) -> Array:
    """Take the mean of every window, channel by channel; padded cells do not count.

    x: (N, H, W, C). `strides` None means the pool size. Returns (N, H_out,
    W_out, C). Source: clauses POOL-2 and POOL-9.
    Raises ValueError for arguments that the formulas rule out.
    """
    x, place = laid_out(x, pool_size, strides, padding)
    return np.asarray(sum(taps(x, place, 0)) / cells_of(place, x))


def global_avg_pool2d(x: Any) -> Array:
    """Take the mean of every feature map: (N, H, W, C) -> (N, C).

    Source: clauses GAP-1 and GAP-2. Raises ValueError for maps without cells.
    """
    x = _floats("x", x, "batch, height, width, channels")
    cells = x.shape[1] * x.shape[2]
    if not cells:
        raise ValueError(f"x must have rows and columns, not the shape {x.shape}")
    return np.asarray(x.sum(axis=(1, 2)) / x.dtype.type(cells))


def flatten(x: Any) -> Array:
    """Lay each example out as one vector, the last axis fastest: (N, ...) -> (N, features).

    Source: clauses FLAT-1 and FLAT-2. Raises ValueError for an x without axes.
    """
    x = _floats("x", x, "")
    if x.ndim < 2:
        raise ValueError(f"x must have a batch axis and at least one more, not the shape {x.shape}")
    return np.reshape(x, (len(x), prod(x.shape[1:])))


def connected(x: Any, kernel: Any, bias: Any) -> tuple[Array, Array, Any]:
    """Check the arguments of a dense layer."""
    x = _floats("x", x, "batch, inputs")
    kernel = _floats("kernel", kernel, "inputs, outputs", x.dtype)
    _matched("kernel inputs", kernel.shape[0], "the number of inputs", x.shape[1])
    return x, kernel, _checked(bias, x.dtype, kernel.shape[1])


def dense(x: Any, kernel: Any, bias: Any = None) -> Array:
    """Connect every input to every output: Y[b,o] = bias[o] + sum over i of X[b,i] K[i,o].

    x: (N, inputs); kernel: (inputs, outputs); bias: (outputs,) or None.
    Returns (N, outputs). Source: clause DENSE-1. Raises ValueError on mismatched shapes.
    """
    x, kernel, bias = connected(x, kernel, bias)
    return _plus(x @ kernel, bias)


def relu(x: Any) -> Array:
    """max(0, x), cell by cell, for any shape; NaN stays NaN. Source: clauses RELU-1, RELU-5."""
    return np.asarray(np.maximum(_floats("x", x, ""), 0))


def softmax(x: Any) -> Array:
    """exp(x_i) / sum over j of exp(x_j) along the last axis.

    x: (..., classes). The largest logit is subtracted first, which changes
    nothing in exact arithmetic and keeps exp from overflowing. A row that holds
    NaN or +inf, or nothing but -inf, is NaN throughout.
    Source: clauses SOFT-1, SOFT-10 to SOFT-12. Raises ValueError for an x without classes.
    """
    x = _floats("x", x, "")
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ValueError(
            f"x must have at least one class on its last axis, not the shape {x.shape}"
        )
    with np.errstate(invalid="ignore"):  # inf - inf, which makes a row NaN
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
