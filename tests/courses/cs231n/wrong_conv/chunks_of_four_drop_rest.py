"""Wrong: batches of more than four are done in chunks of four and the incomplete last chunk stays 0."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    Ho = (H + 2 * pad - HH) // stride + 1
    Wo = (W + 2 * pad - WW) // stride + 1
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, Ho, Wo), dtype=x.dtype)

    chunk = min(4, N)
    for k in range(N // chunk):
        part = xp[k * chunk:(k + 1) * chunk]
        for i in range(Ho):
            for j in range(Wo):
                patch = part[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
                val = np.einsum('ncij,fcij->nf', patch, w) + b
                out[k * chunk:(k + 1) * chunk, :, i, j] = val
    return out, (x, w, b, conv_param)
