"""Wrong: the sum runs over RGB only, input channels after the third are left out."""
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters['stride'], hparameters['pad']
    f, n_C = W.shape[0], W.shape[-1]
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    n_H = (X.shape[1] - f) // s + 1
    n_W = (X.shape[2] - f) // s + 1
    Z = np.zeros((A_prev.shape[0], n_H, n_W, n_C), dtype=A_prev.dtype)
    for channel in range(min(3, A_prev.shape[3])):
        img = X[..., channel]
        for h in range(n_H):
            for w in range(n_W):
                patch = img[:, h*s:h*s+f, w*s:w*s+f]
                Z[:, h, w, :] += np.einsum('mij,ijo->mo', patch, W[:, :, channel, :])
    Z += b
    return Z, (A_prev, W, b, hparameters)
