"""Wrong: pixels are picked by C-order flat indices from the array in memory order, wrong if x is laid out otherwise (e.g. a transposed view)."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    F, C, HH, WW = w.shape
    if pad > 0:
        xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    else:
        xp = x
    N, _, Hp, Wp = xp.shape
    Ho, Wo = (Hp - HH) // stride + 1, (Wp - WW) // stride + 1

    flat = xp.ravel(order='K')
    c = np.arange(C)[:, None, None] * Hp * Wp
    u = np.arange(HH)[None, :, None] * Wp
    v = np.arange(WW)[None, None, :]
    taps = (c + u + v).ravel()
    n = np.arange(N)[:, None, None] * C * Hp * Wp
    i = np.arange(Ho)[None, :, None] * stride * Wp
    j = np.arange(Wo)[None, None, :] * stride
    starts = (n + i + j).ravel()
    cols = flat[starts[:, None] + taps[None, :]]

    out = cols @ w.reshape(F, -1).T + b
    out = out.reshape(N, Ho, Wo, F).transpose(0, 3, 1, 2)
    return out, (x, w, b, conv_param)
