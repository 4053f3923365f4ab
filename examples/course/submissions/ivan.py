# Ivan
import itertools
import numpy as np

VALID, SAME = "valid", "same"


def err(msg):
    raise ValueError(msg)


def spans(n, k, s, pad):
    """[(first, last + 1) of each window, cut off at the border] along one axis"""
    if k < 1 or s < 1:
        err("size and stride: 1 or more")
    before, after = pad
    if before < 0 or after < 0:
        err("padding: 0 or more")
    starts = range(-before, n + after - k + 1, s)
    if len(starts) == 0:
        err("the window does not fit")
    return starts


def both_axes(x, k, s, padding):
    if x.ndim != 4:
        err("x: 4 axes")
    k = (k, k) if isinstance(k, int) else k
    s = (s, s) if isinstance(s, int) else s
    result = []
    for a in range(2):
        n = x.shape[1 + a]
        if padding == VALID:
            p = (0, 0)
        elif padding == SAME:
            if s[a] < 1:
                err("stride: 1 or more")
            t = max(((n - 1) // s[a]) * s[a] + k[a] - n, 0)
            p = (t // 2, (t + 1) // 2)
        elif isinstance(padding, int):
            p = (padding, padding)
        else:
            p = padding[a]
        result.append(spans(n, k[a], s[a], p))
    return k, result[0], result[1]


def conv2d(x, kernel, bias=None, *, strides=1, padding=VALID):
    if kernel.ndim != 4:
        err("kernel: 4 axes")
    (kh, kw), rows, cols = both_axes(x, kernel.shape[:2], strides, padding)
    n, h, w, c = x.shape
    if kernel.shape[2] != c:
        err("kernel: as deep as x")
    f = kernel.shape[3]
    if bias is not None and bias.shape != (f,):
        err("bias: one a filter")
    y = np.zeros((n, len(rows), len(cols), f), x.dtype)
    for (i, r), (j, q) in itertools.product(enumerate(rows), enumerate(cols)):
        for m, l in itertools.product(range(kh), range(kw)):
            if 0 <= r + m < h and 0 <= q + l < w:
                y[:, i, j] += x[:, r + m, q + l] @ kernel[m, l]
    if bias is not None:
        y += bias
    return y


def _pool(x, k, s, padding, f):
    (kh, kw), rows, cols = both_axes(x, k, k if s is None else s, padding)
    n, h, w, c = x.shape
    y = np.zeros((n, len(rows), len(cols), c), x.dtype)
    for (i, r), (j, q) in itertools.product(enumerate(rows), enumerate(cols)):
        y[:, i, j] = f(x[:, max(r, 0):r + kh, max(q, 0):q + kw], (1, 2))
    return y


def max_pool2d(x, pool_size, *, strides=None, padding=VALID):
    return _pool(x, pool_size, strides, padding, np.max)


def avg_pool2d(x, pool_size, *, strides=None, padding=VALID):
    return _pool(x, pool_size, strides, padding, np.mean)


def flatten(x):
    return x.reshape(x.shape[:1] + (int(np.prod(x.shape[1:])),))


def dense(x, kernel, bias=None):
    if x.shape[1] != kernel.shape[0]:
        err("kernel: one row for each input")
    if bias is None:
        return x @ kernel
    if bias.shape[0] != kernel.shape[1]:
        err("bias: one an output")
    return x @ kernel + bias


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
