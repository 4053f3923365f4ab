"""flatten by other routes."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, catalogue, floats
from refcnn.suite.tensors import Array


def checked(route: Callable[[Array], Array]) -> Operator:
    """The operator of a route that lays examples out."""

    def function(x: Any) -> Array:
        x = floats("x", x, 0)
        if x.ndim < 2:
            raise ValueError(f"x has {x.ndim} axes; one for the batch and another are needed")
        return route(x)

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("flatten", checked, ALTERNATIVES)


@route("loops")
def loops(x: Array) -> Array:
    """One number after the other, at the place that the formula gives."""
    y = np.zeros((len(x), prod(x.shape[1:])), x.dtype)
    for index in np.ndindex(x.shape):
        place = 0
        for size, i in zip(x.shape[1:], index[1:]):
            place = place * size + i
        y[index[0], place] = x[index]
    return y


@route("concatenation")
def concatenation(x: Array) -> Array:
    """Rows one behind the other, axis by axis."""
    while x.ndim > 2:
        x = np.concatenate([x[:, i] for i in range(x.shape[1])], axis=1)
    return x.copy()


@route("ravel")
def ravel(x: Array) -> Array:
    """Each example is unravelled by itself."""
    y = np.empty((len(x), prod(x.shape[1:])), x.dtype)
    for b, example in enumerate(x):
        y[b] = example.ravel()
    return y


@route("fortran-result")
def fortran_result(x: Array) -> Array:
    """The answer lies in memory with the batch fastest."""
    return np.asfortranarray(ravel(x))


@route("axes-reversed")
def axes_reversed(x: Array) -> Array:
    """The axes are turned round, and read with the first one fastest."""
    return x.T.reshape((prod(x.shape[1:]), len(x)), order="F").T.copy()
