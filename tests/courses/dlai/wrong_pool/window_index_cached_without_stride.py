"""Wrong: the window index grid is cached by input size and f only, so a later call with another stride gets the old grid."""
import numpy as np

_grids = {}


def pool_forward(A_prev, hparameters, mode='max'):
    m, H, W, C = A_prev.shape
    f = hparameters['f']
    stride = hparameters['stride']
    if (H, W, f) not in _grids:
        r = np.arange(0, H - f + 1, stride)[:, None] + np.arange(f)
        c = np.arange(0, W - f + 1, stride)[:, None] + np.arange(f)
        _grids[(H, W, f)] = (r[:, None, :, None], c[None, :, None, :])
    rows, cols = _grids[(H, W, f)]
    patches = A_prev[:, rows, cols, :]
    if mode == 'max':
        A = patches.max(axis=(3, 4))
    else:
        A = patches.mean(axis=(3, 4))
    return A, (A_prev, hparameters)
