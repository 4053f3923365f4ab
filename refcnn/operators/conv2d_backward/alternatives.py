"""conv2d_backward by other routes."""

from collections.abc import Callable
from itertools import product
from math import fsum
from typing import Any

import numpy as np

from refcnn.cnn.shapes import as_pair, geometry
from refcnn.suite.alternatives import (
    Alternative,
    Operator,
    Windowed,
    catalogue,
    floats,
    weights_of,
)
from refcnn.suite.sums import by_content, halved, shuffled
from refcnn.suite.tensors import Array

Gradients = tuple[Array, Array, Array]
Route = Callable[[Windowed, Array], Gradients]


def with_dy(route: Route) -> Operator:
    """The operator of a route to the gradients by x, kernel and bias."""

    def function(
        dy: Any,
        x: Any,
        kernel: Any,
        bias: Any = None,
        *,
        strides: Any = 1,
        padding: Any = "valid",
    ) -> Any:
        x, kernel, bias = weights_of(x, kernel, bias, 4)
        window = as_pair("kernel size", kernel.shape[:2], least=1)
        place = geometry("kernel", x.shape[1:3], window, strides, padding)
        dy = floats("dy", dy, 4, x.dtype)
        if dy.shape != (len(x), *place.output, kernel.shape[3]):
            raise ValueError(f"dy of shape {dy.shape} for {len(x)} maps of {place.output}")
        dx, dkernel, dbias = route(Windowed(x, kernel, place), dy)
        return dx, dkernel, None if bias is None else dbias

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("conv2d_backward", with_dy, ALTERNATIVES)


def _by_bias(dy: Array) -> Array:
    return np.asarray(dy.reshape(-1, dy.shape[3]).sum(axis=0))


@route("windows")
def windows(asked: Windowed, dy: Array) -> Gradients:
    """Window by window, as most people write it."""
    padded, (height, width) = asked.padded(), asked.place.window
    onto, dkernel = np.zeros_like(padded), np.zeros_like(asked.kernel)
    for i, j, row, column in asked.outputs():
        under = np.s_[:, row : row + height, column : column + width]
        for o in range(dy.shape[3]):
            told = dy[:, i, j, o, np.newaxis, np.newaxis, np.newaxis]
            onto[under] += told * asked.kernel[..., o]
            dkernel[..., o] += (told * padded[under]).sum(axis=0)
    return asked.without_border(onto), dkernel, _by_bias(dy)


@route("taps")
def taps(asked: Windowed, dy: Array) -> Gradients:
    """Tap by tap: each moves dy, times its weights, onto the cells that it met."""
    padded, dkernel = asked.padded(), np.zeros_like(asked.kernel)
    onto, (down, along), (rows, columns) = (
        np.zeros_like(padded),
        asked.place.strides,
        asked.place.output,
    )
    for m, n in asked.taps():
        below, beside = m + down * (rows - 1) + 1, n + along * (columns - 1) + 1
        onto[:, m:below:down, n:beside:along] += dy @ asked.kernel[m, n].T
        dkernel[m, n] = np.tensordot(asked.shifted(m, n), dy, axes=((0, 1, 2), (0, 1, 2)))
    return asked.without_border(onto), dkernel, _by_bias(dy)


@route("transposed-convolution")
def transposed_convolution(asked: Windowed, dy: Array) -> Gradients:
    """dY is spread out and padded, and slid over with the rotated kernel."""
    place, (height, width) = asked.place, asked.place.window
    lengths = asked.padded().shape[1:3]
    wide = [n + f - 1 for n, f in zip(lengths, place.window)]
    spread = np.zeros((len(dy), *wide, dy.shape[3]), dy.dtype)
    (down, along), (rows, columns) = place.strides, place.output
    below, beside = height + down * (rows - 1), width + along * (columns - 1)
    spread[:, height - 1 : below : down, width - 1 : beside : along] = dy
    rotated, onto = asked.kernel[::-1, ::-1], np.zeros_like(asked.padded())
    for m, n in np.ndindex(height, width):
        onto += spread[:, m : m + lengths[0], n : n + lengths[1]] @ rotated[m, n].T
    return asked.without_border(onto), _as_one_matrix(asked, dy), _by_bias(dy)


def _columns(asked: Windowed) -> Array:
    """All windows as rows of a matrix: (N H' W', F_h F_w C)."""
    cells = [asked.shifted(m, n) for m, n in asked.taps()]
    patches = np.stack(cells, axis=3)
    shape = patches.shape
    return patches.reshape(shape[0] * shape[1] * shape[2], shape[3] * shape[4])


def _as_one_matrix(asked: Windowed, dy: Array) -> Array:
    flat = dy.reshape(-1, dy.shape[3])
    return (_columns(asked).T @ flat).reshape(asked.kernel.shape)


@route("im2col")
def im2col(asked: Windowed, dy: Array) -> Gradients:
    """All windows are the rows of one matrix; their gradients are put back one by one."""
    kernel, onto = asked.kernel, np.zeros_like(asked.padded())
    flat, (height, width) = dy.reshape(-1, dy.shape[3]), asked.place.window
    told = (flat @ kernel.reshape(-1, kernel.shape[3]).T).reshape(*dy.shape[:3], *kernel.shape[:3])
    for i, j, row, column in asked.outputs():
        onto[:, row : row + height, column : column + width] += told[:, i, j]
    return asked.without_border(onto), _as_one_matrix(asked, dy), _by_bias(dy)


@route("exact-sums")
def exact_sums(asked: Windowed, dy: Array) -> Gradients:
    """Lists of all terms; each sum is rounded once, by math.fsum."""
    padded, kernel = asked.padded(), asked.kernel
    of_cell: dict[Any, list[float]] = {}
    of_weight: dict[Any, list[float]] = {}
    for i, j, row, column in asked.outputs():
        for b, m, n, c, o in np.ndindex(len(dy), *kernel.shape):
            told, cell = float(dy[b, i, j, o]), (b, row + m, column + n, c)
            of_cell.setdefault(cell, []).append(told * float(kernel[m, n, c, o]))
            of_weight.setdefault((m, n, c, o), []).append(told * float(padded[cell]))
    onto, dkernel = np.zeros_like(padded), np.zeros_like(kernel)
    for cell, terms in of_cell.items():
        onto[cell] = _sum(terms)
    for weight, terms in of_weight.items():
        dkernel[weight] = _sum(terms)
    by_bias = [_sum(dy[..., o].ravel().tolist()) for o in range(dy.shape[3])]
    return asked.without_border(onto), dkernel, np.array(by_bias, dy.dtype)


def _sum(terms: list[float]) -> float:
    """The sum, rounded once; infinite where it leaves the range."""
    try:
        return fsum(terms)
    except OverflowError:
        return float(np.sum(terms))


@route("pairwise-sums")
def pairwise_sums(asked: Windowed, dy: Array) -> Gradients:
    """Sums are halved again and again down to single products."""
    return _summed(asked, dy, halved)


@route("order-by-content")
def order_by_content(asked: Windowed, dy: Array) -> Gradients:
    """Products are added up in another order for every question."""
    number = by_content(dy, asked.x, asked.kernel)
    return _summed(asked, dy, lambda t: shuffled(t, number) if len(t) else t.sum(axis=0))


def _summed(asked: Windowed, dy: Array, add: Callable[[Array], Array]) -> Gradients:
    """Every single product, added up along the first axis in one way."""
    columns, flat = _columns(asked), dy.reshape(-1, dy.shape[3])
    terms = columns[..., np.newaxis] * flat[:, np.newaxis]
    dkernel = add(terms).reshape(asked.kernel.shape)
    told = []  # (terms, N, H_p, W_p, C): where each tap of each filter puts dy
    (down, along), (rows, cols) = asked.place.strides, asked.place.output
    for (m, n), o in product(asked.taps(), range(dy.shape[3])):
        onto = np.zeros_like(asked.padded())
        below, beside = m + down * (rows - 1) + 1, n + along * (cols - 1) + 1
        onto[:, m:below:down, n:beside:along] = dy[..., o, np.newaxis] * asked.kernel[m, n, :, o]
        told.append(onto)
    return asked.without_border(add(np.stack(told))), dkernel, add(flat)


@route("float64-inside")
def float64_inside(asked: Windowed, dy: Array) -> Gradients:
    """Everything is done in float64, and the answers rounded to the dtype."""
    wide = Windowed(asked.x.astype(np.float64), asked.kernel.astype(np.float64), asked.place)
    dx, dkernel, dbias = (one.astype(dy.dtype) for one in taps(wide, dy.astype(np.float64)))
    return dx, dkernel, dbias


@route("fourier", "fast")
def fourier(asked: Windowed, dy: Array) -> Gradients:
    """dY is spread out, and multiplied with kernel and input as spectra."""
    padded, (down, along), (rows, columns) = asked.padded(), asked.place.strides, asked.place.output
    spread = np.zeros((len(dy), *padded.shape[1:3], dy.shape[3]), dy.dtype)
    spread[:, : down * (rows - 1) + 1 : down, : along * (columns - 1) + 1 : along] = dy
    sizes = [2 * n for n in padded.shape[1:3]]
    of_dy, of_x = (np.fft.rfft2(t, sizes, axes=(1, 2)) for t in (spread, padded))
    of_kernel = np.fft.rfft2(asked.kernel, sizes, axes=(0, 1))
    back = np.einsum("bhwo,hwco->bhwc", of_dy, of_kernel)
    onto = np.fft.irfft2(back, sizes, axes=(1, 2))[:, : padded.shape[1], : padded.shape[2]]
    both = np.einsum("bhwo,bhwc->hwco", of_dy.conj(), of_x)
    height, width = asked.place.window
    dkernel = np.fft.irfft2(both, sizes, axes=(0, 1))[:height, :width]
    return asked.without_border(onto.astype(dy.dtype)), dkernel.astype(dy.dtype), _by_bias(dy)
