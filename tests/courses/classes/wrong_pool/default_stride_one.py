"""Wrong: stride=None is taken as 1 instead of as the window size."""
import numpy as np


class MaxPool2D:
    def __init__(self, size, stride=None, padding=0):
        self.size = size
        self.stride = 1 if stride is None else stride
        self.padding = padding

    def forward(self, x):
        k, s, p = self.size, self.stride, self.padding
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), constant_values=-np.inf)
        win = np.lib.stride_tricks.sliding_window_view(xp, (k, k), axis=(2, 3))
        return win[:, :, ::s, ::s].max(axis=(-2, -1))
