"""Wrong: input and kernel are each summed over the channels before they are multiplied."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gray = xp.sum(axis=1)
    kernel = w.sum(axis=1)
    v = np.lib.stride_tricks.sliding_window_view(gray, kernel.shape[1:], axis=(1, 2))[:, ::s, ::s]
    out = np.einsum('nhwij,fij->nfhw', v, kernel) + b.reshape(1, -1, 1, 1)
    return out, (x, w, b, conv_param)
