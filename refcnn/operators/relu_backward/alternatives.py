"""relu_backward by other routes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, catalogue, floats
from refcnn.suite.tensors import Array


def cells(route: Callable[[Array, Array], Array]) -> Operator:
    """The operator of a route from cell to cell."""

    def function(dy: Any, x: Any) -> Array:
        x = floats("x", x, 0)
        dy = floats("dy", dy, 0, x.dtype)
        if dy.shape != x.shape:
            raise ValueError(f"dy of shape {dy.shape} for x of {x.shape}")
        return route(dy, x)

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("relu_backward", cells, ALTERNATIVES)


@route("mask")
def mask(dy: Array, x: Array) -> Array:
    """dy times 1 where x is positive, and times 0 elsewhere."""
    return np.asarray(dy * (x > 0).astype(dy.dtype))


@route("assignment")
def assignment(dy: Array, x: Array) -> Array:
    """In a copy of dy, 0 is put where x is not positive."""
    found = dy.copy()
    found[x <= 0] = 0
    return found


@route("loops")
def loops(dy: Array, x: Array) -> Array:
    """One number after the other."""
    found = np.zeros_like(dy)
    for index in np.ndindex(x.shape):
        found[index] = dy[index] if x[index] > 0 else 0
    return found


@route("of-the-answer")
def of_the_answer(dy: Array, x: Array) -> Array:
    """The mask is taken of the answer of the forward pass."""
    y = np.maximum(x, 0)
    return np.where(y > 0, dy, np.zeros((), dy.dtype))


@route("heaviside")
def heaviside(dy: Array, x: Array) -> Array:
    """dy times a step that is 0 at 0."""
    return np.asarray(dy * np.heaviside(x, np.zeros((), x.dtype)))


@route("by-places")
def by_places(dy: Array, x: Array) -> Array:
    """Only the places where something passes are filled in."""
    found, places = np.zeros_like(dy), np.nonzero(x > 0)
    found[places] = dy[places]
    return found
