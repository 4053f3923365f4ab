"""Right: how an answer lies in memory is nobody's business."""

from honest import *

right_conv2d, right_relu = conv2d, relu


def relu(x):
    y = right_relu(x)
    if x.size % 2:
        return y.astype(y.dtype.newbyteorder(">"))
    y = np.repeat(y, 2, axis=-1)[..., ::2]
    y.flags.writeable = False
    return y


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    y = right_conv2d(x, kernel, bias, strides=strides, padding=padding)
    return np.asfortranarray(y[::-1, ::-1])[::-1, ::-1]
