"""Wrong: the border is padded by repeating the edge values instead of with zeros."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='edge')
    Ho = 1 + (H + 2 * pad - HH) // stride
    Wo = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo), dtype=x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            win = xp[:, None, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
            out[:, :, i, j] = np.sum(win * w, axis=(2, 3, 4)) + b
    return out, (x, w, b, conv_param)
