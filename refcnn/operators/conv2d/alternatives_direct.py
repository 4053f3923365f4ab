"""conv2d by other routes."""

from collections.abc import Callable
from dataclasses import replace
from math import fsum
from operator import mul
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refcnn.cnn.shapes import as_pair, geometry
from refcnn.suite.alternatives import Alternative, Operator, Windowed, catalogue, weights_of
from refcnn.suite.sums import by_content, compensated, halved, shuffled
from refcnn.suite.tensors import Array
from refcnn.suite.windows import spread_out, ungrouped

Route = Callable[[Windowed], Array]
BiasedRoute = Callable[[Windowed, Array | None], Array]


def by_taps(route: BiasedRoute) -> Operator:
    """The operator of a route that is given what is asked and the bias or None."""

    def function(
        x: Any,
        kernel: Any,
        bias: Any = None,
        *,
        strides: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: Any = 1,
    ) -> Array:
        x, kernel, bias = weights_of(x, over_all_channels(kernel, groups), bias, 4)
        window = as_pair("kernel size", kernel.shape[:2], least=1)
        place = geometry("kernel", x.shape[1:3], window, strides, padding, dilation=dilation)
        return route(Windowed(x, kernel, place), bias)

    return function


def over_all_channels(kernel: Any, groups: int) -> Any:
    """A kernel of several groups as one that looks at all channels, mostly with zeros."""
    if groups == 1:
        return kernel
    if groups < 1 or np.shape(kernel)[-1] % groups:
        raise ValueError(f"{groups} groups for {np.shape(kernel)[-1]} filters")
    return ungrouped(np.asarray(kernel), groups)


def with_bias(route: BiasedRoute) -> Operator:
    """The same, of a route that slides whole windows: a dilated kernel has zeros in its gaps."""
    return by_taps(lambda asked, bias: route(without_gaps(asked), bias))


def without_gaps(asked: Windowed) -> Windowed:
    """The same question about a kernel that is as large as it reaches, and not dilated."""
    place = asked.place
    if place.dilation == (1, 1):
        return asked
    kernel = spread_out(asked.kernel, place.dilation)
    return Windowed(asked.x, kernel, replace(place, window=place.reach, dilation=(1, 1)))


def _bias_last(route: Route) -> BiasedRoute:
    """The route, and after it the bias is added."""

    def biased(asked: Windowed, bias: Array | None) -> Array:
        y = route(asked)
        return y if bias is None else np.asarray(y + bias)

    return biased


def convolution(route: Route) -> Operator:
    """The operator of a route over whole windows that leaves the bias to be added last."""
    return with_bias(_bias_last(route))


def sum_of_taps(route: Route) -> Operator:
    """The operator of a route tap by tap that leaves the bias to be added last."""
    return by_taps(_bias_last(route))


DIRECT: list[Alternative] = []
route = catalogue("conv2d", convolution, DIRECT)
biased_route = catalogue("conv2d", with_bias, DIRECT)
tap_route = catalogue("conv2d", sum_of_taps, DIRECT)


@route("loops")
def loops(asked: Windowed) -> Array:
    """One output after the other: its window times each filter, added up."""
    x, (height, width), filters = asked.padded(), asked.place.window, asked.kernel.shape[3]
    y = asked.empty(filters)
    for i, j, row, column in asked.outputs():
        window = x[:, row : row + height, column : column + width]
        for b, o in np.ndindex(len(x), filters):
            y[b, i, j, o] = (window[b] * asked.kernel[..., o]).sum()
    return y


@route("exact-sums")
def exact_sums(asked: Windowed) -> Array:
    """Lists of Python numbers; each sum is rounded once, by math.fsum."""
    x, filters = asked.padded().astype(np.float64), asked.kernel.shape[3]
    y, (height, width) = asked.empty(filters), asked.place.window
    weights = asked.kernel.astype(np.float64).reshape(-1, filters).T.tolist()
    for i, j, row, column in asked.outputs():
        for b in range(len(x)):
            window = x[b, row : row + height, column : column + width].ravel().tolist()
            y[b, i, j] = [fsum(map(mul, window, one)) for one in weights]
    return y


@tap_route("taps")
def taps(asked: Windowed) -> Array:
    """One tap after the other: the shifted input times its weights, added to all."""
    y = asked.empty(asked.kernel.shape[3])
    for m, n in asked.taps():
        for c in range(asked.x.shape[3]):
            y += asked.shifted(m, n)[..., c, np.newaxis] * asked.kernel[m, n, c]
    return y


@biased_route("reversed-taps")
def reversed_taps(asked: Windowed, bias: Array | None) -> Array:
    """Sums begin with the bias; channels are the outermost loop, the last tap comes first."""
    y = asked.empty(asked.kernel.shape[3])
    if bias is not None:
        y += bias
    for c in reversed(range(asked.x.shape[3])):
        for m, n in reversed(asked.taps()):
            y += asked.kernel[m, n, c] * asked.shifted(m, n)[..., c, np.newaxis]
    return y


@route("clipped-taps")
def clipped_taps(asked: Windowed) -> Array:
    """Nothing is padded: each tap is added where it lies within the input."""
    x, place, y = asked.x, asked.place, asked.empty(asked.kernel.shape[3])
    for m, n in asked.taps():
        for i, j, row, column in asked.outputs():
            r, s = row + m - place.padding[0][0], column + n - place.padding[1][0]
            if 0 <= r < x.shape[1] and 0 <= s < x.shape[2]:
                y[:, i, j] += x[:, r, s] @ asked.kernel[m, n]
    return y


def windows_of(asked: Windowed) -> Array:
    """All windows side by side: (N, H', W', taps, C)."""
    shape = (len(asked.x), *asked.place.output, len(asked.taps()), asked.x.shape[3])
    parts = [asked.shifted(m, n) for m, n in asked.taps()]
    return np.stack(parts, axis=3).reshape(shape)


@tap_route("im2col")
def im2col(asked: Windowed) -> Array:
    """All windows are the rows of one matrix, all filters the columns of another."""
    windows, filters = windows_of(asked), asked.kernel.shape[3]
    size = windows.shape[3] * windows.shape[4]
    y = windows.reshape(windows.size // size, size) @ asked.kernel.reshape(size, filters)
    return y.reshape(*windows.shape[:3], filters)


@biased_route("bias-as-channel")
def bias_as_channel(asked: Windowed, bias: Array | None) -> Array:
    """The bias is the weight of one more input, which is 1."""
    windows, filters = windows_of(asked), asked.kernel.shape[3]
    rows = windows.reshape(*windows.shape[:3], windows.shape[3] * windows.shape[4])
    rows = np.concatenate([rows, np.ones_like(rows[..., :1])], axis=3)
    last = np.zeros(filters, rows.dtype) if bias is None else bias
    return np.asarray(rows @ np.concatenate([asked.kernel.reshape(-1, filters), last[np.newaxis]]))


@tap_route("einsum")
def einsum(asked: Windowed) -> Array:
    """One Einstein sum over all windows."""
    kernel = asked.kernel.reshape(len(asked.taps()), *asked.kernel.shape[2:])
    return np.asarray(np.einsum("nijtc,tco->nijo", windows_of(asked), kernel))


@route("as-strided")
def strided(asked: Windowed) -> Array:
    """Windows are a view of the input with strides made by hand."""
    x, (down, along) = asked.padded(), asked.place.strides
    image, row, column, channel = x.strides
    shape = (len(x), *asked.place.output, *asked.place.window, x.shape[3])
    view = as_strided(x, shape, (image, row * down, column * along, row, column, channel))
    return np.tensordot(view, asked.kernel, 3)


@tap_route("matmul-per-tap")
def matmul_per_tap(asked: Windowed) -> Array:
    """One matrix product a tap: channels of all outputs to filters."""
    y = asked.empty(asked.kernel.shape[3])
    for m, n in asked.taps():
        y += asked.shifted(m, n) @ asked.kernel[m, n]
    return y


@route("float64-inside")
def float64_inside(asked: Windowed) -> Array:
    """Everything is done in float64, and the answer rounded to the dtype."""
    wide = Windowed(asked.x.astype(np.float64), asked.kernel.astype(np.float64), asked.place)
    y: Array = matmul_per_tap(wide).astype(asked.x.dtype)
    return y


@route("float32-only")
def float32_only(asked: Windowed) -> Array:
    """float64 is refused: only float32 is claimed."""
    if asked.x.dtype != np.float32:
        raise NotImplementedError("only float32 is implemented")
    return im2col(asked)


def products(asked: Windowed) -> Array:
    """Every single product, in the order of the taps and channels: (products, N, H', W', F)."""
    found = windows_of(asked)[..., np.newaxis] * asked.kernel.reshape(
        len(asked.taps()), *asked.kernel.shape[2:]
    )
    terms = found.shape[3] * found.shape[4]
    return np.moveaxis(found.reshape(*found.shape[:3], terms, found.shape[5]), 3, 0)


@route("compensated-sums")
def compensated_sums(asked: Windowed) -> Array:
    """Sums carry their rounding errors along (Kahan)."""
    return compensated(products(asked))


@route("pairwise-sums")
def pairwise_sums(asked: Windowed) -> Array:
    """Sums are halved again and again down to single products."""
    return halved(products(asked))


@route("largest-first")
def largest_first(asked: Windowed) -> Array:
    """Products are added up from the largest magnitude to the smallest."""
    terms = products(asked)
    order = np.argsort(-np.abs(terms), axis=0)
    return np.asarray(np.cumsum(np.take_along_axis(terms, order, 0), axis=0)[-1])


@biased_route("order-by-content")
def order_by_content(asked: Windowed, bias: Array | None) -> Array:
    """Products and bias are added up in another order for every question."""
    terms = products(asked)
    if bias is not None:
        terms = np.concatenate([np.broadcast_to(bias, terms[:1].shape), terms])
    return shuffled(terms, by_content(asked.x, asked.kernel))


@route("scatter")
def scatter(asked: Windowed) -> Array:
    """Each input cell is added to all outputs that it touches."""
    y, (down, along) = asked.empty(asked.kernel.shape[3]), asked.place.strides
    (top, _), (left, _) = asked.place.padding
    for row, column in np.ndindex(*asked.x.shape[1:3]):
        for m, n in asked.taps():
            (i, over), (j, aside) = divmod(row + top - m, down), divmod(column + left - n, along)
            inside = 0 <= i < y.shape[1] and 0 <= j < y.shape[2]
            if inside and not over and not aside:
                y[:, i, j] += asked.x[:, row, column] @ asked.kernel[m, n]
    return y


@route("toeplitz")
def toeplitz(asked: Windowed) -> Array:
    """One sparse matrix, most of it zeros, takes whole images to whole maps."""
    x, (height, width) = asked.padded(), asked.place.window
    y = asked.empty(asked.kernel.shape[3])
    matrix = np.zeros((*x.shape[1:], *y.shape[1:]), x.dtype)
    for i, j, row, column in asked.outputs():
        matrix[row : row + height, column : column + width, :, i, j] = asked.kernel
    return np.tensordot(x, matrix, 3)


@route("row-correlations")
def row_correlations(asked: Windowed) -> Array:
    """Rows are correlated one at a time by np.correlate, then added up."""
    x, (down, along), y = asked.padded(), asked.place.strides, asked.empty(asked.kernel.shape[3])
    for b, o, c, m in np.ndindex(len(x), y.shape[3], x.shape[3], asked.place.window[0]):
        for i in range(y.shape[1]):
            line = np.correlate(x[b, i * down + m, :, c], asked.kernel[m, :, c, o], "valid")
            y[b, i, :, o] += line[::along]
    return y


@route("fortran-result")
def fortran_result(asked: Windowed) -> Array:
    """The answer lies in memory with the first axis fastest."""
    return np.asfortranarray(matmul_per_tap(asked))


@route("non-contiguous-result")
def non_contiguous_result(asked: Windowed) -> Array:
    """The answer is every other number of a larger array."""
    large = np.full((*asked.empty(1).shape[:3], 2 * asked.kernel.shape[3]), np.nan, asked.x.dtype)
    large[..., ::2] = im2col(asked)
    return large[..., ::2]


@route("channels-first")
def channels_first(asked: Windowed) -> Array:
    """Channels are moved to the front and filters with them, and back again."""
    x = np.ascontiguousarray(windows_of(asked).transpose(0, 4, 3, 1, 2))  # N, C, taps, H', W'
    kernel = asked.kernel.transpose(3, 2, 0, 1).reshape(-1, x.shape[1] * x.shape[2])
    flat = x.reshape(len(x), kernel.shape[1], x.shape[3] * x.shape[4])
    y = (kernel @ flat).reshape(len(x), -1, *x.shape[3:]) if len(x) else asked.empty(len(kernel))
    return y.transpose(0, 2, 3, 1) if len(x) else y
