"""global_avg_pool2d in steps."""

from math import prod

import numpy as np

from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array


def global_avg_pool2d(c: Call) -> Array:
    """Steps: x, total, count, chosen, y."""
    c("x", c.given_x)
    c.refuse("wrong_rank", c.x.ndim != 4)
    c.refuse("no_cells", 0 in c.x.shape[1:-1])
    c("total", c.x.sum(axis=tuple(range(1, c.x.ndim - 1))))
    c("count", prod(c.x.shape[1:-1]))
    c("chosen", c.total / c.x.dtype.type(c.count))
    return np.asarray(c("y", c.chosen))


STEPS = {"global_avg_pool2d": global_avg_pool2d}
