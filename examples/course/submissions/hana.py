"""Assignment 2. All windows at once, by as_strided."""

import numpy as np
from numpy.lib.stride_tricks import as_strided


def _norm(v):
    if isinstance(v, int):
        v = (v, v)
    if min(v) < 1:
        raise ValueError(f"must be positive: {v}")
    return v


def _pad(x, win, st, padding):
    if x.ndim != 4:
        raise ValueError(f"4 dimensions expected, got {x.ndim}")
    p = padding
    if p == "valid":
        p = 0
    if p == "same":
        t = [max(-(-n // s) * s - s + k - n, 0) for n, k, s in zip(x.shape[1:3], win, st)]
        p = [(v // 2, v - v // 2) for v in t]
    if isinstance(p, int):
        p = [(p, p), (p, p)]
    return np.pad(x, [(0, 0), p[0], p[1], (0, 0)])  # np.pad checks for negative numbers


def _windows(x, win, st):
    n, h, w, c = x.shape
    oh, ow = (h - win[0]) // st[0] + 1, (w - win[1]) // st[1] + 1
    if oh < 1 or ow < 1:
        raise ValueError("window too large")
    a, b, d, e = x.strides
    return as_strided(x, (n, oh, ow, *win, c), (a, b * st[0], d * st[1], b, d, e), writeable=False)


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if kernel.ndim != 4:
        raise ValueError(f"4 dimensions expected, got {kernel.ndim}")
    st, win = _norm(strides), kernel.shape[:2]
    padded = _pad(x, win, st, padding)
    if kernel.shape[2] != x.shape[3]:
        raise ValueError("input channels")
    y = np.tensordot(_windows(padded, win, st), kernel, 3)
    if bias is not None:
        if bias.shape != y.shape[-1:]:
            raise ValueError("bias")
        y += bias
    return y


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    win = _norm(pool_size)
    st = win if strides is None else _norm(strides)
    return _windows(_pad(x, win, st, padding), win, st).max((3, 4))


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    win = _norm(pool_size)
    st = win if strides is None else _norm(strides)
    total = _windows(_pad(x, win, st, padding), win, st).sum((3, 4))
    count = _windows(_pad(np.ones(x.shape, x.dtype), win, st, padding), win, st).sum((3, 4))
    return total / count


def flatten(x):
    n, h, w, c = x.shape
    return np.ascontiguousarray(x).reshape(n, h * w * c)


def dense(x, kernel, bias=None):
    y = x @ kernel
    if bias is not None:
        if bias.shape != (y.shape[1],):
            raise ValueError("bias")
        y += bias
    return y


def relu(x):
    return np.fmax(x, 0)


def softmax(x):
    e = np.exp(x - x.max(-1)[..., np.newaxis])
    return e / e.sum(-1)[..., np.newaxis]
