"""Wrong: the border is filled with ones instead of zeros."""
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
        p, s = self.padding, self.stride
        xp = np.ones((N, C, H + 2 * p, W + 2 * p), dtype=x.dtype)
        xp[:, :, p:p + H, p:p + W] = x
        oh, ow = (H + 2 * p - kh) // s + 1, (W + 2 * p - kw) // s + 1
        out = np.zeros((N, O, oh, ow), dtype=x.dtype)
        for i in range(oh):
            for j in range(ow):
                patch = xp[:, :, i * s:i * s + kh, j * s:j * s + kw]
                for o in range(O):
                    out[:, o, i, j] = np.sum(patch * self.weights[o], axis=(1, 2, 3)) + self.bias[o]
        return out
