"""Route: sliding_window_view and a single einsum."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s = conv_param['stride']
    p = conv_param['pad']
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))
    v = v[:, :, ::s, ::s]
    out = np.einsum('nchwij,fcij->nfhw', v, w, optimize=True)
    out = out + b[None, :, None, None]
    return out.astype(x.dtype, copy=False), (x, w, b, conv_param)
