"""conv2d in steps."""

import numpy as np

from refcnn.suite.steps import Call, patches_of
from refcnn.suite.tensors import Array


def conv2d(c: Call) -> Array:
    """Steps: x, kernel, bias, padding, window, those of `patches_of`, sums, biased, y."""
    c("x", c.given_x), c("kernel", c.given_kernel), c("bias", c.given_bias)
    c("padding", c.given_padding)
    c.refuse("wrong_rank", c.x.ndim != 4 or c.kernel.ndim != 4)
    c.refuse("wrong_depth", c.kernel.shape[2] != c.x.shape[3])
    c.refuse("wrong_bias", c.bias is not None and c.bias.shape != c.kernel.shape[3:])
    c("window", c.kernel.shape[:2])
    patches = patches_of(c, c.given_strides, 0)
    y = c("sums", np.einsum("bijcmn,mnco->bijo", patches, c.kernel))
    c("biased", y if c.bias is None else y + c.bias)
    return np.asarray(c("y", c.biased))


STEPS = {"conv2d": conv2d}
