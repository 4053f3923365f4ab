"""Wrong: only the first and second input channel are added up, more channels are lost."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    Ho = 1 + (H + 2 * pad - HH) // stride
    Wo = 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, Ho, Wo), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    a, c = i * stride, j * stride
                    total = np.sum(xp[n, 0, a:a+HH, c:c+WW] * w[f, 0])
                    if C > 1:
                        total = total + np.sum(xp[n, 1, a:a+HH, c:c+WW] * w[f, 1])
                    out[n, f, i, j] = total + b[f]
    return out, (x, w, b, conv_param)
