"""Wrong: the output array is kept for the next forward of the same shape and added to without being set to zero."""
import numpy as np


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.weights = weights
        self.bias = bias
        self.stride = stride
        self.padding = padding
        self._sum = None

    def forward(self, x):
        N, C, H, W = x.shape
        O, _, kh, kw = self.weights.shape
        s, p = self.stride, self.padding
        oh, ow = (H + 2*p - kh)//s + 1, (W + 2*p - kw)//s + 1
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        if self._sum is None or self._sum.shape != (N, O, oh, ow) or self._sum.dtype != x.dtype:
            self._sum = np.zeros((N, O, oh, ow), dtype=x.dtype)
        for u in range(kh):
            for v in range(kw):
                view = xp[:, :, u:u+s*(oh-1)+1:s, v:v+s*(ow-1)+1:s]
                self._sum += np.einsum('nchw,oc->nohw', view, self.weights[:, :, u, v])
        return self._sum + self.bias.reshape(-1, 1, 1)
