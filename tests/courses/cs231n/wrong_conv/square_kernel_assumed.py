"""Wrong: the kernel height is used for the width too, so only square kernels come out right."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F = w.shape[0]
    K = w.shape[2]
    s, pad = conv_param['stride'], conv_param['pad']
    Ho = (H + 2 * pad - K) // s + 1
    Wo = (W + 2 * pad - K) // s + 1
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, Ho, Wo), dtype=x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            for u in range(K):
                for v in range(min(K, w.shape[3])):
                    pixel = xp[:, :, i * s + u, j * s + v]
                    out[:, :, i, j] += pixel @ w[:, :, u, v].T
    out += b.reshape(1, F, 1, 1)
    return out, (x, w, b, conv_param)
