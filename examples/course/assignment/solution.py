"""A convolutional network by hand: the teacher's solution."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def require(condition, message):
    """Refuse bad input."""
    if not condition:
        raise ValueError(message)


def pair(value):
    """(down, to the right) of an integer or a pair."""
    down, right = (value, value) if np.ndim(value) == 0 else value
    return int(down), int(right)


def border(padding, sizes, window, strides):
    """((top, bottom), (left, right)) of every kind of padding."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        totals = [
            max((-(-size // step) - 1) * step + cells - size, 0)
            for size, cells, step in zip(sizes, window, strides)
        ]
        return tuple((total // 2, total - total // 2) for total in totals)
    if np.ndim(padding) == 0:
        require(not isinstance(padding, str), f"there is no padding {padding!r}")
        return (padding, padding), (padding, padding)
    (top, bottom), (left, right) = padding
    return (top, bottom), (left, right)


def windows(x, window, strides, padding, fill):
    """All windows of x: (batch, rows, columns, channels, height, width), a view."""
    require(x.ndim == 4, f"x has {x.ndim} axes, not (batch, height, width, channels)")
    window, strides = pair(window), pair(strides)
    require(min(window) >= 1, f"a window of {window} cells")
    require(min(strides) >= 1, f"strides of {strides}")
    around = border(padding, x.shape[1:3], window, strides)
    require(np.min(around) >= 0, f"padding of {around}")
    x = np.pad(x, ((0, 0), *around, (0, 0)), constant_values=fill)
    fits = window[0] <= x.shape[1] and window[1] <= x.shape[2]
    require(fits, f"a window of {window} in {x.shape[1:3]} cells, padding included")
    return sliding_window_view(x, window, axis=(1, 2))[:, :: strides[0], :: strides[1]]


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    """Cross-correlate x with every filter of the kernel and add the biases."""
    require(kernel.ndim == 4, f"the kernel has {kernel.ndim} axes, not 4")
    patches = windows(x, kernel.shape[:2], strides, padding, 0)
    depth, filters = kernel.shape[2:]
    require(depth == x.shape[3], f"a kernel of depth {depth} for {x.shape[3]} channels")
    y = np.tensordot(patches, kernel, axes=((4, 5, 3), (0, 1, 2)))
    if bias is None:
        return y
    require(bias.shape == (filters,), f"a bias of shape {bias.shape} for {filters} filters")
    return y + bias


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    """Take the largest value of every window; the border is -inf, which never wins."""
    strides = pool_size if strides is None else strides
    return windows(x, pool_size, strides, padding, -np.inf).max(axis=(4, 5))


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    """Take the mean of every window: the sum over the number of cells inside the image."""
    strides = pool_size if strides is None else strides
    total = windows(x, pool_size, strides, padding, 0).sum(axis=(4, 5))
    one = np.ones((1, *x.shape[1:3], 1), x.dtype)
    return total / windows(one, pool_size, strides, padding, 0).sum(axis=(4, 5))


def flatten(x):
    """Make one vector of every example; -1 would not do for an empty batch."""
    return x.reshape(len(x), int(np.prod(x.shape[1:])))


def dense(x, kernel, bias=None):
    """Multiply x by the kernel and add the biases."""
    fits = x.ndim == kernel.ndim == 2 and x.shape[1] == kernel.shape[0]
    require(fits, f"x {x.shape} and kernel {kernel.shape} cannot be multiplied")
    if bias is None:
        return x @ kernel
    outputs = kernel.shape[1]
    require(bias.shape == (outputs,), f"a bias of shape {bias.shape} for {outputs} outputs")
    return x @ kernel + bias


def relu(x):
    """Keep what is positive."""
    return np.maximum(x, 0)


def softmax(x):
    """Exponentials over their sum; with the largest logit taken off, none overflows."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
