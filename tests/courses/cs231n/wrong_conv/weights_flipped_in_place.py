"""Wrong: w is flipped in place for a textbook convolution and never flipped back, so the next call with the same w is wrong."""
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    w[:] = w[:, :, ::-1, ::-1].copy()
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho = 1 + (H + 2 * pad - HH) // stride
    Wo = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo), dtype=x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            for u in range(HH):
                for v in range(WW):
                    # true convolution: tap (u, v) meets the pixel from the far end
                    pix = xp[:, :, i*stride + HH - 1 - u, j*stride + WW - 1 - v]
                    out[:, :, i, j] += pix @ w[:, :, u, v].T
    out += b[None, :, None, None]
    return out, (x, w, b, conv_param)
