"""Route: loop over the output pixels only, all examples and filters at once."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    m, H, V, C = A_prev.shape
    f, _, _, K = W.shape
    s = hparameters['stride']
    p = hparameters['pad']
    out_h = int(np.floor((H + 2 * p - f) / s)) + 1
    out_w = int(np.floor((V + 2 * p - f) / s)) + 1
    if p > 0:
        X = np.zeros((m, H + 2 * p, V + 2 * p, C), dtype=A_prev.dtype)
        X[:, p:-p, p:-p, :] = A_prev
    else:
        X = A_prev
    Z = np.empty((m, out_h, out_w, K), dtype=A_prev.dtype)
    for y in range(out_h):
        for x in range(out_w):
            block = X[:, y * s:y * s + f, x * s:x * s + f, :]
            Z[:, y, x, :] = np.tensordot(block, W, axes=3) + b[0, 0, 0]
    return Z, (A_prev, W, b, hparameters)
