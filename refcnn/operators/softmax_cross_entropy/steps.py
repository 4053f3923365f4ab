"""softmax_cross_entropy in steps."""

from typing import Any

import numpy as np

from refcnn.suite.steps import Call


def softmax_cross_entropy(c: Call) -> Any:
    """Steps: those below; p are probabilities, costs of all classes, each of the examples."""
    c("x", c.given_x), c("labels", c.given_labels), c("axis", -1)
    c.refuse("wrong_rank", c.x.ndim != 2 or c.x.shape[1] < 1)
    c.refuse("empty", len(c.x) < 1)
    c.refuse("wrong_number", c.labels.shape != c.x.shape[:1])
    c.refuse("no_class", (c.labels < 0).any() or (c.labels >= c.x.shape[1]).any())
    c("targets", (c.labels[:, np.newaxis] == np.arange(c.x.shape[1])).astype(c.x.dtype))
    c("shift", c.x.max(axis=c.axis, keepdims=True, initial=-np.inf))
    c("powers", np.exp(c.x - c.shift))
    c("total", c.powers.sum(axis=c.axis, keepdims=True))
    c("p", c.powers / c.total)
    c("difference", c.p - c.targets)
    c("costs", np.log(c.total) + (c.shift - c.x))
    c("each", np.take_along_axis(c.costs, c.labels[:, np.newaxis], axis=1)[:, 0])
    c("examples", c.x.dtype.type(len(c.x)))
    c("mean", np.asarray(c.each.sum() / c.examples))
    c("chosen", c.difference / c.examples)
    return c("loss", c.mean), c("dx", c.chosen)


STEPS = {"softmax_cross_entropy": softmax_cross_entropy}
