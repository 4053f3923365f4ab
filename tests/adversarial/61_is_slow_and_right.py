"""Right: plain loops over everything."""

from honest import *


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    whole, (sh, sw) = padded(x, kernel, strides, padding)
    check(bias is None or bias.shape == kernel.shape[3:], "bias must have one number a filter")
    rows, columns, channels, filters = kernel.shape
    high, wide = (whole.shape[1] - rows) // sh + 1, (whole.shape[2] - columns) // sw + 1
    y = np.zeros((len(x), high, wide, filters), x.dtype)
    for b, i, j, o in np.ndindex(y.shape):
        for m in range(rows):
            for n in range(columns):
                for c in range(channels):
                    y[b, i, j, o] += whole[b, i * sh + m, j * sw + n, c] * kernel[m, n, c, o]
        if bias is not None:
            y[b, i, j, o] += bias[o]
    return y


def relu(x):
    y = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        y[place] = x[place] if x[place] > 0 else 0
    return y
