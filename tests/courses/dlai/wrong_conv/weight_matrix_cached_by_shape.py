"""Wrong: the reshaped weight matrix is remembered by shape and dtype only, so later weights of that shape are ignored."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

_weight_matrices = {}


def conv_forward(A_prev, W, b, hparameters):
    f, _, C, n_C = W.shape
    s = hparameters['stride']
    p = hparameters['pad']
    key = (W.shape, W.dtype.str)
    if key not in _weight_matrices:
        _weight_matrices[key] = W.transpose(2, 0, 1, 3).reshape(C * f * f, n_C).copy()
    M = _weight_matrices[key]

    Ap = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    win = sliding_window_view(Ap, (f, f), axis=(1, 2))[:, ::s, ::s]
    m, n_H, n_W = win.shape[:3]
    Z = win.reshape(m * n_H * n_W, -1) @ M
    Z = Z.reshape(m, n_H, n_W, n_C) + b
    return Z, (A_prev, W, b, hparameters)
