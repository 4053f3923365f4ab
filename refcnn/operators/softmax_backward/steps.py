"""softmax_backward in steps."""

import numpy as np

from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array


def softmax_backward(c: Call) -> Array:
    """Steps: x, dy, axis, shift, powers, p (the probabilities), mean, chosen, dx."""
    c("x", c.given_x), c("dy", c.given_dy), c("axis", -1)
    c.refuse("wrong_rank", c.x.ndim < 1 or c.x.shape[-1] < 1)
    c.refuse("wrong_dy", c.dy.shape != c.x.shape)
    c("shift", c.x.max(axis=c.axis, keepdims=True, initial=-np.inf))
    c("powers", np.exp(c.x - c.shift))
    c("p", c.powers / c.powers.sum(axis=c.axis, keepdims=True))
    c("mean", (c.dy * c.p).sum(axis=c.axis, keepdims=True))
    c("chosen", c.p * (c.dy - c.mean))
    return np.asarray(c("dx", c.chosen))


STEPS = {"softmax_backward": softmax_backward}
