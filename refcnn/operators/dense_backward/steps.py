"""dense_backward in steps."""

from typing import Any

import numpy as np

from refcnn.suite.steps import Call


def dense_backward(c: Call) -> Any:
    """Steps: dy, x, kernel, bias, by_x, by_kernel, by_bias, dx, dkernel, dbias."""
    c("x", c.given_x), c("kernel", c.given_kernel), c("bias", c.given_bias)
    c.refuse("wrong_rank", c.x.ndim != 2 or c.kernel.ndim != 2)
    c.refuse("wrong_inputs", c.x.shape[-1] != c.kernel.shape[0])
    c.refuse("wrong_bias", c.bias is not None and c.bias.shape != c.kernel.shape[1:])
    c("dy", c.given_dy)
    c.refuse("wrong_dy", c.dy.shape != (len(c.x), c.kernel.shape[1]))
    c("by_x", np.einsum("bo,io->bi", c.dy, c.kernel))
    c("by_kernel", np.einsum("bi,bo->io", c.x, c.dy))
    c("by_bias", c.dy.sum(axis=0))
    c("dx", c.by_x), c("dkernel", c.by_kernel)
    c("dbias", None if c.bias is None else c.by_bias)
    return c.dx, c.dkernel, c.dbias


STEPS = {"dense_backward": dense_backward}
