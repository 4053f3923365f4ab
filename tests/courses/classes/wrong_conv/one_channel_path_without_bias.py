"""Wrong: the shortcut for grey images (one input channel, stride 1) returns before the bias is added."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.weights = weights
        self.bias = bias
        self.stride = stride
        self.padding = padding

    def forward(self, x):
        p, s = self.padding, self.stride
        kh, kw = self.weights.shape[2:]
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        if x.shape[1] == 1 and s == 1:
            win = sliding_window_view(xp[:, 0], (kh, kw), axis=(1, 2))
            return np.einsum('nhwij,oij->nohw', win, self.weights[:, 0])
        win = sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::s, ::s]
        out = np.einsum('nchwij,ocij->nohw', win, self.weights)
        out += self.bias[None, :, None, None]
        return out
