"""conv2d by fast algorithms: transforms, whose rounding errors the direct bound does not cover."""

from functools import partial
from typing import Any

import numpy as np

from refcnn.operators.conv2d.alternatives_direct import convolution, im2col
from refcnn.suite.alternatives import Alternative, Windowed, catalogue
from refcnn.suite.tensors import Array

FAST: list[Alternative] = []
route = catalogue("conv2d", convolution, FAST)


@route("fft", "fast")
def fft(asked: Windowed) -> Array:
    """Spectra are multiplied, at the size of the padded input."""
    x, (height, width), (down, along) = asked.padded(), asked.place.output, asked.place.strides
    size: Any = x.shape[1:3]
    spectrum = partial(np.fft.rfft2, s=size)
    images, filters = spectrum(x, axes=(1, 2)), spectrum(asked.kernel, axes=(0, 1))
    maps = np.einsum("nuvc,uvco->nuvo", images, filters.conj())
    y = np.fft.irfft2(maps, s=size, axes=(1, 2))[:, ::down, ::along]
    return np.asarray(y[:, :height, :width].astype(x.dtype))


def winograd(asked: Windowed, to_inputs: Array, to_weights: Array, to_outputs: Array) -> Array:
    """Tiles of the input and 3x3 weights are transformed, multiplied and transformed back."""
    if asked.place.window != (3, 3) or asked.place.strides != (1, 1):
        return im2col(asked)
    d, g, a = (m.astype(asked.x.dtype) for m in (to_inputs, to_weights, to_outputs))
    (height, width), tile = asked.place.output, len(a)
    more = -height % tile, -width % tile
    x = np.pad(asked.padded(), ((0, 0), (0, more[0]), (0, more[1]), (0, 0)))
    kernel = np.einsum("am,mnco,bn->abco", g, asked.kernel, g)
    y = np.zeros((len(x), height + more[0], width + more[1], kernel.shape[3]), x.dtype)
    for i in range(0, height, tile):
        for j in range(0, width, tile):
            cells = x[:, i : i + tile + 2, j : j + tile + 2]
            inputs = np.einsum("am,Nmnc,bn->Nabc", d, cells, d)
            maps = np.einsum("Nabc,abco->Nabo", inputs, kernel)
            y[:, i : i + tile, j : j + tile] = np.einsum("ia,Nabo,jb->Nijo", a, maps, a)
    return y[:, :height, :width]


def toom(points: list[float]) -> tuple[Array, Array, Array]:
    """The transforms of inputs, weights and outputs for F(m x m, 3 x 3) with these points.

    A polynomial is known by its values at m + 1 points and its leading coefficient
    (Toom and Cook); the transposed algorithm is Winograd's (Lavin & Gray 2016).
    """
    count = len(points) + 1
    powers = np.power.outer(np.array(points, float), np.arange(count))
    values = np.concatenate([powers, np.zeros((1, count))])
    values[-1, -1] = 1
    weights, outputs = values[:, :3].copy(), values[:, : count - 2].copy()
    weights[-1, 2] = outputs[-1, -1] = 1
    return np.linalg.inv(values).T, weights, outputs.T


# The points that NNPACK and others use: 0, then pairs of opposite numbers.
SMALL, LARGE = toom([0, 1, -1]), toom([0, 1, -1, 2, -2, 0.5, -0.5])


@route("winograd-2x2", "fast")
def winograd_2x2(asked: Windowed) -> Array:
    """3x3 kernels at stride 1 by F(2x2, 3x3), others directly."""
    return winograd(asked, *SMALL)


@route("winograd-6x6", "fast")
def winograd_6x6(asked: Windowed) -> Array:
    """3x3 kernels at stride 1 by F(6x6, 3x3), others directly."""
    return winograd(asked, *LARGE)
