"""Wrong: the reshape shortcut is taken when the stride equals pool_height, without looking at pool_width."""
import numpy as np


def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw = pool_param['pool_height'], pool_param['pool_width']
    stride = pool_param['stride']

    if ph == stride and H % ph == 0 and W % pw == 0:
        blocks = x.reshape(N, C, H // ph, ph, W // pw, pw)
        out = blocks.max(axis=3).max(axis=4)
        return out, (x, pool_param)

    Ho, Wo = (H - ph) // stride + 1, (W - pw) // stride + 1
    out = np.empty((N, C, Ho, Wo), dtype=x.dtype)
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = np.max(x[:, :, i*stride:i*stride+ph, j*stride:j*stride+pw], axis=(2, 3))
    return out, (x, pool_param)
