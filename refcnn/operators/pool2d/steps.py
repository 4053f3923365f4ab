"""Pools in steps."""

import numpy as np

from refcnn.cnn.ops import padded
from refcnn.suite.steps import Call, pair, patches_of, window_view
from refcnn.suite.tensors import Array


def _pool(c: Call, fill: float) -> Array:
    c("x", c.given_x), c("padding", c.given_padding)
    c.refuse("wrong_rank", c.x.ndim != 4)
    c("window", pair(c.given_pool_size))
    c.refuse("bad_window", min(c.window) < 1)
    patches = patches_of(c, c.window if c.given_strides is None else c.given_strides, fill)
    c.refuse("only_padding", any(max(p) >= f for p, f in zip(c.pads, c.window)))
    return patches


def max_pool2d(c: Call) -> Array:
    """Steps: x, padding, window, those of `patches_of`, chosen, y."""
    patches = _pool(c, -np.inf)
    c("chosen", patches.max(axis=(-2, -1), initial=-np.inf))
    return np.asarray(c("y", c.chosen))


def avg_pool2d(c: Call) -> Array:
    """Steps: x, padding, window, those of `patches_of`, total, counts, chosen, y."""
    patches = _pool(c, 0)
    c("total", patches.sum(axis=(-2, -1)))
    ones = padded(np.ones((1, *c.x.shape[1:3], 1), c.x.dtype), c.pads, 0)
    view = window_view(ones, c.window, c.strides, c.sizes, 0)
    c("counts", view.sum(axis=(-2, -1)))
    c("chosen", c.total / c.counts)
    return np.asarray(c("y", c.chosen))


STEPS = {"max_pool2d": max_pool2d, "avg_pool2d": avg_pool2d}
