"""Wrong: bias[0] is added to every output channel."""
import numpy as np


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.weights = weights
        self.bias = bias
        self.stride = stride
        self.padding = padding

    def forward(self, x):
        s, p = self.stride, self.padding
        N, C, H, W = x.shape
        O, _, kh, kw = self.weights.shape
        oh = (H + 2*p - kh)//s + 1
        ow = (W + 2*p - kw)//s + 1
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        out = np.zeros((N, O, oh, ow), dtype=x.dtype)
        for u in range(kh):
            for v in range(kw):
                view = xp[:, :, u:u+s*(oh-1)+1:s, v:v+s*(ow-1)+1:s]
                out += np.einsum('nchw,oc->nohw', view, self.weights[:, :, u, v])
        return out + self.bias[0]
