"""The operators as their equations say them: plain loops, one line an equation.

Nothing here is fast and nothing is shared with `ops` or `shapes`: this is the
second oracle. Every function is generic over the number type: arrays of dtype
object holding `fractions.Fraction`, `decimal.Decimal` or `int` work as well as
float32 and float64. Layouts as everywhere: activations NHWC, kernels HWIO.
Arguments are taken to be legal; refusals are the business of `ops`.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import count, product
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def positions(size: int, window: int, stride: int) -> list[int]:
    """First cells of all windows that lie wholly within `size` cells, a stride apart."""
    return [start for start in range(0, size, stride) if start + window <= size]


def fewest(size: int, window: int, stride: int) -> int:
    """The fewest zeros that let ceil(H / S) windows fit: those of "same" padding."""
    wanted = math.ceil(size / stride)
    return next(p for p in count() if len(positions(size + p, window, stride)) >= wanted)


def pads(padding: Any, sizes: Any, window: Any, strides: Any) -> list[tuple[int, int]]:
    """Zeros (before, after) on each axis."""
    if padding == "same":
        enough = map(fewest, sizes, window, strides)
        return [(p // 2, p - p // 2) for p in enough]
    if padding == "valid":
        return [(0, 0), (0, 0)]
    return [(padding, padding)] * 2 if isinstance(padding, int) else list(padding)


def windows(
    x: Array, window: Any, strides: Any, padding: Any, dilation: Any = 1
) -> Iterator[tuple[int, int, list[tuple[int, int, int, int]]]]:
    """Yield (i, j, cells): per output position, the input cells under its window.

    Each cell is (m, n, row, column); cells in the padding are left out, since
    they hold zero for a convolution and nothing at all for a pool.
    """
    sh, sw = (strides, strides) if isinstance(strides, int) else strides
    dh, dw = (dilation, dilation) if isinstance(dilation, int) else dilation
    taps = [(m, n, m * dh, n * dw) for m, n in product(*map(range, window))]
    span = taps[-1][2] + 1, taps[-1][3] + 1  # from the first tap to the last
    height, width = x.shape[1:3]
    (top, bottom), (left, right) = pads(padding, (height, width), span, (sh, sw))
    for i, row in enumerate(positions(top + height + bottom, span[0], sh)):
        for j, column in enumerate(positions(left + width + right, span[1], sw)):
            cells = [(m, n, row - top + down, column - left + along) for m, n, down, along in taps]
            yield i, j, [c for c in cells if 0 <= c[2] < height and 0 <= c[3] < width]


def collect(values: Mapping[Any, Any], shape: tuple[int, ...], like: Array) -> Array:
    """Put index -> value into an array of `shape` and the dtype of `like`."""
    y = np.zeros(shape, like.dtype)
    for index, value in values.items():
        y[index] = value
    return y


def conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Y[b,i,j,o] = bias[o] + sum over m, n, c of K[m,n,c,o] X[b, i S + m D - P, j S + n D - P, c].

    Of X there is nothing but zeros outside. c runs over the channels of the group of o: the
    first of them is g C / G, where g = floor(o G / filters).
    """
    kh, kw, depth, filters = kernel.shape
    y, i, j = {}, -1, -1
    for i, j, cells in windows(x, (kh, kw), strides, padding, dilation):
        for b, o in product(range(len(x)), range(filters)):
            total: Any = 0
            for (m, n, row, column), c in product(cells, range(depth)):
                first = o * groups // filters * depth
                total = total + kernel[m, n, c, o] * x[b, row, column, first + c]
            y[b, i, j, o] = total if bias is None else total + bias[o]
    return collect(y, (len(x), i + 1, j + 1, filters), x)


def pool(x: Array, pool_size: Any, strides: Any, padding: Any, choose: Any) -> Array:
    """Y[b,i,j,c] = choose(the cells of channel c under window (i, j)), padding excluded."""
    size = (pool_size, pool_size) if isinstance(pool_size, int) else pool_size
    y, i, j = {}, -1, -1
    for i, j, cells in windows(x, size, size if strides is None else strides, padding):
        for b, c in product(range(len(x)), range(x.shape[3])):
            y[b, i, j, c] = choose([x[b, row, column, c] for _, _, row, column in cells])
    return collect(y, (len(x), i + 1, j + 1, x.shape[3]), x)


def largest(values: list[Any]) -> Any:
    """The largest of several values; NaN if any of them is (it alone differs from itself)."""
    nan = [value for value in values if value != value]  # noqa: PLR0124
    return nan[0] if nan else max(values)


def max_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Array:
    """Y[b,i,j,c] = the largest of the input cells under the window."""
    return pool(x, pool_size, strides, padding, largest)


def avg_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Array:
    """Y[b,i,j,c] = the sum of the input cells under the window, over their number."""
    return pool(x, pool_size, strides, padding, lambda cells: sum(cells) / len(cells))


def global_avg_pool2d(x: Array) -> Array:
    """Y[b,c] = the sum of the cells of a map, over their number."""
    y = {}
    for b, c in product(range(len(x)), range(x.shape[3])):
        cells = x[b, :, :, c].ravel()
        y[b, c] = sum(cells) / len(cells)
    return collect(y, (len(x), x.shape[3]), x)


def flatten(x: Array) -> Array:
    """Y[b, (i W + j) D + c] = X[b, i, j, c]: row by row, the last axis fastest."""
    y = {}
    for b in range(len(x)):
        for place, index in enumerate(product(*map(range, x.shape[1:]))):
            y[b, place] = x[b, *index]
    return collect(y, (len(x), math.prod(x.shape[1:])), x)


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Array:
    """Y[b,o] = bias[o] + sum over i of X[b,i] K[i,o]."""
    y = {}
    for b, o in product(range(len(x)), range(kernel.shape[1])):
        total: Any = 0
        for i in range(kernel.shape[0]):
            total = total + x[b, i] * kernel[i, o]
        y[b, o] = total if bias is None else total + bias[o]
    return collect(y, (len(x), kernel.shape[1]), x)


def relu(x: Array) -> Array:
    """Y = max(0, X), cell by cell."""
    return collect({i: largest([type(x[i])(0), x[i]]) for i in np.ndindex(x.shape)}, x.shape, x)


def softmax(x: Array, exp: Any = math.exp) -> Array:
    """Y[...,i] = exp(X[...,i]) / sum over j of exp(X[...,j]).

    Where that sum is 0 or not finite, there is no quotient: Y is NaN.
    """
    y = {}
    for row in np.ndindex(x.shape[:-1]):
        powers = [exp(x[*row, i]) for i in range(x.shape[-1])]
        total = sum(powers)
        defined = 0 < total < math.inf
        for i, power in enumerate(powers):
            y[*row, i] = power / total if defined else type(total)(math.nan)
    return collect(y, x.shape, x)
