"""Wrong: the reshape shortcut for stride == f drops the surplus rows and columns at the front instead of at the end."""
import numpy as np


def pool_forward(A_prev, hparameters, mode='max'):
    m, H, W, C = A_prev.shape
    f, s = hparameters['f'], hparameters['stride']
    if mode == 'max':
        fun = np.max
    else:
        fun = np.mean

    if s == f:
        A = A_prev[:, H % f:, W % f:, :]
        A = A.reshape(m, H // f, f, W // f, f, C)
        return fun(A, axis=(2, 4)), (A_prev, hparameters)

    n_H, n_W = (H - f) // s + 1, (W - f) // s + 1
    A = np.empty((m, n_H, n_W, C), dtype=A_prev.dtype)
    for h in range(n_H):
        for w in range(n_W):
            A[:, h, w] = fun(A_prev[:, h*s:h*s+f, w*s:w*s+f], axis=(1, 2))
    return A, (A_prev, hparameters)
