"""Homework: CNN layers by unrolling (S.)"""
import numpy as np


def to_tuple(v):
    return (v, v) if np.isscalar(v) else tuple(v)


def border_cells(padding, shape, size, strides):
    if padding == "valid":
        return [(0, 0), (0, 0)]
    if padding == "same":
        sides = []
        for n, k, s in zip(shape, size, strides):
            lacking = max(int(np.ceil(n / s) - 1) * s + k - n, 0)
            sides.append((lacking // 2, lacking - lacking // 2))
        return sides
    if isinstance(padding, int):
        return [(padding, padding)] * 2
    return list(padding)


def unroll(x, size, strides, padding, value=0):
    """x (N, H, W, C) -> columns (N, OH, OW, KH * KW, C)"""
    if x.ndim != 4:
        raise ValueError("x must be N H W C")
    (kh, kw), (sh, sw) = to_tuple(size), to_tuple(strides)
    if min(kh, kw, sh, sw) <= 0:
        raise ValueError("must be positive")
    edges = border_cells(padding, x.shape[1:3], (kh, kw), (sh, sw))
    if np.min(edges) < 0:
        raise ValueError("padding must not be negative")
    x = np.pad(x, [(0, 0)] + edges + [(0, 0)], constant_values=value)
    oh = (x.shape[1] - kh) // sh + 1
    ow = (x.shape[2] - kw) // sw + 1
    if oh < 1 or ow < 1:
        raise ValueError("the window is larger than the image")
    # where each tap of each window lies
    ri = sh * np.arange(oh)[:, None] + np.arange(kh)[None, :]
    ci = sw * np.arange(ow)[:, None] + np.arange(kw)[None, :]
    blocks = x[:, ri[:, None, :, None], ci[None, :, None, :], :]
    return blocks.reshape(x.shape[0], oh, ow, kh * kw, x.shape[3])


def relu(x):
    return np.where(x > 0, x, np.zeros_like(x))


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if kernel.ndim != 4:
        raise ValueError("expected a kernel (KH, KW, C, F)")
    kh, kw, c, f = kernel.shape
    ci = unroll(x, (kh, kw), strides, padding)
    if c != x.shape[3]:
        raise ValueError("the kernel has another depth than the image")
    n, oh, ow = ci.shape[:3]
    answer = ci.reshape(n * oh * ow, kh * kw * c) @ kernel.reshape(kh * kw * c, f)
    if bias is not None:
        if bias.shape != (f,):
            raise ValueError("one bias per filter is needed")
        answer = answer + bias
    return answer.reshape(n, oh, ow, f)


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    if strides is None:
        strides = pool_size
    return unroll(x, pool_size, strides, padding, value=-np.inf).max(axis=3)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    if strides is None:
        strides = pool_size
    sums = unroll(x, pool_size, strides, padding).sum(axis=3)
    counts = unroll(np.ones_like(x), pool_size, strides, padding).sum(axis=3)
    return sums / counts


def flatten(x):
    n, h, w, c = x.shape
    return x.reshape(n, h * w * c)


def dense(x, kernel, bias=None):
    answer = x @ kernel
    if bias is not None:
        if bias.shape != answer.shape[1:]:
            raise ValueError("one bias per output is needed")
        answer = answer + bias
    return answer
