"""Route: the k, i, j index arrays of the course's im2col and one dot product."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    s, p = conv_param["stride"], conv_param["pad"]
    H_new = (H + 2 * p - HH) // s + 1
    W_new = (W + 2 * p - WW) // s + 1

    i0 = np.tile(np.repeat(np.arange(HH), WW), C)
    i1 = s * np.repeat(np.arange(H_new), W_new)
    j0 = np.tile(np.arange(WW), HH * C)
    j1 = s * np.tile(np.arange(W_new), H_new)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), HH * WW).reshape(-1, 1)

    x_padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant")
    cols = x_padded[:, k, i, j]                       # (N, C*HH*WW, L)
    out = np.matmul(w.reshape(F, -1), cols) + b[:, None]
    out = out.reshape(N, F, H_new, W_new).astype(x.dtype)
    return out, (x, w, b, conv_param)
