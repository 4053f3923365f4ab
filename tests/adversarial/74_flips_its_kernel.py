"""A true convolution, where a cross-correlation is asked for."""

from honest import *

right = conv2d


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    return right(x, kernel[::-1, ::-1], bias, strides=strides, padding=padding)
