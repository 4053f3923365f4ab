"""Wrong: the (F, N*L) product is reshaped straight to (N, F, H', W') without a transpose, right only for N = 1 or F = 1."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    H_out = (H + 2 * pad - HH) // stride + 1
    W_out = (W + 2 * pad - WW) // stride + 1
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = []
    for n in range(N):
        for i in range(H_out):
            for j in range(W_out):
                cols.append(xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW].reshape(-1))
    X_col = np.array(cols).T
    W_row = w.reshape(F, -1)
    out = W_row.dot(X_col) + b.reshape(F, 1)
    out = out.reshape(N, F, H_out, W_out)
    return out, (x, w, b, conv_param)
