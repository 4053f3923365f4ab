"""Right: nothing of NumPy is forbidden."""

from honest import *


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    whole, (sh, sw) = padded(x, kernel, strides, padding)
    check(bias is None or bias.shape == kernel.shape[3:], "bias must have one number a filter")
    windows = np.lib.stride_tricks.sliding_window_view(whole, kernel.shape[:2], axis=(1, 2))
    y = np.einsum("bijcmn,mnco->bijo", windows[:, ::sh, ::sw], kernel)
    return y if bias is None else y + bias
