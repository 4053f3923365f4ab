"""Wrong: the weights are read as (in, out, kh, kw), it fails or mixes channels up unless there is one of each."""
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
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        win = sliding_window_view(xp, self.weights.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
        out = np.einsum('nchwij,coij->nohw', win, self.weights)
        return out + self.bias.reshape(1, -1, 1, 1)
