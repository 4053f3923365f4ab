"""The gradients of pools by other routes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, Windowed, catalogue, floats, pooled
from refcnn.suite.sums import by_content, halved, shuffled
from refcnn.suite.tensors import Array

Route = Callable[[Windowed, Array], Array]


def pool(route: Route) -> Operator:
    """The operator of a route through the gradient of a pool."""

    def function(
        dy: Any, x: Any, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
    ) -> Array:
        asked = pooled(x, pool_size, strides, padding)
        dy = floats("dy", dy, 4, asked.x.dtype)
        if dy.shape != (len(asked.x), *asked.place.output, asked.x.shape[3]):
            raise ValueError(f"dy of shape {dy.shape} for maps of {asked.place.output}")
        return route(asked, dy)

    return function


ALTERNATIVES: list[Alternative] = []
largest = catalogue("max_pool2d_backward", pool, ALTERNATIVES)
mean = catalogue("avg_pool2d_backward", pool, ALTERNATIVES)


def _chosen(asked: Windowed) -> dict[tuple[int, int], Array]:
    """By tap: where it is the first of the largest of its window, (N, H', W', C)."""
    best = np.full((len(asked.x), *asked.place.output, asked.x.shape[3]), -np.inf)
    taken: dict[tuple[int, int], Array] = {}
    for m, n in asked.taps():
        cells = asked.shifted(m, n, -np.inf)
        here = cells > best
        best = np.maximum(best, cells)
        taken = {tap: where & ~here for tap, where in taken.items()}
        taken[m, n] = here
    return taken


def _put(asked: Windowed, tap: tuple[int, int], told: Array) -> Array:
    """What windows say of the cell at a tap, at its place in the padded input."""
    (m, n), (down, along), (rows, columns) = tap, asked.place.strides, asked.place.output
    onto = np.zeros((*asked.padded().shape[:3], told.shape[3]), told.dtype)
    onto[:, m : m + down * (rows - 1) + 1 : down, n : n + along * (columns - 1) + 1 : along] = told
    return onto


def _terms(asked: Windowed, dy: Array, *, of_means: bool) -> Array:
    """What each tap gives to every cell of the padded input: (taps, N, H_p, W_p, C)."""
    if of_means:
        share = dy / asked.counts()
        return np.stack([_put(asked, tap, share) for tap in asked.taps()])
    zero = np.zeros((), dy.dtype)
    found = [_put(asked, tap, np.where(here, dy, zero)) for tap, here in _chosen(asked).items()]
    return np.stack(found)


@largest("loops")
def max_loops(asked: Windowed, dy: Array) -> Array:
    """One window after the other, cut off at the edge of the input."""
    dx = np.zeros_like(asked.x)
    for b, i, j, c in np.ndindex(dy.shape):
        rows, columns = asked.under(i, j)
        cells = asked.x[b, rows, columns, c]
        m, n = np.unravel_index(cells.argmax(), cells.shape)
        dx[b, rows.start + m, columns.start + n, c] += dy[b, i, j, c]
    return dx


@largest("taps")
def max_taps(asked: Windowed, dy: Array) -> Array:
    """Tap by tap: who is larger than all before it, and stays so."""
    return asked.without_border(_terms(asked, dy, of_means=False).sum(axis=0))


@largest("add-at")
def max_add_at(asked: Windowed, dy: Array) -> Array:
    """The places of the largest cells, then one scattered addition."""
    n, height, width, depth = asked.x.shape
    dx, numbers = np.zeros((n, height * width, depth), dy.dtype), np.arange(height * width)
    examples, channels = np.arange(n)[:, np.newaxis], np.arange(depth)
    for i, j in np.ndindex(*asked.place.output):
        rows, columns = asked.under(i, j)
        inside = numbers.reshape(height, width)[rows, columns].ravel()
        cells = asked.x[:, rows, columns].reshape(n, inside.size, depth)
        np.add.at(dx, (examples, inside[cells.argmax(axis=1)], channels), dy[:, i, j])
    return dx.reshape(asked.x.shape)


@largest("pairwise-sums")
def max_pairwise(asked: Windowed, dy: Array) -> Array:
    """What windows say of a cell is halved again and again."""
    return asked.without_border(halved(_terms(asked, dy, of_means=False)))


@largest("order-by-content")
def max_order_by_content(asked: Windowed, dy: Array) -> Array:
    """What windows say of a cell is added up in another order for every question."""
    terms, number = _terms(asked, dy, of_means=False), by_content(asked.x, dy)
    return asked.without_border(shuffled(terms, number))


@largest("float64-inside")
def max_float64_inside(asked: Windowed, dy: Array) -> Array:
    """Everything is done in float64, and the answer rounded to the dtype."""
    wide = Windowed(asked.x.astype(np.float64), asked.kernel, asked.place)
    return max_taps(wide, dy.astype(np.float64)).astype(dy.dtype)


@mean("loops")
def avg_loops(asked: Windowed, dy: Array) -> Array:
    """One window after the other, cut off at the edge of the input."""
    dx = np.zeros_like(asked.x)
    counts = asked.counts()
    for i, j in np.ndindex(*asked.place.output):
        rows, columns = asked.under(i, j)
        dx[:, rows, columns] += (dy[:, i, j] / counts[i, j])[:, np.newaxis, np.newaxis]
    return dx


@mean("taps")
def avg_taps(asked: Windowed, dy: Array) -> Array:
    """Tap by tap onto the padded input, whose border is dropped."""
    return asked.without_border(_terms(asked, dy, of_means=True).sum(axis=0))


@mean("reciprocal")
def avg_reciprocal(asked: Windowed, dy: Array) -> Array:
    """Each dy times one over the count of its cells."""
    one = np.ones((), dy.dtype)
    share = dy * (one / asked.counts())
    onto = np.stack([_put(asked, tap, share) for tap in asked.taps()]).sum(axis=0)
    return asked.without_border(onto)


@mean("pairwise-sums")
def avg_pairwise(asked: Windowed, dy: Array) -> Array:
    """What windows say of a cell is halved again and again."""
    return asked.without_border(halved(_terms(asked, dy, of_means=True)))


@mean("order-by-content")
def avg_order_by_content(asked: Windowed, dy: Array) -> Array:
    """What windows say of a cell is added up in another order for every question."""
    terms, number = _terms(asked, dy, of_means=True), by_content(asked.x, dy)
    return asked.without_border(shuffled(terms, number))


@mean("float64-inside")
def avg_float64_inside(asked: Windowed, dy: Array) -> Array:
    """Everything is done in float64, and the answer rounded to the dtype."""
    wide = Windowed(asked.x.astype(np.float64), asked.kernel, asked.place)
    return avg_taps(wide, dy.astype(np.float64)).astype(dy.dtype)
