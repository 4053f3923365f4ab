"""Three mistakes that are made all the time. `refcnn check` finds each of them."""

import numpy as np


def conv2d(x, kernel, bias=None):
    # Mistake 1: the kernel is turned by 180 degrees, as in a mathematician's convolution.
    kernel = kernel[::-1, ::-1]
    kh, kw, channels, filters = kernel.shape
    if channels != x.shape[3] or x.ndim != 4:
        raise ValueError("kernel and x do not match")
    rows, columns = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel is larger than the input")
    y = np.zeros((x.shape[0], rows, columns, filters), x.dtype)
    for i in range(rows):
        for j in range(columns):
            patch = x[:, i : i + kh, j : j + kw, :]
            y[:, i, j, :] = np.tensordot(patch, kernel, 3)
    return y if bias is None else y + bias.reshape(1, 1, 1, filters)


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    ph, pw = (pool_size, pool_size) if isinstance(pool_size, int) else pool_size
    strides = (ph, pw) if strides is None else strides
    sh, sw = (strides, strides) if isinstance(strides, int) else strides
    if min(ph, pw, sh, sw) < 1:
        raise ValueError("sizes and strides must be at least 1")
    if padding == "same":
        total_h = max((-(-x.shape[1] // sh) - 1) * sh + ph - x.shape[1], 0)
        total_w = max((-(-x.shape[2] // sw) - 1) * sw + pw - x.shape[2], 0)
        around = ((total_h // 2, total_h - total_h // 2), (total_w // 2, total_w - total_w // 2))
        # Mistake 2: padded with zeros, which win wherever all real values are negative.
        x = np.pad(x, ((0, 0), *around, (0, 0)))
    elif padding != "valid":
        raise NotImplementedError("only valid and same")
    rows, columns = (x.shape[1] - ph) // sh + 1, (x.shape[2] - pw) // sw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the window is larger than the input")
    y = np.zeros((x.shape[0], rows, columns, x.shape[3]), x.dtype)
    for i in range(rows):
        for j in range(columns):
            y[:, i, j] = x[:, i * sh : i * sh + ph, j * sw : j * sw + pw].max(axis=(1, 2))
    return y


def softmax(x):
    # Mistake 3: without subtracting the largest logit first, exp overflows to inf.
    with np.errstate(all="ignore"):
        powers = np.exp(x)
        return powers / powers.sum(axis=-1, keepdims=True)
