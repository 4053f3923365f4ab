"""Wrong: the running maximum starts at 0, so windows with only negative values give 0."""
import numpy as np


def pool_forward(A_prev, hparameters, mode='max'):
    m, H, W, C = A_prev.shape
    f = hparameters['f']
    s = hparameters['stride']
    n_H = (H - f) // s + 1
    n_W = (W - f) // s + 1
    A = np.zeros((m, n_H, n_W, C), dtype=A_prev.dtype)
    for i in range(f):
        for j in range(f):
            part = A_prev[:, i:i + s*(n_H-1) + 1:s, j:j + s*(n_W-1) + 1:s, :]
            if mode == 'max':
                A = np.maximum(A, part)
            else:
                A = A + part
    if mode == 'average':
        A = A / (f * f)
    return A, (A_prev, hparameters)
