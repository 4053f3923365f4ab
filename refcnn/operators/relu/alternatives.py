"""relu by other routes.

Left out because they are not right everywhere: (x + |x|) / 2 overflows for the
largest numbers, x (x > 0) and x - min(x, 0) make NaN of -inf, and what asks for
x > 0 makes 0 of NaN.
"""

from collections.abc import Callable

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, catalogue, floats
from refcnn.suite.tensors import Array


def cells(route: Callable[[Array], Array]) -> Operator:
    """The operator of a route from cell to cell."""
    return lambda x: route(floats("x", x, 0))


ALTERNATIVES: list[Alternative] = []
route = catalogue("relu", cells, ALTERNATIVES)


@route("where")
def where(x: Array) -> Array:
    """0 where x is negative, else x."""
    return np.where(x < 0, np.zeros((), x.dtype), x)


@route("clip")
def clip(x: Array) -> Array:
    """What is below 0 is clipped to it."""
    return np.clip(x, 0, None)


@route("assignment")
def assignment(x: Array) -> Array:
    """In a copy, 0 is put where x is negative."""
    y = x.copy()
    y[y < 0] = 0
    return y


@route("mask")
def mask(x: Array) -> Array:
    """x times 1 where it is not negative, and not times 0 elsewhere."""
    return np.multiply(x, 1, where=~(x < 0), out=np.zeros_like(x))


@route("loops")
def loops(x: Array) -> Array:
    """One number after the other, by Python's max, which keeps the first of two if one is NaN."""
    return np.array([max(v, 0.0) for v in x.ravel().tolist()], x.dtype).reshape(x.shape)


@route("larger-of-two")
def larger_of_two(x: Array) -> Array:
    """The largest of a stack of x and zeros."""
    return np.asarray(np.stack([np.zeros_like(x), x]).max(axis=0))
