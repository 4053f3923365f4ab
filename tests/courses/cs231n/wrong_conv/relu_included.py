"""Wrong: a ReLU is applied to the result, negative outputs become 0."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    F, C, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), 'constant')
    Ho, Wo = (xp.shape[2] - HH) // s + 1, (xp.shape[3] - WW) // s + 1
    out = np.zeros((x.shape[0], F, Ho, Wo), dtype=x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i*s:i*s+HH, j*s:j*s+WW]
            act = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
            out[:, :, i, j] = np.maximum(act, 0)
    return out, (x, w, b, conv_param)
