import numpy as np


def require(ok, why):
    if not ok:
        raise ValueError(why)


def hw(value):
    return (value, value) if isinstance(value, (int, np.integer)) else tuple(value)


def total_same(n, k, s):
    outputs = (n + s - 1) // s
    return max(0, (outputs - 1) * s + k - n)


def four_sides(padding, x, k, s):
    if isinstance(padding, str):
        require(padding in ("valid", "same"), "unknown padding")
        if padding == "valid":
            return 0, 0, 0, 0
        h, w = total_same(x.shape[1], k[0], s[0]), total_same(x.shape[2], k[1], s[1])
        return h // 2, h - h // 2, w // 2, w - w // 2
    if isinstance(padding, int):
        return padding, padding, padding, padding
    (a, b), (c, d) = padding
    return a, b, c, d


def check(x, k, s, sides):
    require(x.ndim == 4, "four axes, please")
    require(min(k) > 0 and min(s) > 0, "sizes and strides are positive")
    require(min(sides) >= 0, "padding is not negative")
    a, b, c, d = sides
    require(x.shape[1] + a + b >= k[0] and x.shape[2] + c + d >= k[1], "too large a window")


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    require(x.ndim == 4 and kernel.ndim == 4, "four axes, please")
    k, s = kernel.shape[:2], hw(strides)
    require(min(s) > 0, "strides are positive")
    sides = four_sides(padding, x, k, s)
    check(x, k, s, sides)
    require(x.shape[3] == kernel.shape[2], "channels differ")
    require(bias is None or bias.shape == (kernel.shape[3],), "a bias for each filter")
    top, _, left, _ = sides
    x = np.pad(x, ((0, 0), (top, 0), (left, 0), (0, 0)))  # move the image down and right
    rows, cols = (x.shape[1] - k[0]) // s[0] + 1, (x.shape[2] - k[1]) // s[1] + 1
    require(rows > 0 and cols > 0, "too large a window")
    y = np.zeros((x.shape[0], rows, cols, kernel.shape[3]), x.dtype)
    for r in range(rows):
        for c in range(cols):
            cut = x[:, r * s[0]:r * s[0] + k[0], c * s[1]:c * s[1] + k[1], :, None]
            y[:, r, c, :] = (cut * kernel).sum(axis=(1, 2, 3))
    return y if bias is None else y + bias


def pool2d(x, pool_size, strides, padding, f):
    k = hw(pool_size)
    s = k if strides is None else hw(strides)
    require(min(k) > 0 and min(s) > 0, "sizes and strides are positive")
    require(x.ndim == 4, "four axes, please")
    sides = four_sides(padding, x, k, s)
    check(x, k, s, sides)
    top, bottom, left, right = sides
    n, h, w, c = x.shape
    rows, cols = (h + top + bottom - k[0]) // s[0] + 1, (w + left + right - k[1]) // s[1] + 1
    y = np.zeros((n, rows, cols, c), x.dtype)
    for r in range(rows):
        for q in range(cols):
            r0, c0 = r * s[0] - top, q * s[1] - left
            cut = x[:, max(r0, 0):min(r0 + k[0], h), max(c0, 0):min(c0 + k[1], w)]
            y[:, r, q] = f(cut, axis=(1, 2))
    return y


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool2d(x, pool_size, strides, padding, np.amax)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool2d(x, pool_size, strides, padding, np.mean)


def flatten(x):
    out = np.zeros((x.shape[0], x.shape[1] * x.shape[2] * x.shape[3]), x.dtype)
    for i, image in enumerate(x):
        out[i] = image.flatten()
    return out


def dense(x, kernel, bias=None):
    require(x.shape[-1] == kernel.shape[0], "shapes do not fit")
    require(bias is None or bias.shape == kernel.shape[1:], "a bias for each output")
    return x @ kernel + (np.zeros(kernel.shape[1], x.dtype) if bias is None else bias)


def relu(x):
    return np.maximum(x, np.zeros_like(x))


def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    p = np.exp(x)
    return p / np.sum(p, axis=-1, keepdims=True)
