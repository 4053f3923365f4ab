"""Wrong: all of the padding is put below and to the right of the image."""
import numpy as np


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.weights = weights
        self.bias = bias
        self.stride = stride
        self.padding = padding

    def forward(self, x):
        N, C, H, W = x.shape
        out_ch, _, kh, kw = self.weights.shape
        pad = 2 * self.padding
        xp = np.pad(x, ((0, 0), (0, 0), (0, pad), (0, pad)))
        oh = (H + pad - kh) // self.stride + 1
        ow = (W + pad - kw) // self.stride + 1
        out = np.zeros((N, out_ch, oh, ow), dtype=x.dtype)
        for n in range(N):
            for o in range(out_ch):
                for i in range(oh):
                    for j in range(ow):
                        a, b = i * self.stride, j * self.stride
                        out[n, o, i, j] = np.sum(xp[n, :, a:a + kh, b:b + kw] * self.weights[o]) + self.bias[o]
        return out
