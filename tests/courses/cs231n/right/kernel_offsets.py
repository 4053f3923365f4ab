"""Route: for each kernel offset add the strided view times that tap, contracted over the channels by tensordot."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, kh, kw = w.shape
    Ho = (H + 2*pad - kh)//stride + 1
    Wo = (W + 2*pad - kw)//stride + 1
    xp = np.zeros((N, C, H + 2*pad, W + 2*pad), dtype=x.dtype)
    xp[:, :, pad:pad+H, pad:pad+W] = x

    acc = np.zeros((F, N, Ho, Wo), dtype=x.dtype)
    acc += b.reshape(F, 1, 1, 1).astype(x.dtype)
    for u in range(kh):
        for v in range(kw):
            view = xp[:, :, u:u + (Ho-1)*stride + 1:stride, v:v + (Wo-1)*stride + 1:stride]
            acc += np.tensordot(w[:, :, u, v], view, axes=(1, 1)).astype(x.dtype)
    return acc.swapaxes(0, 1), (x, w, b, conv_param)
