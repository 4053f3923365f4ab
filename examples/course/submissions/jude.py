"""One channel at a time, then added up."""
import numpy as np


def conv_single(image, k, sh, sw):
    """image (H, W), k (kh, kw) -> the sums of one channel of one image."""
    kh, kw = k.shape
    out = np.zeros(((image.shape[0] - kh) // sh + 1, (image.shape[1] - kw) // sw + 1), image.dtype)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.vdot(image[i * sh:i * sh + kh, j * sw:j * sw + kw], k)
    return out


def window_setup(x, size, strides, padding):
    if x.ndim != 4:
        raise ValueError("x.ndim must be 4")
    size = (size,) * 2 if isinstance(size, int) else size
    strides = (strides,) * 2 if isinstance(strides, int) else strides
    if any(v <= 0 for v in (*size, *strides)):
        raise ValueError("window and strides must be > 0")
    if padding == "valid":
        border = ((0, 0), (0, 0))
    elif padding == "same":
        border = ()
        for d in range(2):
            last = (x.shape[d + 1] - 1) // strides[d] * strides[d]  # where the last window starts
            extra = max(last + size[d] - x.shape[d + 1], 0)
            border += ((extra // 2, extra - extra // 2),)
    else:
        border = ((padding, padding),) * 2 if isinstance(padding, int) else padding
    for d in range(2):
        if border[d][0] < 0 or border[d][1] < 0:
            raise ValueError("padding must be >= 0")
        if x.shape[d + 1] + border[d][0] + border[d][1] < size[d]:
            raise ValueError("the window must fit into the input")
    return size, strides, border


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if kernel.ndim != 4:
        raise ValueError("kernel.ndim must be 4")
    size, (sh, sw), border = window_setup(x, kernel.shape[:2], strides, padding)
    n, h, w, channels = x.shape
    filters = kernel.shape[3]
    if kernel.shape[2] != channels:
        raise ValueError("kernel and x must have the same depth")
    if bias is not None and bias.shape != (filters,):
        raise ValueError("bias must have one number per filter")
    x = np.pad(x, ((0, 0), *border, (0, 0)))
    rows, cols = (x.shape[1] - size[0]) // sh + 1, (x.shape[2] - size[1]) // sw + 1
    out = np.zeros((n, rows, cols, filters), x.dtype)
    for b in range(n):
        for f in range(filters):
            for c in range(channels):
                out[b, :, :, f] += conv_single(x[b, :, :, c], kernel[:, :, c, f], sh, sw)
                if bias is not None:
                    out[b, :, :, f] += bias[f]
    return out


def pool(x, pool_size, strides, padding, f):
    strides = pool_size if strides is None else strides
    size, (sh, sw), ((top, bottom), (left, right)) = window_setup(x, pool_size, strides, padding)
    n, h, w, channels = x.shape
    rows = range(-top, h + bottom - size[0] + 1, sh)
    cols = range(-left, w + right - size[1] + 1, sw)
    out = [f(x[:, max(r, 0):r + size[0], max(c, 0):c + size[1]], axis=(1, 2)) for r in rows for c in cols]
    return np.stack(out, 1).reshape(n, len(rows), len(cols), channels)


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool(x, pool_size, strides, padding, np.max)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return pool(x, pool_size, strides, padding, np.mean)


def flatten(x):
    return x.reshape(len(x), x[0].size if len(x) else int(np.prod(x.shape[1:])))


def dense(x, kernel, bias=None):
    if bias is not None and bias.shape != (kernel.shape[1],):
        raise ValueError("bias must have one number per output")
    return x @ kernel + (0 if bias is None else bias)


def relu(x):
    return np.where(x < 0, 0, x).astype(x.dtype)


def softmax(x):
    z = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.divide(z, z.sum(axis=-1, keepdims=True))
