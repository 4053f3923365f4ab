"""Wrong: the kernel is flipped vertically (rows only)."""
import numpy as np


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.kernel = weights[:, :, ::-1, :]
        self.bias = bias
        self.stride = stride
        self.padding = padding

    def forward(self, x):
        s, p = self.stride, self.padding
        kh, kw = self.kernel.shape[2:]
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        rows = range(0, xp.shape[2] - kh + 1, s)
        cols = range(0, xp.shape[3] - kw + 1, s)
        out = np.zeros((len(x), len(self.kernel), len(rows), len(cols)), dtype=x.dtype)
        for i, r in enumerate(rows):
            for j, c in enumerate(cols):
                out[:, :, i, j] = np.tensordot(xp[:, :, r:r + kh, c:c + kw], self.kernel,
                                               axes=([1, 2, 3], [1, 2, 3])) + self.bias
        return out
