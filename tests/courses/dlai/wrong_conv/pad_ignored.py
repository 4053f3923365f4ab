"""Wrong: hparameters['pad'] is read but the input is never padded."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv_forward(A_prev, W, b, hparameters):
    stride = hparameters['stride']
    pad = hparameters['pad']
    f = W.shape[0]
    win = sliding_window_view(A_prev, (f, f), axis=(1, 2))[:, ::stride, ::stride]
    Z = np.einsum('mhwcij,ijco->mhwo', win, W) + b
    return Z, (A_prev, W, b, hparameters)
