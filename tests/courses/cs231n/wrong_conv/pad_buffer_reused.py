"""Wrong: the padded array is kept per padded shape and its border never cleared, so a call with more padding sees pixels of an earlier one."""
import numpy as np

_buffers = {}


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    shape = (N, C, H + 2 * p, W + 2 * p)
    key = shape + (x.dtype.name,)
    if key not in _buffers:
        _buffers[key] = np.zeros(shape, dtype=x.dtype)
    xp = _buffers[key]
    xp[:, :, p:p + H, p:p + W] = x

    win = np.lib.stride_tricks.sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, ::s, ::s]
    out = np.einsum('nchwij,fcij->nfhw', win, w) + b.reshape(1, F, 1, 1)
    return out, (x, w, b, conv_param)
