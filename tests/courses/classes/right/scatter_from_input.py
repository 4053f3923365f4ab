"""Route: every input pixel is scattered to the output cells it belongs to, so no padding array is needed."""
import numpy as np


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.W = weights
        self.b = bias
        self.s = stride
        self.p = padding

    def forward(self, x):
        n, _, h, w = x.shape
        o, _, kh, kw = self.W.shape
        oh = (h + 2 * self.p - kh) // self.s + 1
        ow = (w + 2 * self.p - kw) // self.s + 1
        y = np.zeros((n, o, oh, ow), dtype=x.dtype)
        y += np.asarray(self.b, dtype=x.dtype)[:, None, None]
        for r in range(h):
            for c in range(w):
                # contribution of this pixel to each tap: (n, o, kh, kw)
                part = np.tensordot(x[:, :, r, c], self.W, axes=(1, 1))
                for u in range(kh):
                    i, rest_i = divmod(r + self.p - u, self.s)
                    if rest_i or not 0 <= i < oh:
                        continue
                    for v in range(kw):
                        j, rest_j = divmod(c + self.p - v, self.s)
                        if rest_j or not 0 <= j < ow:
                            continue
                        y[:, :, i, j] += part[:, :, u, v].astype(x.dtype)
        return y
