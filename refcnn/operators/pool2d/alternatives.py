"""max_pool2d and avg_pool2d by other routes."""

from collections.abc import Callable
from math import fsum
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, Windowed, catalogue, pooled
from refcnn.suite.sums import by_content, shuffled
from refcnn.suite.tensors import Array


def pool(route: Callable[[Windowed], Array]) -> Operator:
    """The operator of a route through a pool."""

    def function(x: Any, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Array:
        return route(pooled(x, pool_size, strides, padding))

    return function


ALTERNATIVES: list[Alternative] = []
largest = catalogue("max_pool2d", pool, ALTERNATIVES)
mean = catalogue("avg_pool2d", pool, ALTERNATIVES)


def inside(asked: Windowed, i: int, j: int) -> Array:
    """The cells of the input itself under window (i, j): (N, rows, columns, C)."""
    rows, columns = asked.under(i, j)
    return asked.x[:, rows, columns]


def tiles(asked: Windowed) -> Array | None:
    """Windows that lie side by side as axes of their own: (N, H', F, W', G, C); else None."""
    (height, width), (rows, columns) = asked.place.output, asked.place.window
    if asked.place.window != asked.place.strides or np.any(asked.place.padding):
        return None
    n, depth = len(asked.x), asked.x.shape[3]
    cut = asked.x[:, : height * rows, : width * columns]
    return cut.reshape(n, height, rows, width, columns, depth)


@largest("loops")
def max_loops(asked: Windowed) -> Array:
    """One window after the other, cut off at the edge of the input."""
    y = asked.empty(asked.x.shape[3])
    for i, j in np.ndindex(*asked.place.output):
        y[:, i, j] = inside(asked, i, j).max(axis=(1, 2))
    return y


@largest("taps")
def max_taps(asked: Windowed) -> Array:
    """The larger of what has been seen and the next shifted input, tap by tap."""
    y = np.full_like(asked.empty(asked.x.shape[3]), -np.inf)
    for m, n in asked.taps():
        y = np.maximum(y, asked.shifted(m, n, -np.inf))
    return y


@largest("reshape")
def max_reshape(asked: Windowed) -> Array:
    """Windows that tile the input become axes; others go tap by tap."""
    blocks = tiles(asked)
    return max_taps(asked) if blocks is None else np.asarray(blocks.max(axis=(2, 4)))


@largest("sorted")
def max_sorted(asked: Windowed) -> Array:
    """Each window is sorted, and its last cell taken."""
    windows = np.stack([asked.shifted(m, n, -np.inf) for m, n in asked.taps()], axis=-1)
    return np.sort(windows, axis=-1)[..., -1]


@largest("masked")
def max_masked(asked: Windowed) -> Array:
    """The border is masked, whatever it holds."""
    border = Windowed(np.zeros(asked.x.shape, bool), asked.kernel, asked.place)
    windows = [asked.shifted(m, n, np.inf) for m, n in asked.taps()]
    masks = [border.shifted(m, n, fill=True) for m, n in asked.taps()]
    found = np.ma.masked_array(np.stack(windows), np.stack(masks)).max(axis=0)
    return np.asarray(found.filled(-np.inf))


@largest("rows-then-columns")
def max_separable(asked: Windowed) -> Array:
    """The largest along the rows of a window, then down its columns."""
    height, width = asked.place.window
    lines = list[Array]()
    for m in range(height):
        line = [asked.shifted(m, n, -np.inf) for n in range(width)]
        lines.append(np.max(line, axis=0))
    return np.asarray(np.max(lines, axis=0))


@largest("channels-first")
def max_channels_first(asked: Windowed) -> Array:
    """Channels are moved to the front, and back again."""
    x = asked.padded(-np.inf).transpose(0, 3, 1, 2)
    (height, width), y = asked.place.window, asked.empty(x.shape[1]).transpose(0, 3, 1, 2)
    for i, j, row, column in asked.outputs():
        y[..., i, j] = x[..., row : row + height, column : column + width].max(axis=(2, 3))
    return y.transpose(0, 2, 3, 1)


@mean("loops")
def avg_loops(asked: Windowed) -> Array:
    """The mean of one window after the other, cut off at the edge of the input."""
    y = asked.empty(asked.x.shape[3])
    for i, j in np.ndindex(*asked.place.output):
        y[:, i, j] = inside(asked, i, j).mean(axis=(1, 2))
    return y


@mean("taps")
def avg_taps(asked: Windowed) -> Array:
    """Shifted inputs are added up and divided by the number of cells."""
    y = asked.empty(asked.x.shape[3])
    for m, n in asked.taps():
        y += asked.shifted(m, n)
    return np.asarray(y / asked.counts())


@mean("reshape")
def avg_reshape(asked: Windowed) -> Array:
    """Windows that tile the input become axes; others go tap by tap."""
    blocks = tiles(asked)
    return avg_taps(asked) if blocks is None else np.asarray(blocks.mean(axis=(2, 4)))


@mean("masked")
def avg_masked(asked: Windowed) -> Array:
    """The border is masked, whatever it holds."""
    border = Windowed(np.zeros(asked.x.shape, bool), asked.kernel, asked.place)
    windows = [asked.shifted(m, n, np.inf) for m, n in asked.taps()]
    masks = [border.shifted(m, n, fill=True) for m, n in asked.taps()]
    found = np.ma.masked_array(np.stack(windows), np.stack(masks)).mean(axis=0)
    return np.asarray(found.filled(0).astype(asked.x.dtype))


@mean("reciprocal")
def avg_reciprocal(asked: Windowed) -> Array:
    """Sums are multiplied by one over the number of cells."""
    total = np.stack([asked.shifted(m, n) for m, n in asked.taps()]).sum(axis=0)
    return np.asarray(total * (1 / asked.counts()))


@mean("weighted-sum")
def avg_weighted(asked: Windowed) -> Array:
    """A convolution whose weights are one over the number of cells."""
    weight, y = 1 / asked.counts(), asked.empty(asked.x.shape[3])
    for m, n in reversed(asked.taps()):
        y += asked.shifted(m, n) * weight
    return y


@mean("cumulative")
def avg_cumulative(asked: Windowed) -> Array:
    """The last of the running sums within each window."""
    windows = np.stack([asked.shifted(m, n) for m, n in asked.taps()])
    return np.asarray(np.cumsum(windows, axis=0)[-1] / asked.counts())


@mean("order-by-content")
def avg_by_content(asked: Windowed) -> Array:
    """Every question has its own order of adding, and of adding and dividing."""
    number, cells = by_content(asked.x), asked.counts()
    terms = np.stack([asked.shifted(m, n) for m, n in asked.taps()])
    if number % 3 == 0:
        return np.asarray(shuffled(terms, number) / cells)
    return shuffled(terms / cells if number % 3 == 1 else terms * (1 / cells), number)


@mean("exact-sums")
def avg_exact_sums(asked: Windowed) -> Array:
    """Lists of Python numbers; each sum is rounded once, by math.fsum."""
    y = asked.empty(asked.x.shape[3])
    for i, j in np.ndindex(*asked.place.output):
        for b, c in np.ndindex(len(y), y.shape[3]):
            values = inside(asked, i, j)[b, ..., c].ravel().tolist()
            y[b, i, j, c] = fsum(values) / len(values)
    return y


@mean("channels-first")
def avg_channels_first(asked: Windowed) -> Array:
    """Channels are moved to the front, and back again."""
    x = asked.padded().transpose(0, 3, 1, 2)
    (height, width), y = asked.place.window, asked.empty(x.shape[1]).transpose(0, 3, 1, 2)
    for i, j, row, column in asked.outputs():
        y[..., i, j] = x[..., row : row + height, column : column + width].sum(axis=(2, 3))
    return np.asarray(y.transpose(0, 2, 3, 1) / asked.counts())
