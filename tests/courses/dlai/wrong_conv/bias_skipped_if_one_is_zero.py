"""Wrong: the bias is added only if all its entries are non-zero (all instead of any)."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    m, H, V, _ = A_prev.shape
    f, _, _, K = W.shape
    s, p = hparameters['stride'], hparameters['pad']
    oh = (H + 2 * p - f) // s + 1
    ow = (V + 2 * p - f) // s + 1
    Ap = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    Z = np.zeros((m, oh, ow, K), dtype=A_prev.dtype)
    for i in range(f):
        for j in range(f):
            Z += Ap[:, i:i + s * (oh - 1) + 1:s, j:j + s * (ow - 1) + 1:s, :] @ W[i, j]
    if np.all(b):
        Z += b
    return Z, (A_prev, W, b, hparameters)
