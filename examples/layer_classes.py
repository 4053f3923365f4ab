"""Layers as classes with weights of their own: NHWC, kernels (filters, height, width, channels)."""

import numpy as np


class Conv2D:
    """A convolution whose weights are drawn at random until they are set."""

    def __init__(self, channels, filters, size, strides=(1, 1), padding=(0, 0)):
        rng = np.random.default_rng(0)
        self.W = 0.1 * rng.standard_normal((filters, *size, channels))
        self.b = None
        self.strides, self.padding = strides, padding

    def forward(self, x):
        filters, height, width, _ = self.W.shape
        (down, along), (above, beside) = self.strides, self.padding
        x = np.pad(x, ((0, 0), (above, above), (beside, beside), (0, 0)))
        rows = (x.shape[1] - height) // down + 1
        columns = (x.shape[2] - width) // along + 1
        y = np.zeros((len(x), rows, columns, filters), x.dtype)
        for i in range(rows):
            for j in range(columns):
                top, left = i * down, j * along
                window = x[:, top : top + height, left : left + width]
                y[:, i, j] = np.tensordot(window, self.W, axes=((1, 2, 3), (1, 2, 3)))
        return y if self.b is None else y + self.b


class Pool2D:
    """Windows without padding, side by side unless strides are given."""

    def __init__(self, size, strides=None):
        self.size, self.strides = size, strides or size

    def forward(self, x):
        (height, width), (down, along) = self.size, self.strides
        rows = (x.shape[1] - height) // down + 1
        columns = (x.shape[2] - width) // along + 1
        y = np.zeros((len(x), rows, columns, x.shape[3]), x.dtype)
        for i in range(rows):
            for j in range(columns):
                top, left = i * down, j * along
                y[:, i, j] = self.choose(x[:, top : top + height, left : left + width])
        return y


class MaxPool2D(Pool2D):
    def choose(self, window):
        return window.max(axis=(1, 2))


class AvgPool2D(Pool2D):
    def choose(self, window):
        return window.mean(axis=(1, 2))


class Flatten:
    def forward(self, x):
        return x.reshape(len(x), -1).copy()


class Dense:
    """One row of weights an output."""

    def __init__(self, inputs, outputs):
        self.W = np.zeros((outputs, inputs))
        self.b = None

    def forward(self, x):
        y = x @ self.W.T
        return y if self.b is None else y + self.b


class ReLU:
    def forward(self, x):
        return np.where(x > 0, x, x.dtype.type(0))


class Softmax:
    def forward(self, x):
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)
