"""Wrong: the windows move by f instead of by the stride (the output size is that of stride f as well)."""
import numpy as np


def pool_forward(A_prev, hparameters, mode='max'):
    f, stride = hparameters['f'], hparameters['stride']
    m, H, W, C = A_prev.shape
    n_H, n_W = (H - f) // f + 1, (W - f) // f + 1
    reduce = np.max if mode == 'max' else np.mean
    A = np.zeros((m, n_H, n_W, C), dtype=A_prev.dtype)
    for h in range(n_H):
        for w in range(n_W):
            A[:, h, w, :] = reduce(A_prev[:, h*f:(h+1)*f, w*f:(w+1)*f, :], axis=(1, 2))
    return A, (A_prev, hparameters)
