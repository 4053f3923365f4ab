"""softmax in steps."""

import numpy as np

from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array


def softmax(c: Call) -> Array:
    """Steps: x, axis, shift, powers, total, chosen, y."""
    c("x", c.given_x), c("axis", -1)
    c.refuse("wrong_rank", c.x.ndim < 1 or c.x.shape[-1] < 1)
    c("shift", c.x.max(axis=c.axis, keepdims=True, initial=-np.inf))
    c("powers", np.exp(c.x - c.shift))
    c("total", c.powers.sum(axis=c.axis, keepdims=True))
    c("chosen", c.powers / c.total)
    return np.asarray(c("y", c.chosen))


STEPS = {"softmax": softmax}
