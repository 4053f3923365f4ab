"""Route: loop only over the f*f kernel positions and add up shifted, strided inputs times W[i, j]."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    stride = hparameters['stride']
    pad = hparameters['pad']
    m, nh, nw, _ = A_prev.shape
    f, _, _, n_C = W.shape
    oh = (nh + 2 * pad - f) // stride + 1
    ow = (nw + 2 * pad - f) // stride + 1
    Ap = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))

    Z = np.zeros((m, oh, ow, n_C), dtype=A_prev.dtype)
    for i in range(f):
        for j in range(f):
            part = Ap[:, i:i + stride * (oh - 1) + 1:stride, j:j + stride * (ow - 1) + 1:stride, :]
            Z += (part @ W[i, j]).astype(A_prev.dtype)
    Z += b.astype(A_prev.dtype)
    return Z, (A_prev, W, b, hparameters)
