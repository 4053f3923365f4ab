"""The operators in plain Python loops, as one would write them in a first course."""

import math

import numpy as np


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def paddings(padding, x, window, strides):
    """((top, bottom), (left, right)) for every way to ask for padding."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        result = []
        for size, cells, stride in zip(x.shape[1:3], window, strides):
            total = max((math.ceil(size / stride) - 1) * stride + cells - size, 0)
            result.append((total // 2, total - total // 2))
        return tuple(result)
    if isinstance(padding, int):
        return (padding, padding), (padding, padding)
    return padding


def check(condition, message):
    if not condition:
        raise ValueError(message)


def layout(x, window, strides, padding):
    """Padding, strides and output size of a sliding window, or an error if none fits."""
    check(x.ndim == 4, "x must be (batch, height, width, channels)")
    window, strides = pair(window), pair(strides)
    check(min(window) >= 1 and min(strides) >= 1, "window and strides must be at least 1")
    pads = paddings(padding, x, window, strides)
    check(min(min(side) for side in pads) >= 0, "padding must not be negative")
    outputs = []
    for size, cells, stride, (before, after) in zip(x.shape[1:3], window, strides, pads):
        check(cells <= size + before + after, "the window is larger than the padded input")
        outputs.append((size + before + after - cells) // stride + 1)
    return window, strides, pads, outputs


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    check(kernel.ndim == 4, "kernel must be (height, width, channels, filters)")
    window, (sh, sw), pads, (rows, columns) = layout(x, kernel.shape[:2], strides, padding)
    batch, height, width, channels = x.shape
    filters = kernel.shape[3]
    check(kernel.shape[2] == channels, "kernel and x must have the same number of channels")
    check(bias is None or bias.shape == (filters,), "bias must have one number a filter")
    y = np.zeros((batch, rows, columns, filters), x.dtype)
    for b in range(batch):
        for i in range(rows):
            for j in range(columns):
                for o in range(filters):
                    total = x.dtype.type(0)
                    for m in range(window[0]):
                        for n in range(window[1]):
                            row, column = i * sh + m - pads[0][0], j * sw + n - pads[1][0]
                            if 0 <= row < height and 0 <= column < width:
                                for c in range(channels):
                                    total += kernel[m, n, c, o] * x[b, row, column, c]
                    y[b, i, j, o] = total if bias is None else total + bias[o]
    return y


def pool(x, pool_size, strides, padding, choose):
    strides = pool_size if strides is None else strides
    window, (sh, sw), pads, (rows, columns) = layout(x, pool_size, strides, padding)
    batch, height, width, channels = x.shape
    y = np.zeros((batch, rows, columns, channels), x.dtype)
    for b in range(batch):
        for i in range(rows):
            for j in range(columns):
                for c in range(channels):
                    cells = []
                    for m in range(window[0]):
                        for n in range(window[1]):
                            row, column = i * sh + m - pads[0][0], j * sw + n - pads[1][0]
                            if 0 <= row < height and 0 <= column < width:
                                cells.append(x[b, row, column, c])
                    y[b, i, j, c] = choose(cells)
    return y


def largest(cells):
    found = cells[0]
    for cell in cells:
        if cell > found or cell != cell:  # NaN stays: nothing is larger, and it alone is not itself
            found = cell
    return found


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool(x, pool_size, strides, padding, largest)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool(x, pool_size, strides, padding, lambda cells: sum(cells) / x.dtype.type(len(cells)))


def global_avg_pool2d(x):
    check(x.ndim == 4, "x must have the axes (batch, height, width, channels)")
    check(0 not in x.shape[1:3], "x must have rows and columns")
    y = np.zeros((x.shape[0], x.shape[3]), x.dtype)
    for b in range(x.shape[0]):
        for c in range(x.shape[3]):
            cells = [x[b, i, j, c] for i in range(x.shape[1]) for j in range(x.shape[2])]
            y[b, c] = sum(cells) / x.dtype.type(len(cells))
    return y


def flatten(x):
    batch, height, width, channels = x.shape
    y = np.zeros((batch, height * width * channels), x.dtype)
    for b in range(batch):
        k = 0
        for i in range(height):
            for j in range(width):
                for c in range(channels):
                    y[b, k] = x[b, i, j, c]
                    k += 1
    return y


def dense(x, kernel, bias=None):
    batch, inputs = x.shape
    check(kernel.shape[0] == inputs, "kernel must have one row an input")
    outputs = kernel.shape[1]
    check(bias is None or bias.shape == (outputs,), "bias must have one number an output")
    y = np.zeros((batch, outputs), x.dtype)
    for b in range(batch):
        for o in range(outputs):
            total = x.dtype.type(0)
            for i in range(inputs):
                total += x[b, i] * kernel[i, o]
            y[b, o] = total if bias is None else total + bias[o]
    return y


def relu(x):
    y = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if not x[index] < 0:
            y[index] = x[index]
    return y


def softmax(x):
    y = np.zeros(x.shape, x.dtype)
    for row in np.ndindex(x.shape[:-1]):
        largest = max(x[row])
        powers = [np.exp(value - largest) for value in x[row]]
        total = sum(powers)
        for i, power in enumerate(powers):
            y[row][i] = power / total
    return y
