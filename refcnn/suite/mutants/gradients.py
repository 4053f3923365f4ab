"""Mistakes that can be made in the gradients of any operator: hooks for the steps of these."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array


def clipped(limit: float) -> Hook:
    """A hook that keeps numbers within a limit."""
    return lambda value, _: np.clip(value, -limit, limit)


def accumulated(name: str) -> Hook:
    """A hook that adds to what came of the calls before, of the same shape."""

    def hook(value: Array, c: Call) -> Array:
        key = name, value.shape, value.dtype
        c.memory[key] = c.memory.get(key, 0) + value
        return np.asarray(c.memory[key]).copy()

    return hook


def an_earlier(x: Array, c: Call) -> Array:
    """The x of the first call of that shape."""
    kept: Array = c.memory.setdefault(("x", x.shape, x.dtype), x.copy())
    return kept


def there_is_one(change: Callable[[Array, Call], Array]) -> Hook:
    """A hook on a gradient that is None where there is no such tensor."""
    return lambda value, c: None if value is None else change(value, c)


def dy_spoiled(dy: Array, c: Call) -> Array:
    """A copy to work on; the caller's own is spoiled."""
    kept = dy.copy()
    if c.given_dy.flags.writeable:
        c.given_dy[...] = c.given_dy + 1
    return kept


def dy_fitted(shape: Callable[[Call], tuple[int, ...]]) -> Hook:
    """A hook on dy: its numbers over and over, in the shape that is needed."""

    def hook(dy: Array, c: Call) -> Any:
        needed = shape(c)
        if dy.shape == needed or not dy.size:
            return dy
        return dy.ravel()[np.arange(prod(needed)) % dy.size].reshape(needed)

    return hook
