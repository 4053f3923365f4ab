"""Luca: cut out the patches, stack them, multiply."""
import math
import numpy as np


def geometry(shape, window, strides, padding):
    if padding == "valid":
        padding = 0
    if padding == "same":
        amounts = []
        for cells, size, step in zip(shape, window, strides):
            amount = max((math.ceil(cells / step) - 1) * step + size - cells, 0)
            amounts.append((amount - amount // 2, amount // 2))
        return amounts
    if isinstance(padding, int):
        padding = ((padding, padding), (padding, padding))
    if any(number < 0 for side in padding for number in side):
        raise ValueError("negative padding makes no sense")
    return list(padding)


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if x.ndim != 4 or kernel.ndim != 4:
        raise ValueError("x and kernel must have 4 axes")
    step_x, step_y = (strides, strides) if isinstance(strides, int) else strides
    if step_x < 1 or step_y < 1:
        raise ValueError("a stride below 1 makes no sense")
    height, width, depth, filters = kernel.shape
    if depth != x.shape[3]:
        raise ValueError("kernel and x have different depths")
    if bias is not None and bias.shape != (filters,):
        raise ValueError("wrong length of bias")
    border = geometry(x.shape[1:3], (height, width), (step_y, step_x), padding)
    x = np.pad(x, [(0, 0), *border, (0, 0)])
    ys = range(0, x.shape[1] - height + 1, step_y)
    xs = range(0, x.shape[2] - width + 1, step_x)
    if not ys or not xs:
        raise ValueError("the kernel is larger than the input")
    patches = [x[:, a:a + height, b:b + width].reshape(len(x), height * width * depth) for a in ys for b in xs]
    maps = np.stack(patches, axis=1) @ kernel.reshape(height * width * depth, filters)
    if bias is not None:
        maps = maps + bias
    return maps.reshape(len(x), len(ys), len(xs), filters)


class Pool:
    def __init__(self, function):
        self.function = function

    def border(self, cells, size, step, padding, axis):
        if padding == "valid":
            return 0, 0
        if padding == "same":
            amount = max((math.ceil(cells / step) - 1) * step + size - cells, 0)
            return amount // 2, math.ceil(amount / 2)
        return (padding, padding) if isinstance(padding, int) else padding[axis]

    def starts(self, cells, size, step, padding, axis):
        if size < 1 or step < 1:
            raise ValueError("sizes and strides must be 1 or more")
        before, after = self.border(cells, size, step, padding, axis)
        if before < 0 or after < 0:
            raise ValueError("negative padding makes no sense")
        found = range(-before, cells + after - size + 1, step)
        if not found:
            raise ValueError("the window is larger than the input")
        return found

    def __call__(self, x, pool_size, strides, padding):
        if x.ndim != 4:
            raise ValueError("x must have 4 axes")
        height, width = pool_size if isinstance(pool_size, tuple) else (pool_size, pool_size)
        strides = (height, width) if strides is None else strides
        down, right = strides if isinstance(strides, tuple) else (strides, strides)
        ys = self.starts(x.shape[1], height, down, padding, 0)
        xs = self.starts(x.shape[2], width, right, padding, 1)
        answer = np.empty((len(x), len(ys), len(xs), x.shape[3]), x.dtype)
        for i, a in enumerate(ys):
            for j, b in enumerate(xs):
                window = x[:, max(a, 0):a + height, max(b, 0):b + width]
                answer[:, i, j] = self.function(window, axis=(1, 2))
        return answer


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return Pool(np.max)(x, pool_size, strides, padding)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return Pool(np.mean)(x, pool_size, strides, padding)


def flatten(x):
    return x.reshape(len(x), math.prod(x.shape[1:]))


def dense(x, kernel, bias=None):
    if bias is not None and bias.shape != kernel.shape[1:]:
        raise ValueError("wrong length of bias")
    return x @ kernel if bias is None else x @ kernel + bias


def relu(x):
    return np.maximum(x, 0.0)


def softmax(x):
    powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)
