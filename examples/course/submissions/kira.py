import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# ---------- helpers ----------
def pair(v): return (v, v) if isinstance(v, int) else v

def pads(mode, hw, k, s):
    if mode == "valid": return [(0, 0), (0, 0)]
    if isinstance(mode, int): return [(mode, mode), (mode, mode)]
    if mode != "same": return list(mode)
    need = [max((int(np.ceil(n / t)) - 1) * t + f - n, 0) for n, f, t in zip(hw, k, s)]
    return [(p // 2, p - p // 2) for p in need]

def look(x, k, s, mode, fill):
    k, s = pair(k), pair(s)
    if x.ndim != 4: raise ValueError("x must be 4-dimensional")
    if min(k) < 1 or min(s) < 1: raise ValueError("sizes must be positive")
    p = pads(mode, x.shape[1:3], k, s)
    if min(map(min, p)) < 0: raise ValueError("padding must not be negative")
    x = np.pad(x, [(0, 0), *p, (0, 0)], constant_values=fill)
    if x.shape[1] < k[0] or x.shape[2] < k[1]: raise ValueError("window does not fit")
    return sliding_window_view(x, k, (1, 2))[:, ::s[0], ::s[1]]

# ---------- layers ----------
def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if kernel.ndim != 4: raise ValueError("kernel must be 4-dimensional")
    if x.shape[-1] != kernel.shape[2]: raise ValueError("depth")
    if bias is not None and bias.shape != (kernel.shape[3],): raise ValueError("bias")
    v = look(x, kernel.shape[:2], strides, padding, 0).transpose(0, 1, 2, 4, 5, 3)
    y = np.tensordot(v, kernel, axes=3)
    return y if bias is None else y + bias

def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return look(x, pool_size, pool_size if strides is None else strides, padding, -np.inf).max((4, 5))

def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    s = pool_size if strides is None else strides
    return look(x, pool_size, s, padding, 0).sum((4, 5)) / look(np.ones_like(x), pool_size, s, padding, 0).sum((4, 5))

def flatten(x):
    return x.reshape(x.shape[0], x.shape[1] * x.shape[2] * x.shape[3])

def dense(x, kernel, bias=None):
    if bias is None: return x @ kernel
    if bias.shape != (kernel.shape[1],): raise ValueError("bias")
    return x @ kernel + bias

def relu(x):
    x[x < 0] = 0
    return x

def softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)
