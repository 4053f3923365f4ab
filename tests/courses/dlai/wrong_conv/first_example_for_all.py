"""Wrong: the padded example is picked once before the loop, so every example gets the result of the first."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, f, n_C_prev, n_C = W.shape
    stride = hparameters['stride']
    pad = hparameters['pad']
    n_H = (n_H_prev + 2*pad - f)//stride + 1
    n_W = (n_W_prev + 2*pad - f)//stride + 1
    Z = np.zeros((m, n_H, n_W, n_C), dtype=A_prev.dtype)
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    a_prev_pad = A_prev_pad[0]
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    a = a_prev_pad[h*stride:h*stride+f, w*stride:w*stride+f, :]
                    Z[i, h, w, c] = (a * W[:, :, :, c]).sum() + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)
