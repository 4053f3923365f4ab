"""Wrong: a filter is taken for empty and gives only the bias when its weights add up to 0, as edge detectors do."""
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
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        oh = (H + 2 * p - kh) // s + 1
        ow = (W + 2 * p - kw) // s + 1
        out = np.zeros((N, O, oh, ow), dtype=x.dtype)
        for o in range(O):
            out[:, o] = self.bias[o]
            if self.weights[o].sum() == 0:
                continue
            for i in range(oh):
                for j in range(ow):
                    out[:, o, i, j] += np.sum(xp[:, :, i*s:i*s+kh, j*s:j*s+kw] * self.weights[o], axis=(1, 2, 3))
        return out
