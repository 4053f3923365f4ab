"""The operators of a convolutional network, vectorised in NumPy.

Activations are NHWC (batch, height, width, channels), convolution kernels HWIO
(height, width, input channels, filters), dense kernels (inputs, outputs). Data
are float32 or float64, all of one dtype, and the result keeps it. No operator
changes its inputs. Illegal arguments raise ValueError with one sentence.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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


def _add_bias(y: Array, bias: Any) -> Array:
    """Y + bias along the last axis."""
    if bias is None:
        return y
    bias = _floats("bias", bias, "outputs", y.dtype)
    _matched("bias length", len(bias), "the number of outputs", y.shape[-1])
    return np.asarray(y + bias)


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


def windows(x: Array, place: Geometry, fill: float) -> Array:
    """View x (N, H, W, C), padded with `fill`, as windows (N, H_out, W_out, C, F_h, F_w)."""
    (sh, sw), (dh, dw) = place.strides, place.dilation
    every = sliding_window_view(padded(x, place.padding, fill), place.reach, axis=(1, 2))
    return np.asarray(every[:, ::sh, ::sw, :, ::dh, ::dw])


def _groups(groups: int, channels: int, kernel: tuple[int, ...]) -> int:
    """Refuse groups into which channels or filters cannot be cut, and filters of other depth."""
    parts = as_int("groups", groups, least=1)
    _, _, depth, filters = kernel
    if filters % parts:
        raise ValueError(f"{filters} filters cannot be cut into {parts} groups of the same size")
    share = f"the number of input channels {channels}"
    share += f" divided by {parts} groups" if parts > 1 else ""
    if depth * parts != channels:
        raise ValueError(f"kernel depth {depth} differs from {share}")
    return parts


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
    x = _floats("x", x, "batch, height, width, channels")
    kernel = _floats("kernel", kernel, "height, width, channels, filters", x.dtype)
    parts = _groups(groups, x.shape[3], kernel.shape)
    window = as_pair("kernel size", kernel.shape[:2], least=1)
    place = geometry("kernel", x.shape[1:3], window, strides, padding, dilation=dilation)
    patches = np.split(windows(x, place, 0), parts, axis=3)
    filters = np.split(kernel, parts, axis=3)
    maps = [np.tensordot(*group, axes=((4, 5, 3), (0, 1, 2))) for group in zip(patches, filters)]
    return _add_bias(np.concatenate(maps, axis=3), bias)


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


def max_pool2d(
    x: Any, pool_size: Size, *, strides: Size | None = None, padding: Padding = "valid"
) -> Array:
    """Take the largest cell of every window, channel by channel.

    x: (N, H, W, C). `strides` None means the pool size. Returns (N, H_out,
    W_out, C). Padded cells never win; NaN does. Source: clauses POOL-1, POOL-8, POOL-23.
    Raises ValueError for arguments that the formulas rule out.
    """
    x, place = laid_out(x, pool_size, strides, padding)
    return np.asarray(windows(x, place, -np.inf).max(axis=(-2, -1)))


def avg_pool2d(
    x: Any, pool_size: Size, *, strides: Size | None = None, padding: Padding = "valid"
) -> Array:
    """Take the mean of every window, channel by channel; padded cells do not count.

    x: (N, H, W, C). `strides` None means the pool size. Returns (N, H_out,
    W_out, C). Source: clauses POOL-2 and POOL-9.
    Raises ValueError for arguments that the formulas rule out.
    """
    x, place = laid_out(x, pool_size, strides, padding)
    total = windows(x, place, 0).sum(axis=(-2, -1))
    cells = windows(np.ones((1, *x.shape[1:3], 1), x.dtype), place, 0).sum(axis=(-2, -1))
    return np.asarray(total / cells)


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
    return np.reshape(x, (len(x), int(np.prod(x.shape[1:]))))


def dense(x: Any, kernel: Any, bias: Any = None) -> Array:
    """Connect every input to every output: Y[b,o] = bias[o] + sum over i of X[b,i] K[i,o].

    x: (N, inputs); kernel: (inputs, outputs); bias: (outputs,) or None.
    Returns (N, outputs). Source: clause DENSE-1. Raises ValueError on mismatched shapes.
    """
    x = _floats("x", x, "batch, inputs")
    kernel = _floats("kernel", kernel, "inputs, outputs", x.dtype)
    _matched("kernel inputs", kernel.shape[0], "the number of inputs", x.shape[1])
    return _add_bias(x @ kernel, bias)


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
