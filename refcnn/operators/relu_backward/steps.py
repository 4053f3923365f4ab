"""relu_backward in steps."""

import numpy as np

from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array


def relu_backward(c: Call) -> Array:
    """Steps: x, dy, passes, chosen, dx."""
    c("x", c.given_x), c("dy", c.given_dy)
    c.refuse("wrong_dy", c.dy.shape != c.x.shape)
    c("passes", c.x > 0)
    c("chosen", np.where(c.passes, c.dy, c.dy.dtype.type(0)))
    return np.asarray(c("dx", c.chosen))


STEPS = {"relu_backward": relu_backward}
