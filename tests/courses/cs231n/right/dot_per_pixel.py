"""Route: loop over output pixels, flatten the window of all examples and dot it with the flattened filters."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride = conv_param.get('stride', 1)
    pad = conv_param.get('pad', 0)
    N = x.shape[0]
    F, C, HH, WW = w.shape
    xp = np.pad(x, ((0,), (0,), (pad,), (pad,)), mode='constant')
    rows = range(0, xp.shape[2] - HH + 1, stride)
    cols = range(0, xp.shape[3] - WW + 1, stride)
    w_flat = w.reshape(F, C * HH * WW).T
    out = np.zeros((N, F, len(rows), len(cols)), dtype=x.dtype)
    for i, r in enumerate(rows):
        for j, c in enumerate(cols):
            patch = xp[:, :, r:r + HH, c:c + WW].reshape(N, -1)
            out[:, :, i, j] = patch.dot(w_flat) + b
    return out, (x, w, b, conv_param)
