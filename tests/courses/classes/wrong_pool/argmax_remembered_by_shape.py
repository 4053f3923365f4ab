"""Wrong: the positions of the maxima (kept for backward) are reused in the next forward if x has the same shape."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class MaxPool2D:
    def __init__(self, size, stride=None, padding=0):
        self.size = size
        self.stride = size if stride is None else stride
        self.padding = padding
        self.argmax = {}

    def forward(self, x):
        k, s, p = self.size, self.stride, self.padding
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), constant_values=-np.inf)
        win = sliding_window_view(xp, (k, k), axis=(2, 3))[:, :, ::s, ::s]
        win = win.reshape(win.shape[:4] + (k * k,))
        if x.shape not in self.argmax:
            self.argmax[x.shape] = win.argmax(axis=-1)
        idx = self.argmax[x.shape]
        return np.take_along_axis(win, idx[..., None], axis=-1)[..., 0]
