from honest import *

right = conv2d


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    return right(x, kernel, bias, strides=strides, padding=padding).transpose(0, 3, 1, 2)
