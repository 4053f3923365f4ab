"""dense in steps."""

import numpy as np

from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array


def dense(c: Call) -> Array:
    """Steps: x, kernel, bias, sums, biased, y."""
    c("x", c.given_x), c("kernel", c.given_kernel), c("bias", c.given_bias)
    c.refuse("wrong_rank", c.x.ndim != 2 or c.kernel.ndim != 2)
    c.refuse("wrong_inputs", c.x.shape[-1] != c.kernel.shape[0])
    c.refuse("wrong_bias", c.bias is not None and c.bias.shape != c.kernel.shape[1:])
    c("sums", np.einsum("bi,io->bo", c.x, c.kernel))
    c("biased", c.sums if c.bias is None else c.sums + c.bias)
    return np.asarray(c("y", c.biased))


STEPS = {"dense": dense}
