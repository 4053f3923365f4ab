"""Route: as_strided patches of the padded input laid out as columns, then w_row @ cols."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    out_h = (H + 2 * pad - HH) // stride + 1
    out_w = (W + 2 * pad - WW) // stride + 1

    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    sn, sc, sh, sw = xp.strides
    patches = np.lib.stride_tricks.as_strided(
        xp, shape=(C, HH, WW, N, out_h, out_w),
        strides=(sc, sh, sw, sn, sh * stride, sw * stride), writeable=False)
    cols = patches.reshape(C * HH * WW, N * out_h * out_w)

    res = w.reshape(F, -1) @ cols + b.reshape(-1, 1)
    out = res.reshape(F, N, out_h, out_w).transpose(1, 0, 2, 3)
    return np.ascontiguousarray(out, dtype=x.dtype), (x, w, b, conv_param)
