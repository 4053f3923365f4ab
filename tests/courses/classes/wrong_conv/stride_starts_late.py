"""Wrong: of the stride-1 result every s-th row and column is kept starting at s-1 instead of at 0."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.weights = weights
        self.bias = bias
        self.stride = stride
        self.padding = padding

    def forward(self, x):
        p, s = self.padding, self.stride
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        win = sliding_window_view(xp, self.weights.shape[2:], axis=(2, 3))
        full = np.tensordot(win, self.weights, axes=([1, 4, 5], [1, 2, 3]))   # N, H, W, O
        full = np.moveaxis(full, -1, 1) + self.bias[:, None, None]
        return full[:, :, s - 1::s, s - 1::s]
