"""The gradients of pools in steps."""

import numpy as np

from refcnn.cnn.ops import padded
from refcnn.suite.steps import Call, added_up, pair, patches_of, window_view, without_padding
from refcnn.suite.tensors import Array


def _pool(c: Call, fill: float) -> Array:
    """The windows; for each cell under one whether it is real; and dy."""
    c("x", c.given_x), c("padding", c.given_padding)
    c.refuse("wrong_rank", c.x.ndim != 4)
    c("window", pair(c.given_pool_size))
    c.refuse("bad_window", min(c.window) < 1)
    patches = patches_of(c, c.window if c.given_strides is None else c.given_strides, fill)
    c.refuse("only_padding", any(max(p) >= f for p, f in zip(c.pads, c.window)))
    ones = padded(np.ones((1, *c.x.shape[1:3], 1), c.x.dtype), c.pads, 0)
    c("real", window_view(ones, c.window, c.strides, c.sizes, 0))
    c("dy", c.given_dy)
    c.refuse("wrong_dy", c.dy.shape != patches.shape[:4])
    return patches


def _given_back(c: Call, shares: Array) -> Array:
    """Steps: shares, parts, onto, by_x, dx."""
    c("shares", shares)
    c("parts", c.dy[..., np.newaxis, np.newaxis] * c.shares)
    c("onto", added_up(c, c.parts))
    c("by_x", without_padding(c, c.onto))
    return np.asarray(c("dx", c.by_x))


def max_pool2d_backward(c: Call) -> Array:
    """Steps: x, padding, window, those of `patches_of`, real, dy, largest, those of _given_back."""
    patches = _pool(c, -np.inf)
    flat = patches.reshape(*patches.shape[:4], c.window[0] * c.window[1])
    c("largest", flat.argmax(axis=-1))
    first = np.arange(flat.shape[-1]) == c.largest[..., np.newaxis]
    return _given_back(c, first.reshape(patches.shape).astype(c.dy.dtype))


def avg_pool2d_backward(c: Call) -> Array:
    """Steps: x, padding, window, those of `patches_of`, real, dy, counts, those of _given_back."""
    patches = _pool(c, 0)
    c("counts", c.real.sum(axis=(-2, -1), keepdims=True))
    return _given_back(c, np.broadcast_to(c.real / c.counts, patches.shape))


STEPS = {"max_pool2d_backward": max_pool2d_backward, "avg_pool2d_backward": avg_pool2d_backward}
