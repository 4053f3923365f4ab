"""flatten in steps."""

from math import prod

import numpy as np

from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array


def flatten(c: Call) -> Array:
    """Steps: x, rows, y."""
    c("x", c.given_x)
    c.refuse("wrong_rank", c.x.ndim < 2)
    c("rows", c.x.reshape(len(c.x), prod(c.x.shape[1:])))
    return np.asarray(c("y", c.rows))


STEPS = {"flatten": flatten}
