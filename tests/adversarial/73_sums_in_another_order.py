"""Right: any order of summation is within the bound."""

from honest import *


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    whole, (sh, sw) = padded(x, kernel, strides, padding)
    check(bias is None or bias.shape == kernel.shape[3:], "bias must have one number a filter")
    windows = np.lib.stride_tricks.sliding_window_view(whole, kernel.shape[:2], axis=(1, 2))
    windows = windows[:, ::sh, ::sw].transpose(0, 1, 2, 4, 5, 3)
    columns = windows.reshape(*windows.shape[:3], kernel[..., 0].size)[..., ::-1]
    y = np.zeros((*columns.shape[:3], kernel.shape[3]), x.dtype)
    for o in range(kernel.shape[3]):
        y[..., o] = np.sum(columns * kernel[..., o].ravel()[::-1], axis=-1)
    return y if bias is None else bias + y
