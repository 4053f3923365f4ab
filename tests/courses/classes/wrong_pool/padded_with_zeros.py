"""Wrong: the border is padded with 0, which wins over negative values at the edge."""
import numpy as np


class MaxPool2D:
    def __init__(self, size, stride=None, padding=0):
        self.size = size
        self.stride = stride or size
        self.padding = padding

    def forward(self, x):
        k, s, p = self.size, self.stride, self.padding
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        N, C, H, W = xp.shape
        oh, ow = (H - k) // s + 1, (W - k) // s + 1
        out = np.empty((N, C, oh, ow), dtype=x.dtype)
        for i in range(oh):
            for j in range(ow):
                out[:, :, i, j] = xp[:, :, i*s:i*s+k, j*s:j*s+k].max(axis=(2, 3))
        return out
