"""Route: sliding_window_view over the padded input, then one tensordot with the filters."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    padded = np.pad(A_prev, [(0, 0), (p, p), (p, p), (0, 0)])
    # (m, H, W, C, f, f)
    win = sliding_window_view(padded, (f, f), axis=(1, 2))[:, ::s, ::s]
    Z = np.tensordot(win, W, axes=([4, 5, 3], [0, 1, 2])) + b
    return Z.astype(A_prev.dtype, copy=False), (A_prev, W, b, hparameters)
