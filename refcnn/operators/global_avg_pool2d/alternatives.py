"""global_avg_pool2d by other routes."""

from collections.abc import Callable
from math import fsum
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, catalogue, floats
from refcnn.suite.sums import by_content, shuffled
from refcnn.suite.tensors import Array


def maps(route: Callable[[Array], Array]) -> Operator:
    """The operator of a route over maps that have cells."""

    def function(x: Any) -> Array:
        x = floats("x", x, 4)
        if 0 in x.shape[1:3]:
            raise ValueError(f"maps of {x.shape[1:3]} have no cells")
        return route(x)

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("global_avg_pool2d", maps, ALTERNATIVES)


def _cells(x: Array) -> Array:
    """(N, H W, C)."""
    return x.reshape(len(x), x.shape[1] * x.shape[2], x.shape[3])


@route("loops")
def loops(x: Array) -> Array:
    """One cell after the other is added up, then divided."""
    y = np.zeros((len(x), x.shape[3]), x.dtype)
    for i, j in np.ndindex(x.shape[1:3]):
        y += x[:, i, j]
    return np.asarray(y / x.dtype.type(x.shape[1] * x.shape[2]))


@route("mean")
def mean(x: Array) -> Array:
    """NumPy's mean over both axes."""
    return np.asarray(x.mean(axis=(1, 2)))


@route("rows-then-columns")
def separable(x: Array) -> Array:
    """The means of the rows, then their mean."""
    return np.asarray(x.mean(axis=2).mean(axis=1))


@route("matrix-product")
def product(x: Array) -> Array:
    """A row of ones times the cells, over their number."""
    cells = _cells(x)
    ones = np.ones((1, cells.shape[1]), x.dtype)
    return np.asarray((ones @ cells)[:, 0] / x.dtype.type(cells.shape[1]))


@route("weighted-sum")
def weighted(x: Array) -> Array:
    """Each cell times one over their number."""
    count = x.dtype.type(x.shape[1] * x.shape[2])
    return np.asarray((x * (1 / count)).sum(axis=(1, 2)))


@route("cumulative")
def cumulative(x: Array) -> Array:
    """The last of the running sums."""
    cells = _cells(x)
    return np.asarray(np.cumsum(cells, axis=1)[:, -1] / x.dtype.type(cells.shape[1]))


@route("channels-first")
def channels_first(x: Array) -> Array:
    """Channels are moved to the front."""
    return np.asarray(x.transpose(0, 3, 1, 2).mean(axis=(2, 3)))


@route("exact-sums")
def exact_sums(x: Array) -> Array:
    """Lists of Python numbers; each sum is rounded once, by math.fsum."""
    cells = _cells(x).transpose(0, 2, 1)
    y = np.zeros(cells.shape[:2], x.dtype)
    for index in np.ndindex(y.shape):
        y[index] = fsum(cells[index].tolist()) / cells.shape[2]
    return y


@route("order-by-content")
def order_by_content(x: Array) -> Array:
    """Every question has its own order of adding, and of adding and dividing."""
    number, count = by_content(x), x.dtype.type(x.shape[1] * x.shape[2])
    terms = np.moveaxis(_cells(x), 1, 0)
    return shuffled(terms, number) / count if number % 2 else shuffled(terms / count, number)
