"""CNN from scratch (Finn)."""
import numpy as np
from math import ceil, floor


def prepare(x, k, s, padding, fill, rounded):
    """Padded input that is large enough for all windows, and the output size."""
    if x.ndim != 4:
        raise ValueError("x: (batch, height, width, channels)")
    if min(k) < 1 or min(s) < 1:
        raise ValueError("window and stride must be >= 1")
    pads, outs = [], []
    for axis in (0, 1):
        n = x.shape[axis + 1]
        if padding == "valid":
            before = after = 0
        elif padding == "same":
            total = max((ceil(n / s[axis]) - 1) * s[axis] + k[axis] - n, 0)
            before, after = total // 2, total - total // 2
        elif isinstance(padding, int):
            before = after = padding
        else:
            before, after = padding[axis]
        if before < 0 or after < 0:
            raise ValueError("padding must be >= 0")
        if n + before + after < k[axis]:
            raise ValueError("window larger than input")
        pads.append((before, after))
        outs.append(rounded((n + before + after - k[axis]) / s[axis]) + 1)
    room = [(o - 1) * st + kk for o, st, kk in zip(outs, s, k)]
    big = np.full((x.shape[0], max(room[0], x.shape[1] + sum(pads[0])),
                   max(room[1], x.shape[2] + sum(pads[1])), x.shape[3]), fill, dtype=x.dtype)
    big[:, pads[0][0]:pads[0][0] + x.shape[1], pads[1][0]:pads[1][0] + x.shape[2]] = x
    return big, outs


def tup(v):
    return v if isinstance(v, tuple) else (v, v)


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    kh, kw, cin, cout = kernel.shape
    s = tup(strides)
    big, (oh, ow) = prepare(x, (kh, kw), s, padding, 0, ceil)  # ceil: no pixel may be lost
    if cin != x.shape[3]:
        raise ValueError("wrong number of channels")
    w = kernel.reshape(-1, cout)
    y = np.empty((len(x), oh, ow, cout), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            patch = big[:, i * s[0]:i * s[0] + kh, j * s[1]:j * s[1] + kw]
            y[:, i, j] = patch.reshape(len(x), kh * kw * cin) @ w
    if bias is not None:
        if bias.shape != (cout,):
            raise ValueError("wrong number of biases")
        y = y + bias
    return y


def pooling(x, pool_size, strides, padding, reduce):
    k = tup(pool_size)
    s = k if strides is None else tup(strides)
    big, (oh, ow) = prepare(x, k, s, padding, np.nan, floor)
    y = np.empty((len(x), oh, ow, x.shape[3]), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            y[:, i, j] = reduce(big[:, i * s[0]:i * s[0] + k[0], j * s[1]:j * s[1] + k[1]], axis=(1, 2))
    return y


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pooling(x, pool_size, strides, padding, np.nanmax)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pooling(x, pool_size, strides, padding, np.nanmean)


def flatten(x):
    return np.reshape(x, (x.shape[0], np.prod(x.shape[1:], dtype=int)))


def dense(x, kernel, bias=None):
    y = x.dot(kernel)
    if bias is not None:
        if bias.shape != (kernel.shape[1],):
            raise ValueError("wrong number of biases")
        y += bias
    return y


def relu(x):
    return np.where(x > 0, x, x.dtype.type(0))


def softmax(x):
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
