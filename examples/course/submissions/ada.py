# CNN assignment, Ada
import numpy as np


def both(v):
    if isinstance(v, int):
        return v, v
    return v[0], v[1]


# one axis: zeros before, zeros after
def pads_of(padding, axis, size, k, s):
    if padding == "valid":
        return 0, 0
    if padding == "same":
        out = size // s
        if size % s != 0:
            out = out + 1
        total = (out - 1) * s + k - size
        if total < 0:
            total = 0
        return total // 2, total - total // 2
    if isinstance(padding, int):
        return padding, padding
    return padding[axis]


def plan(x, window, strides, padding):
    if x.ndim != 4:
        raise ValueError("x needs 4 dimensions")
    kh, kw = both(window)
    sh, sw = both(strides)
    if kh < 1 or kw < 1:
        raise ValueError("window must be at least 1x1")
    if sh < 1 or sw < 1:
        raise ValueError("stride must be at least 1")
    top, bottom = pads_of(padding, 0, x.shape[1], kh, sh)
    left, right = pads_of(padding, 1, x.shape[2], kw, sw)
    if top < 0 or bottom < 0 or left < 0 or right < 0:
        raise ValueError("negative padding")
    free_h = x.shape[1] + top + bottom - kh
    free_w = x.shape[2] + left + right - kw
    if free_h < 0 or free_w < 0:
        raise ValueError("window does not fit into the input")
    return kh, kw, sh, sw, top, left, free_h // sh + 1, free_w // sw + 1


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if kernel.ndim != 4:
        raise ValueError("kernel needs 4 dimensions")
    kh, kw, sh, sw, top, left, oh, ow = plan(x, kernel.shape[:2], strides, padding)
    n, h, w, c = x.shape
    f = kernel.shape[3]
    if kernel.shape[2] != c:
        raise ValueError("channels of kernel and x differ")
    if bias is not None and bias.shape != (f,):
        raise ValueError("need one bias per filter")
    y = np.zeros((n, oh, ow, f), dtype=x.dtype)
    for b in range(n):
        for i in range(oh):
            for j in range(ow):
                for o in range(f):
                    s = x.dtype.type(0)
                    for m in range(kh):
                        r = i * sh + m - top
                        if r < 0 or r >= h:
                            continue
                        for q in range(kw):
                            t = j * sw + q - left
                            if t < 0 or t >= w:
                                continue
                            for d in range(c):
                                s += x[b, r, t, d] * kernel[m, q, d, o]
                    if bias is not None:
                        s += bias[o]
                    y[b, i, j, o] = s
    return y


def pool_loop(x, pool_size, strides, padding, mean):
    if strides is None:
        strides = pool_size
    kh, kw, sh, sw, top, left, oh, ow = plan(x, pool_size, strides, padding)
    n, h, w, c = x.shape
    y = np.zeros((n, oh, ow, c), dtype=x.dtype)
    for b in range(n):
        for i in range(oh):
            for j in range(ow):
                for d in range(c):
                    best = -np.inf
                    s = x.dtype.type(0)
                    count = 0
                    for m in range(kh):
                        for q in range(kw):
                            r = i * sh + m - top
                            t = j * sw + q - left
                            if r < 0 or r >= h or t < 0 or t >= w:
                                continue  # outside the image
                            v = x[b, r, t, d]
                            if v > best:
                                best = v
                            s += v
                            count += 1
                    if mean:
                        y[b, i, j, d] = s / x.dtype.type(count)
                    else:
                        y[b, i, j, d] = best
    return y


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    with np.errstate(over="ignore"):  # s is not needed here and may overflow
        return pool_loop(x, pool_size, strides, padding, mean=False)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool_loop(x, pool_size, strides, padding, mean=True)


def flatten(x):
    n, h, w, c = x.shape
    y = np.zeros((n, h * w * c), dtype=x.dtype)
    for b in range(n):
        k = 0
        for i in range(h):
            for j in range(w):
                for d in range(c):
                    y[b, k] = x[b, i, j, d]
                    k += 1
    return y


def dense(x, kernel, bias=None):
    n, size = x.shape
    if kernel.shape[0] != size:
        raise ValueError("kernel needs one row per input")
    outs = kernel.shape[1]
    if bias is not None and bias.shape != (outs,):
        raise ValueError("need one bias per output")
    y = np.zeros((n, outs), dtype=x.dtype)
    for b in range(n):
        for o in range(outs):
            s = x.dtype.type(0)
            for i in range(size):
                s += x[b, i] * kernel[i, o]
            y[b, o] = s if bias is None else s + bias[o]
    return y


def relu(x):
    y = np.zeros(x.shape, dtype=x.dtype)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            y[index] = x[index]
    return y


def softmax(x):
    y = np.zeros(x.shape, dtype=x.dtype)
    for row in np.ndindex(x.shape[:-1]):
        m = x[row][0]
        for v in x[row]:
            if v > m:
                m = v
        total = x.dtype.type(0)
        for k in range(x.shape[-1]):
            y[row][k] = np.exp(x[row][k] - m)
            total += y[row][k]
        for k in range(x.shape[-1]):
            y[row][k] /= total
    return y
