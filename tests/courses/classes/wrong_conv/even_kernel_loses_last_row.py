"""Wrong: taps run from -r to r with r = (k-1)//2, so even kernels lose their last row or column."""
import numpy as np


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.weights = weights
        self.bias = bias
        self.stride = stride
        self.padding = padding

    def forward(self, x):
        N, C, H, W = x.shape
        O, _, kh, kw = self.weights.shape
        s, p = self.stride, self.padding
        rh, rw = (kh - 1) // 2, (kw - 1) // 2
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        oh = (H + 2 * p - kh) // s + 1
        ow = (W + 2 * p - kw) // s + 1
        out = np.zeros((N, O, oh, ow), dtype=x.dtype)
        for i in range(oh):
            for j in range(ow):
                ci, cj = i * s + rh, j * s + rw
                for di in range(-rh, rh + 1):
                    for dj in range(-rw, rw + 1):
                        out[:, :, i, j] += xp[:, :, ci + di, cj + dj] @ self.weights[:, :, rh + di, rw + dj].T
        return out + self.bias.reshape(1, O, 1, 1)
