"""conv2d_backward in steps."""

from typing import Any

import numpy as np

from refcnn.suite.steps import Call, added_up, patches_of, without_padding


def conv2d_backward(c: Call) -> Any:
    """Steps: x, kernel, bias, padding, window, those of `patches_of`, dy.

    Then parts (what each window says of the cells under it), onto (these, added up over the
    padded input), by_x, by_kernel, by_bias, dx, dkernel, dbias.
    """
    c("x", c.given_x), c("kernel", c.given_kernel), c("bias", c.given_bias)
    c("padding", c.given_padding)
    c.refuse("wrong_rank", c.x.ndim != 4 or c.kernel.ndim != 4)
    c.refuse("wrong_depth", c.kernel.shape[2] != c.x.shape[3])
    c.refuse("wrong_bias", c.bias is not None and c.bias.shape != c.kernel.shape[3:])
    c("window", c.kernel.shape[:2])
    patches = patches_of(c, c.given_strides, 0)
    c("dy", c.given_dy)
    c.refuse("wrong_dy", c.dy.shape != (*patches.shape[:3], c.kernel.shape[3]))
    c("parts", np.einsum("bijo,mnco->bijcmn", c.dy, c.kernel))
    c("onto", added_up(c, c.parts))
    c("by_x", without_padding(c, c.onto))
    c("by_kernel", np.einsum("bijcmn,bijo->mnco", patches, c.dy))
    c("by_bias", c.dy.sum(axis=(0, 1, 2)))
    c("dx", c.by_x), c("dkernel", c.by_kernel)
    c("dbias", None if c.bias is None else c.by_bias)
    return c.dx, c.dkernel, c.dbias


STEPS = {"conv2d_backward": conv2d_backward}
