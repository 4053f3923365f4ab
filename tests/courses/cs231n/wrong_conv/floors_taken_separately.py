"""Wrong: the size is H//stride + 2*pad//stride - HH//stride + 1, which differs from the floor of the whole for some sizes."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s = conv_param['stride']
    p = conv_param['pad']
    H2 = H // s + 2 * p // s - HH // s + 1
    W2 = W // s + 2 * p // s - WW // s + 1
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode='constant')
    out = np.zeros((N, F, H2, W2), dtype=x.dtype)
    for n in range(N):
        for k in range(F):
            for i in range(H2):
                for j in range(W2):
                    win = xp[n, :, i*s:i*s+HH, j*s:j*s+WW]
                    out[n, k, i, j] = (win * w[k][:, :win.shape[1], :win.shape[2]]).sum() + b[k]
    return out, (x, w, b, conv_param)
