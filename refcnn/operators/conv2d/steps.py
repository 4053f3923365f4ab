"""conv2d in steps."""

import numpy as np

from refcnn.suite.steps import Call, pair, patches_of
from refcnn.suite.tensors import Array
from refcnn.suite.windows import spread_out, ungrouped


def conv2d(c: Call) -> Array:
    """Steps: x, kernel, bias, padding, groups, whole (the kernel over all channels).

    Then dilation, spread (the kernel with zeros in its gaps), window, those of `patches_of`,
    sums, biased, y.
    """
    c("x", c.given_x), c("kernel", c.given_kernel), c("bias", c.given_bias)
    c("padding", c.given_padding)
    c.refuse("wrong_rank", c.x.ndim != 4 or c.kernel.ndim != 4)
    c("groups", c.given.get("groups", 1))
    c.refuse("bad_groups", c.groups < 1)
    c.refuse("wrong_depth", c.kernel.shape[2] * c.groups != c.x.shape[3])
    c.refuse("unequal_groups", c.kernel.shape[3] % c.groups)
    c("whole", ungrouped(c.kernel, c.groups))
    c.refuse("wrong_bias", c.bias is not None and c.bias.shape != c.kernel.shape[3:])
    c("dilation", pair(c.given.get("dilation", 1)))
    c.refuse("bad_dilation", min(c.dilation) < 1)
    c("spread", spread_out(c.whole, c.dilation))
    c("window", c.spread.shape[:2])
    patches = patches_of(c, c.given_strides, 0)
    y = c("sums", np.einsum("bijcmn,mnco->bijo", patches, c.spread))
    c("biased", y if c.bias is None else y + c.bias)
    return np.asarray(c("y", c.biased))


STEPS = {"conv2d": conv2d}
