"""Wrong: -100 stands in for minus infinity in the padding and wins over values below it."""
import numpy as np


class MaxPool2D:
    def __init__(self, size, stride=None, padding=0):
        self.size = size
        self.stride = size if stride is None else stride
        self.padding = padding

    def forward(self, x):
        N, C, H, W = x.shape
        p, s, k = self.padding, self.stride, self.size
        xp = np.full((N, C, H + 2 * p, W + 2 * p), -100, dtype=x.dtype)
        xp[:, :, p:p + H, p:p + W] = x
        oh = (H + 2 * p - k) // s + 1
        ow = (W + 2 * p - k) // s + 1
        out = xp[:, :, 0:s * (oh - 1) + 1:s, 0:s * (ow - 1) + 1:s].copy()
        for u in range(k):
            for v in range(k):
                np.maximum(out, xp[:, :, u:u + s * (oh - 1) + 1:s, v:v + s * (ow - 1) + 1:s], out=out)
        return out
