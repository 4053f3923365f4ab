"""Wrong: windows that lie wholly in the padding are skipped to save time and stay 0 instead of getting the bias."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    m, H, V, _ = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters['stride'], hparameters['pad']
    n_H = (H + 2 * pad - f) // stride + 1
    n_W = (V + 2 * pad - f) // stride + 1
    Ap = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    Z = np.zeros((m, n_H, n_W, n_C), dtype=A_prev.dtype)
    for h in range(n_H):
        y0 = h * stride
        if y0 + f <= pad or y0 >= pad + H:
            continue
        for w in range(n_W):
            x0 = w * stride
            if x0 + f <= pad or x0 >= pad + V:
                continue
            for c in range(n_C):
                a = Ap[:, y0:y0 + f, x0:x0 + f, :]
                Z[:, h, w, c] = (a * W[:, :, :, c]).sum(axis=(1, 2, 3)) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)
