"""Convolution as one matrix product: image to columns."""
import numpy as np


def as_pair(v):
    return (v, v) if np.isscalar(v) else tuple(v)


def get_padding(padding, shape, size, strides):
    if padding == "valid":
        return [(0, 0), (0, 0)]
    if padding == "same":
        result = []
        for n, k, s in zip(shape, size, strides):
            missing = max(int(np.ceil(n / s) - 1) * s + k - n, 0)
            result.append((missing // 2, missing - missing // 2))
        return result
    if isinstance(padding, int):
        return [(padding, padding)] * 2
    return list(padding)


def im2col(x, size, strides, padding, fill=0):
    """x (N, H, W, C) -> columns (N, OH, OW, KH * KW, C)"""
    if x.ndim != 4:
        raise ValueError("expected (N, H, W, C)")
    (kh, kw), (sh, sw) = as_pair(size), as_pair(strides)
    if min(kh, kw, sh, sw) <= 0:
        raise ValueError("window and strides must be positive")
    pads = get_padding(padding, x.shape[1:3], (kh, kw), (sh, sw))
    if np.min(pads) < 0:
        raise ValueError("padding must not be negative")
    x = np.pad(x, [(0, 0)] + pads + [(0, 0)], constant_values=fill)
    oh = (x.shape[1] - kh) // sh + 1
    ow = (x.shape[2] - kw) // sw + 1
    if oh < 1 or ow < 1:
        raise ValueError("the window is larger than the image")
    # index of the row (column) of each tap of each window
    rows = sh * np.arange(oh)[:, None] + np.arange(kh)[None, :]
    cols = sw * np.arange(ow)[:, None] + np.arange(kw)[None, :]
    patches = x[:, rows[:, None, :, None], cols[None, :, None, :], :]
    return patches.reshape(x.shape[0], oh, ow, kh * kw, x.shape[3])


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if kernel.ndim != 4:
        raise ValueError("expected a kernel (KH, KW, C, F)")
    kh, kw, c, f = kernel.shape
    cols = im2col(x, (kh, kw), strides, padding)
    if c != x.shape[3]:
        raise ValueError("the kernel has another depth than the image")
    n, oh, ow = cols.shape[:3]
    out = cols.reshape(n * oh * ow, kh * kw * c) @ kernel.reshape(kh * kw * c, f)
    if bias is not None:
        if bias.shape != (f,):
            raise ValueError("one bias per filter, please")
        out = out + bias
    return out.reshape(n, oh, ow, f)


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    if strides is None:
        strides = pool_size
    return im2col(x, pool_size, strides, padding, fill=-np.inf).max(axis=3)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    if strides is None:
        strides = pool_size
    total = im2col(x, pool_size, strides, padding).sum(axis=3)
    inside = im2col(np.ones_like(x), pool_size, strides, padding).sum(axis=3)
    return total / inside


def flatten(x):
    n, h, w, c = x.shape
    return x.reshape(n, h * w * c)


def dense(x, kernel, bias=None):
    out = x @ kernel
    if bias is not None:
        if bias.shape != out.shape[1:]:
            raise ValueError("one bias per output, please")
        out = out + bias
    return out


def relu(x):
    return np.where(x > 0, x, np.zeros_like(x))


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
