"""Wrong: when the stride does not divide, a cut-off window at the lower and right edge is kept as well."""
import numpy as np


def pool_forward(A_prev, hparameters, mode='max'):
    m, H, W, C = A_prev.shape
    f, stride = hparameters['f'], hparameters['stride']
    n_H = 1 + int(np.ceil((H - f) / stride))
    n_W = 1 + int(np.ceil((W - f) / stride))
    A = np.zeros((m, n_H, n_W, C), dtype=A_prev.dtype)
    for h in range(n_H):
        for w in range(n_W):
            y, x = min(h * stride, H - 1), min(w * stride, W - 1)
            block = A_prev[:, y:y + f, x:x + f, :]
            if mode == "max":
                A[:, h, w] = block.max(axis=(1, 2))
            elif mode == "average":
                A[:, h, w] = block.mean(axis=(1, 2))
    return A, (A_prev, hparameters)
