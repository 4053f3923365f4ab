"""Wrong: the shortcut for 1x1 kernels forgets the padding."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters['stride'], hparameters['pad']
    f = W.shape[0]
    cache = (A_prev, W, b, hparameters)

    if f == 1:
        # just a matrix product per pixel
        Z = A_prev[:, ::stride, ::stride, :] @ W[0, 0] + b
        return Z, cache

    Ap = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    n_H = (Ap.shape[1] - f) // stride + 1
    n_W = (Ap.shape[2] - f) // stride + 1
    Z = np.zeros((A_prev.shape[0], n_H, n_W, W.shape[3]), dtype=A_prev.dtype)
    for h in range(n_H):
        for w in range(n_W):
            Z[:, h, w] = np.tensordot(Ap[:, h*stride:h*stride+f, w*stride:w*stride+f], W, axes=3)
    Z += b
    return Z, cache
