"""Wrong: the output size uses the stride but the slices start at h and w instead of h*stride and w*stride."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters['stride'], hparameters['pad']
    n_H = (n_H_prev - f + 2 * pad) // stride + 1
    n_W = (n_W_prev - f + 2 * pad) // stride + 1
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    Z = np.zeros((m, n_H, n_W, n_C), dtype=A_prev.dtype)
    for h in range(n_H):
        vert_start, vert_end = h, h + f
        for w in range(n_W):
            horiz_start, horiz_end = w, w + f
            sl = A_prev_pad[:, vert_start:vert_end, horiz_start:horiz_end, :]
            for c in range(n_C):
                Z[:, h, w, c] = np.sum(sl * W[:, :, :, c], axis=(1, 2, 3)) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)
