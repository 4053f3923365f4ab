"""Right operators, which lie beside every adversary: it starts from `from honest import *`."""

import numpy as np


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def check(condition, message):
    if not condition:
        raise ValueError(message)


def paddings(padding, sizes, window, strides):
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(sizes, window, strides)]
        return tuple((total // 2, total - total // 2) for total in totals)
    return ((padding,) * 2,) * 2 if isinstance(padding, int) else padding


def padded(x, kernel, strides, padding):
    """The padded input and strides, or an error for what does not fit."""
    check(x.ndim == kernel.ndim == 4, "x and kernel must have four axes")
    check(kernel.shape[2] == x.shape[3], "kernel and x must have the same number of channels")
    strides, window = pair(strides), kernel.shape[:2]
    check(min(strides) >= 1 <= min(window), "window and strides must be at least 1")
    pads = paddings(padding, x.shape[1:3], window, strides)
    check(min(map(min, pads)) >= 0, "padding must not be negative")
    whole = np.pad(x, ((0, 0), *pads, (0, 0)))
    check(all(k <= n for k, n in zip(window, whole.shape[1:3])), "the window is too large")
    return whole, strides


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    whole, (sh, sw) = padded(x, kernel, strides, padding)
    check(bias is None or bias.shape == kernel.shape[3:], "bias must have one number a filter")
    rows, columns = kernel.shape[:2]
    high = (whole.shape[1] - rows) // sh + 1
    wide = (whole.shape[2] - columns) // sw + 1
    y = np.zeros((len(x), high, wide, kernel.shape[3]), x.dtype)
    for m in range(rows):
        for n in range(columns):
            part = whole[:, m : m + sh * high : sh, n : n + sw * wide : sw]
            for c in range(part.shape[3]):
                y += part[:, :high, :wide, c, None] * kernel[m, n, c]
    return y if bias is None else y + bias


def relu(x):
    return np.where(x > 0, x, x.dtype.type(0))
