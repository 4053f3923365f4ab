# Idea: one shifted copy of the whole input for each tap of the kernel, added up.
import math

import numpy as np


class Grid:
    """Where the windows lie; the border is filled with `fill`."""

    def __init__(self, x, size, strides, padding, fill):
        if x.ndim != 4:
            raise ValueError(f"x has shape {x.shape}")
        self.size = size if isinstance(size, tuple) else (size, size)
        self.strides = strides if isinstance(strides, tuple) else (strides, strides)
        for number in self.size + self.strides:
            if number < 1:
                raise ValueError(f"{number} is too small")
        before, after = self.border(x.shape[1:3], padding)
        if min(before + after) < 0:
            raise ValueError("no negative padding")
        n, h, w, c = x.shape
        self.x = np.full((n, h + before[0] + after[0], w + before[1] + after[1], c), fill, x.dtype)
        self.x[:, before[0]:before[0] + h, before[1]:before[1] + w] = x
        self.out = [(big - k) // s + 1
                    for big, k, s in zip(self.x.shape[1:3], self.size, self.strides)]
        if min(self.out) < 1:
            raise ValueError("no window fits")

    def border(self, shape, padding):
        if padding == "valid":
            return (0, 0), (0, 0)
        if padding == "same":
            need = [max((math.ceil(n / s) - 1) * s + k - n, 0)
                    for n, k, s in zip(shape, self.size, self.strides)]
            return tuple(p // 2 for p in need), tuple(p - p // 2 for p in need)
        if isinstance(padding, int):
            return (padding,) * 2, (padding,) * 2
        return tuple(zip(*padding))

    def taps(self):
        """(row, column) of each tap, and the cells of all windows that it touches."""
        (kh, kw), (sh, sw), (oh, ow) = self.size, self.strides, self.out
        for m in range(kh):
            for n in range(kw):
                yield m, n, self.x[:, m:m + sh * (oh - 1) + 1:sh, n:n + sw * (ow - 1) + 1:sw]


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if kernel.ndim != 4 or x.ndim != 4 or kernel.shape[2] != x.shape[3]:
        raise ValueError(f"kernel {kernel.shape} does not go with x {x.shape}")
    if bias is not None and bias.shape != kernel.shape[3:]:
        raise ValueError(f"bias has shape {bias.shape}")
    grid = Grid(x, kernel.shape[:2], strides, padding, 0)
    y = sum(cells @ kernel[m, n] for m, n, cells in grid.taps())
    return y if bias is None else y + bias


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    grid = Grid(x, pool_size, pool_size if strides is None else strides, padding, -math.inf)
    y = None
    for _, _, cells in grid.taps():
        y = cells.copy() if y is None else np.maximum(y, cells)
    return y


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    strides = pool_size if strides is None else strides
    total = sum(cells for _, _, cells in Grid(x, pool_size, strides, padding, 0).taps())
    ones = np.ones_like(x)
    return total / sum(cells for _, _, cells in Grid(ones, pool_size, strides, padding, 0).taps())


def flatten(x):
    return x.reshape(x.shape[0], math.prod(x.shape[1:]))


def dense(x, kernel, bias=None):
    y = np.dot(x, kernel)
    if bias is not None and bias.shape != kernel.shape[1:]:
        raise ValueError(f"bias has shape {bias.shape}")
    return y if bias is None else y + bias


def relu(x):
    return np.maximum(0, x)


def softmax(x):
    top = np.amax(x, axis=-1, keepdims=True)
    return np.exp(x - top) / np.exp(x - top).sum(axis=-1, keepdims=True)
