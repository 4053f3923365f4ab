"""Wrong: the stride is used for the rows only, columns move by 1 (and the output is as wide as with stride 1)."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    stride = conv_param['stride']
    pad = conv_param['pad']
    Hp = 1 + (H + 2 * pad - HH) // stride
    Wp = 1 + (W + 2 * pad - WW)
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, Hp, Wp), dtype=x.dtype)
    for n in range(N):
        for i in range(Hp):
            for j in range(Wp):
                patch = xp[n, :, i*stride:i*stride+HH, j:j+WW]
                out[n, :, i, j] = np.sum(patch * w, axis=(1, 2, 3)) + b
    return out, (x, w, b, conv_param)
