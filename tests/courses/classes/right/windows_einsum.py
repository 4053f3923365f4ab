"""Route: sliding windows and einsum."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Conv2D:
    """2D convolution layer (NCHW)."""

    def __init__(self, weights, bias, stride=1, padding=0):
        self.w = np.asarray(weights)
        self.b = np.asarray(bias)
        self.stride = stride
        self.padding = padding

    def _windows(self, x):
        p, s = self.padding, self.stride
        x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        return sliding_window_view(x, self.w.shape[-2:], axis=(-2, -1))[:, :, ::s, ::s]

    def forward(self, x):
        y = np.einsum("bchwkl,ockl->bohw", self._windows(x), self.w)
        y = y + self.b[:, None, None]
        return y.astype(x.dtype, copy=False)
