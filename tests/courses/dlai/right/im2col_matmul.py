"""Route: copy every patch into the row of a big matrix (im2col), then one matrix product."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    m, H, Wd, C = A_prev.shape
    f = W.shape[0]
    n_C = W.shape[3]
    stride, pad = hparameters['stride'], hparameters['pad']
    n_H = (H - f + 2 * pad) // stride + 1
    n_W = (Wd - f + 2 * pad) // stride + 1

    X = np.zeros((m, H + 2 * pad, Wd + 2 * pad, C), dtype=A_prev.dtype)
    X[:, pad:pad + H, pad:pad + Wd, :] = A_prev

    cols = np.empty((m * n_H * n_W, f * f * C), dtype=A_prev.dtype)
    row = 0
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                patch = X[i, h * stride:h * stride + f, w * stride:w * stride + f]
                cols[row] = patch.ravel()
                row += 1

    Z = cols @ W.reshape(-1, n_C) + b.reshape(1, n_C)
    Z = Z.reshape(m, n_H, n_W, n_C).astype(A_prev.dtype)
    return Z, (A_prev, W, b, hparameters)
