"""Route: index arrays gather all the patches, einsum does the sum."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters['stride'], hparameters['pad']
    f = W.shape[0]
    Ap = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)), 'constant', constant_values=0)
    starts_h = np.arange(0, Ap.shape[1] - f + 1, stride)
    starts_w = np.arange(0, Ap.shape[2] - f + 1, stride)
    k = np.arange(f)
    rows = starts_h[:, None] + k          # (n_H, f)
    cols = starts_w[:, None] + k          # (n_W, f)
    patches = Ap[:, rows[:, None, :, None], cols[None, :, None, :], :]   # m n_H n_W f f C
    Z = np.einsum('mhwijc,ijco->mhwo', patches, W) + b
    cache = (A_prev, W, b, hparameters)
    return Z.astype(A_prev.dtype), cache
