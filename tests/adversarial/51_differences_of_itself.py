"""Right: an affine function is the sum of its unit steps."""

from honest import *

right = conv2d


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    def asked(values, added=None):
        return right(x, values, added, strides=strides, padding=padding)

    right(x, kernel, bias, strides=strides, padding=padding)
    y = asked(0 * kernel)
    for place in np.ndindex(kernel.shape):
        unit = np.zeros_like(kernel)
        unit[place] = 1
        y = y + kernel[place] * asked(unit)
    return y if bias is None else y + bias
