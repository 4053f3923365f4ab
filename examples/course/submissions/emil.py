import numpy as np

# Convolution flips the kernel (see the formula on Wikipedia), so I do, too.


def checkArgs(x, kh, kw, sh, sw):
    if len(x.shape) != 4:
        raise ValueError("x is not 4D")
    if kh < 1 or kw < 1 or sh < 1 or sw < 1:
        raise ValueError("kernel and stride have to be positive")


def addBorder(x, kh, kw, sh, sw, padding, value):
    H, W = x.shape[1], x.shape[2]
    if padding == "valid":
        t = b = l = r = 0
    elif padding == "same":
        ph = max((int(np.ceil(H / sh)) - 1) * sh + kh - H, 0)
        pw = max((int(np.ceil(W / sw)) - 1) * sw + kw - W, 0)
        t, l = ph // 2, pw // 2
        b, r = ph - t, pw - l
    elif isinstance(padding, int):
        t = b = l = r = padding
    else:
        ((t, b), (l, r)) = padding
    if min(t, b, l, r) < 0:
        raise ValueError("padding < 0")
    big = np.ones((x.shape[0], H + t + b, W + l + r, x.shape[3]), x.dtype) * x.dtype.type(value)
    big[:, t:t + H, l:l + W, :] = x
    if big.shape[1] < kh or big.shape[2] < kw:
        raise ValueError("kernel is bigger than x")
    return big


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    sh, sw = (strides, strides) if type(strides) == int else strides
    kh, kw, C, F = kernel.shape
    checkArgs(x, kh, kw, sh, sw)
    if C != x.shape[3]:
        raise ValueError("channels do not match")
    if bias is not None and bias.shape != (F,):
        raise ValueError("bias does not match")
    flipped = np.flip(kernel, (0, 1))
    x = addBorder(x, kh, kw, sh, sw, padding, 0)
    outH, outW = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kw) // sw + 1
    out = np.zeros((x.shape[0], outH, outW, F), x.dtype)
    for i in range(outH):
        for j in range(outW):
            patch = x[:, i * sh:i * sh + kh, j * sw:j * sw + kw, :]
            out[:, i, j, :] = np.tensordot(patch, flipped, axes=3)
    if bias is not None:
        out = out + bias
    return out


def pool(x, size, strides, padding, value, func):
    if strides is None:
        strides = size
    ph, pw = (size, size) if type(size) == int else size
    sh, sw = (strides, strides) if type(strides) == int else strides
    checkArgs(x, ph, pw, sh, sw)
    x = addBorder(x, ph, pw, sh, sw, padding, value)
    outH, outW = (x.shape[1] - ph) // sh + 1, (x.shape[2] - pw) // sw + 1
    out = np.zeros((x.shape[0], outH, outW, x.shape[3]), x.dtype)
    for i in range(outH):
        for j in range(outW):
            out[:, i, j, :] = func(x[:, i * sh:i * sh + ph, j * sw:j * sw + pw, :], axis=(1, 2))
    return out


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool(x, pool_size, strides, padding, -np.inf, np.max)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool(x, pool_size, strides, padding, np.nan, np.nanmean)


def flatten(x):
    return x.reshape(x.shape[0], x.shape[1] * x.shape[2] * x.shape[3])


def dense(x, kernel, bias=None):
    result = np.matmul(x, kernel)
    if bias is not None:
        if len(bias) != kernel.shape[1]:
            raise ValueError("bias does not match")
        result = result + bias
    return result


def relu(x):
    out = x.copy()
    out[out < 0] = 0
    return out


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
