"""Wrong: the kernel is rotated by 180 degrees (textbook convolution instead of cross-correlation)."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters['stride'], hparameters['pad']
    m, nh, nw, _ = A_prev.shape
    f, _, _, n_C = W.shape
    kernel = np.flip(W, axis=(0, 1))
    oh, ow = (nh + 2 * pad - f) // stride + 1, (nw + 2 * pad - f) // stride + 1
    Ap = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    Z = np.zeros((m, oh, ow, n_C), dtype=A_prev.dtype)
    for y in range(oh):
        for x in range(ow):
            Z[:, y, x] = np.tensordot(Ap[:, y*stride:y*stride+f, x*stride:x*stride+f], kernel, axes=3)
    return Z + b, (A_prev, W, b, hparameters)
