import numpy as np


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    kh, kw, c, f = kernel.shape
    h = x.shape[1] - kh + 1
    w = x.shape[2] - kw + 1
    y = np.zeros((x.shape[0], h, w, f), x.dtype)
    for i in range(h):
        for j in range(w):
            y[:, i, j] = np.tensordot(x[:, i:i + kh, j:j + kw], kernel, 3)
    if bias is not None
        y = y + bias
    return y


def flatten(x):
    return x.reshape(len(x), int(np.prod(x.shape[1:])))


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
