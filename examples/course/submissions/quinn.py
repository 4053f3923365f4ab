import numpy as np


def same(size, window, stride):
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def same_for_max(size, window, stride):
    """Add one cell after the other until the output has size / stride rows."""
    total = 0
    while True:
        if (size + total - window) // stride + 1 == size / stride:
            return total // 2, total - total // 2
        total += 1


def place(x, window, strides, padding, rule=same):
    if x.ndim != 4:
        raise ValueError("x is not a batch of images")
    window = (window, window) if isinstance(window, int) else window
    strides = (strides, strides) if isinstance(strides, int) else strides
    if min(window) < 1 or min(strides) < 1:
        raise ValueError("window and strides must not be smaller than 1")
    if padding == "valid":
        padding = 0
    if padding == "same":
        padding = [rule(x.shape[a + 1], window[a], strides[a]) for a in (0, 1)]
    elif isinstance(padding, int):
        padding = [(padding, padding)] * 2
    for a in (0, 1):
        if min(padding[a]) < 0:
            raise ValueError("padding must not be negative")
        if x.shape[a + 1] + sum(padding[a]) < window[a]:
            raise ValueError("the window does not fit into x")
    return window, strides, list(padding)


def slide(x, window, strides):
    for i, top in enumerate(range(0, x.shape[1] - window[0] + 1, strides[0])):
        for j, left in enumerate(range(0, x.shape[2] - window[1] + 1, strides[1])):
            yield i, j, x[:, top:top + window[0], left:left + window[1]]


def collect(x, cells, last):
    cells = list(cells)
    i, j, _ = cells[-1]
    y = np.empty((len(x), i + 1, j + 1, last), x.dtype)
    for i, j, value in cells:
        y[:, i, j] = value
    return y


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if kernel.ndim != 4:
        raise ValueError("the kernel needs 4 axes")
    window, strides, padding = place(x, kernel.shape[:2], strides, padding)
    if x.shape[3] != kernel.shape[2]:
        raise ValueError("x and kernel differ in depth")
    if bias is not None and bias.shape != (kernel.shape[3],):
        raise ValueError("as many biases as filters, please")
    padded = np.pad(x, [(0, 0), *padding, (0, 0)])
    cells = ((i, j, np.einsum("nabc,abcf->nf", cut, kernel)) for i, j, cut in slide(padded, window, strides))
    y = collect(x, cells, kernel.shape[3])
    return y if bias is None else y + bias


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    strides = pool_size if strides is None else strides
    window, strides, padding = place(x, pool_size, strides, padding, same_for_max)
    padded = np.pad(x, [(0, 0), *padding, (0, 0)], constant_values=-np.inf)
    return collect(x, ((i, j, cut.max((1, 2))) for i, j, cut in slide(padded, window, strides)), x.shape[3])


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    strides = pool_size if strides is None else strides
    window, strides, padding = place(x, pool_size, strides, padding)
    padded = np.pad(x, [(0, 0), *padding, (0, 0)], constant_values=np.nan)
    return collect(x, ((i, j, np.nanmean(cut, (1, 2))) for i, j, cut in slide(padded, window, strides)), x.shape[3])


def flatten(x):
    n, h, w, c = x.shape
    return x.reshape(n, h * w * c)


def dense(x, kernel, bias=None):
    y = x @ kernel
    if bias is None:
        return y
    if bias.shape != (kernel.shape[1],):
        raise ValueError("as many biases as outputs, please")
    return y + bias


def relu(x):
    y = np.array(x)
    y[y < 0] = 0
    return y


def softmax(x):
    y = np.exp(x - np.max(x, axis=-1, keepdims=True))
    y /= y.sum(axis=-1, keepdims=True)
    return y
