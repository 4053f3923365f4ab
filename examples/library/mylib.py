"""A small library: two operators, one of them with a known deviation (see the tests)."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _pair(value):
    return (value, value) if isinstance(value, int) else value


def _windows(x, size, strides):
    """Every window of an image: (batch, rows, columns, channels, height, width)."""
    rows, columns = _pair(strides)
    if rows < 1 or columns < 1:
        raise ValueError(f"strides must be at least 1, not {strides}")
    return sliding_window_view(x, size, axis=(1, 2))[:, ::rows, ::columns]


def conv2d(x, kernel, bias=None, *, strides=(1, 1)):
    if x.ndim != 4 or kernel.ndim != 4 or x.shape[3] != kernel.shape[2]:
        raise ValueError(f"{kernel.shape} is not a kernel for {x.shape}")
    y = np.einsum("bijchw,hwco->bijo", _windows(x, kernel.shape[:2], strides), kernel)
    return y if bias is None else y + bias  # a bias of one number serves all filters


def max_pool2d(x, pool_size, *, strides=None):
    pool_size = _pair(pool_size)
    if x.ndim != 4 or min(pool_size) < 1:
        raise ValueError(f"windows of {pool_size} cannot be laid over {x.shape}")
    return _windows(x, pool_size, pool_size if strides is None else strides).max(axis=(-2, -1))
