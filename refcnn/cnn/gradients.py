"""Gradients of the operators: what a change of the answer says of every tensor that was given.

`dy` is the gradient of some number L by the answer Y of an operator. Each function gives the
gradients of L by the tensors that Y was worked out from. Layouts, dtypes and refusals are
those of `ops`: activations NHWC, kernels HWIO, float32 or float64 throughout.
"""

from collections.abc import Iterable, Iterator
from itertools import repeat
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from refcnn.cnn import ops
from refcnn.cnn.ops import Array
from refcnn.cnn.shapes import Geometry, Padding, Size


class Weighted(NamedTuple):
    """The gradients by x, kernel and bias, each in its shape; None where there is no bias.

    None for dx, too, where it is not wanted.
    """

    dx: Array | None
    dkernel: Array
    dbias: Array | None


def _like(dy: Any, shape: tuple[int, ...], dtype: Any) -> Array:
    """Return dy as an array; refuse what has not the shape and dtype of the answer."""
    array = np.asarray(dy)
    if array.dtype != dtype:
        raise ValueError(f"dy is {array.dtype} but x is {dtype}; all must be of one dtype")
    if array.shape != shape:
        raise ValueError(f"dy has the shape {array.shape} but the answer has {shape}")
    return array


def _by_bias(dy: Array, bias: Any) -> Array | None:
    """The bias is added to every place of its map: dbias[o] = the sum of dY[...,o].

    As a product with ones, which is several times as fast as a sum over the long axis.
    """
    if bias is None:
        return None
    rows = dy.reshape(prod(dy.shape[:-1]), dy.shape[-1])
    return np.ones(len(rows), dy.dtype) @ rows


def _where(chosen: Array, dy: Array) -> Array:
    """DY where chosen, else 0: by its bits, ten times as fast as np.where, which branches."""
    bits = np.dtype(f"i{dy.itemsize}")
    return np.asarray((dy.view(bits) & -chosen.astype(bits)).view(dy.dtype))


def given_back(parts: Iterable[Array], place: Geometry, x: Array) -> Array:
    """Add up what all windows say of the cells under them: the adjoint of `ops.taps`.

    parts: for each tap of the window, row by row, (N, H_out, W_out, C). Returns the sums in
    the shape of x, (N, H, W, C); what is said of padding is dropped.
    """
    (top, bottom), (left, right) = place.padding
    images, height, width, channels = x.shape
    total = np.zeros((images, top + height + bottom, left + width + right, channels), x.dtype)
    for part, (rows, columns) in zip(parts, place.taps()):
        total[:, rows, columns] += part
    return total[:, top : top + height, left : left + width]


def conv2d_backward(
    dy: Any,
    x: Any,
    kernel: Any,
    bias: Any = None,
    *,
    strides: Size = 1,
    padding: Padding = "valid",
    dilation: Size = 1,
    groups: int = 1,
    of_x: bool = True,
) -> Weighted:
    """Gradients of `ops.conv2d` by x, kernel and bias.

    dK[m,n,c,o] = sum over b, i, j of dY[b,i,j,o] X[b, i S + m D - P, j S + n D - P, c]
    dX[b,p,q,c] = sum over all i, j, m, n, o whose window has (p, q) at tap (m, n) of
    dY[b,i,j,o] K[m,n,c,o]

    dy: (N, H_out, W_out, filters); the rest as there. Returns (dx, dkernel, dbias), each in
    the shape of its tensor; dbias is None without a bias, and dx with `of_x` False, which
    saves half of the work where nobody asks for it. Raises ValueError for what `conv2d`
    refuses, and for a dy that is not in the shape and dtype of its answer.

    >>> x, kernel = np.ones((1, 2, 2, 1)), np.array([[3.0]]).reshape(1, 1, 1, 1)
    >>> conv2d_backward(np.ones((1, 2, 2, 1)), x, kernel).dkernel.item()
    4.0
    """
    x, kernel, bias, place = ops.convolved(
        x, kernel, bias, strides=strides, padding=padding, dilation=dilation, groups=groups
    )
    dy = _like(dy, (len(x), *place.output, kernel.shape[3]), x.dtype)
    groups_of = (ops.by_group(one, groups) for one in (dy, x, kernel))
    each = list(zip(*groups_of))
    dkernels = [_by_kernel(place, *group) for group in each]
    dx = ops.joined([_by_cell(place, *group) for group in each]) if of_x else None
    return Weighted(dx, ops.joined(dkernels), _by_bias(dy, bias))


def _by_cell(place: Geometry, dy: Array, x: Array, kernel: Array) -> Array:
    """What the windows over each cell say of it, tap by tap: dx, (N, H, W, C)."""
    (*outer, filters), depth = dy.shape, x.shape[3]
    rows = dy.reshape(prod(outer), filters)
    taps = kernel.reshape(prod(place.window), depth, filters)
    return given_back(((rows @ tap.T).reshape(*outer, depth) for tap in taps), place, x)


def _by_kernel(place: Geometry, dy: Array, x: Array, kernel: Array) -> Array:
    """What each cell of all windows says of its weights: dkernel, (F_h, F_w, C, filters)."""
    patches = ops.columns(ops.windows(x, place, 0))
    return (patches.T @ dy.reshape(len(patches), dy.shape[3])).reshape(kernel.shape)


def max_pool2d_backward(
    dy: Any,
    x: Any,
    pool_size: Size,
    *,
    strides: Size | None = None,
    padding: Padding = "valid",
    ties: Literal["first", "all", "shared"] = "first",
) -> Array:
    """Gradient of `ops.max_pool2d` by x: dy goes to the largest cell of its window.

    Of several that are the largest, to the first, row by row; other conventions give it to
    "all" of them, or "shared" among them. dy: (N, H_out, W_out, C). Returns dx, (N, H, W, C).
    Raises ValueError for what `max_pool2d` refuses, and for a dy that is not in the shape and
    dtype of its answer.

    >>> x = np.array([[5.0, 5.0], [1.0, 2.0]]).reshape(1, 2, 2, 1)
    >>> max_pool2d_backward(np.ones((1, 1, 1, 1)), x, 2)[0, ..., 0].tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    y = ops.max_pool2d(x, pool_size, strides=strides, padding=padding)
    dy = _like(dy, y.shape, y.dtype)
    x, place = ops.laid_out(x, pool_size, strides, padding)
    getting = _first(largest(x, y, place), y) if ties == "first" else largest(x, y, place)
    if ties == "shared":
        dy = dy / sum(one.astype(dy.dtype) for one in largest(x, y, place))
    return given_back((_where(cells, dy) for cells in getting), place, x)


def largest(x: Array, y: Array, place: Geometry) -> Iterator[Array]:
    """Yield, for each tap of the window, row by row, where it holds a largest cell.

    x: (N, H, W, C), y: its windows' largest cells, (N, H_out, W_out, C). Yields bool arrays in
    the shape of y.
    """
    real = np.ones((1, *x.shape[1:3], 1), bool)
    for cells, within in zip(ops.taps(x, place, -np.inf), ops.taps(real, place, fill=False)):
        yield within & ((cells == y) | np.isnan(cells))


def _first(taps: Iterable[Array], y: Array) -> Iterator[Array]:
    """Of bool arrays in the shape of y: where each is the first to be true."""
    free = np.ones(y.shape, bool)
    for one in taps:
        first = free & one
        yield first
        free &= ~first


def avg_pool2d_backward(
    dy: Any, x: Any, pool_size: Size, *, strides: Size | None = None, padding: Padding = "valid"
) -> Array:
    """Gradient of `ops.avg_pool2d` by x: each cell of a window gets its share of dy.

    dX[b,p,q,c] = sum over all windows with (p, q) of dY[b,i,j,c] / cells of the window

    dy: (N, H_out, W_out, C). Returns dx, (N, H, W, C). Raises ValueError for what
    `avg_pool2d` refuses, and for a dy that is not in the shape and dtype of its answer.

    >>> x = np.zeros((1, 2, 2, 1))
    >>> avg_pool2d_backward(np.ones((1, 1, 1, 1)), x, 2)[0, ..., 0].tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    x, place = ops.laid_out(x, pool_size, strides, padding)
    dy = _like(dy, (len(x), *place.output, x.shape[3]), x.dtype)
    return given_back(repeat(dy / ops.cells_of(place, x)), place, x)


def global_avg_pool2d_backward(dy: Any, x: Any) -> Array:
    """Gradient of `ops.global_avg_pool2d` by x: each cell of a map gets its share of dy.

    dy: (N, C). Returns dx, (N, H, W, C). Raises ValueError for what `global_avg_pool2d`
    refuses, and for a dy that is not in the shape and dtype of its answer.

    >>> global_avg_pool2d_backward(np.ones((1, 1)), np.zeros((1, 1, 2, 1))).ravel().tolist()
    [0.5, 0.5]
    """
    y, x = ops.global_avg_pool2d(x), np.asarray(x)
    dy = _like(dy, y.shape, y.dtype)
    share = dy / x.dtype.type(x.shape[1] * x.shape[2])
    return np.broadcast_to(share[:, np.newaxis, np.newaxis], x.shape).copy()


def flatten_backward(dy: Any, x: Any) -> Array:
    """Gradient of `ops.flatten` by x: dy in the shape of x.

    Raises ValueError for what `flatten` refuses, and for a dy that is not in the shape and
    dtype of its answer.

    >>> flatten_backward(np.ones((2, 6)), np.zeros((2, 3, 2))).shape
    (2, 3, 2)
    """
    y = ops.flatten(x)
    dy = _like(dy, y.shape, y.dtype)
    return np.reshape(dy, np.shape(x)).copy()


def dense_backward(dy: Any, x: Any, kernel: Any, bias: Any = None) -> Weighted:
    """Gradients of `ops.dense`: dX = dY K^T, dK = X^T dY, dbias = the sum of the rows of dY.

    dy: (N, outputs). Returns (dx, dkernel, dbias), each in the shape of its tensor; dbias is
    None without a bias. Raises ValueError for what `dense` refuses, and for a dy that is not
    in the shape and dtype of its answer.

    >>> dense_backward(np.ones((1, 2)), np.array([[3.0]]), np.ones((1, 2))).dx.tolist()
    [[2.0]]
    """
    x, kernel, bias = ops.connected(x, kernel, bias)
    dy = _like(dy, (len(x), kernel.shape[1]), x.dtype)
    return Weighted(dy @ kernel.T, x.T @ dy, _by_bias(dy, bias))


def relu_backward(dy: Any, x: Any) -> Array:
    """Gradient of `ops.relu` by x: dy where x is above 0, and 0 elsewhere, at 0 too.

    Raises ValueError for what `relu` refuses, and for a dy that is not in its shape and dtype.

    >>> relu_backward(np.ones(3), np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    y = ops.relu(x)
    dy = _like(dy, y.shape, y.dtype)
    return _where(y > 0, dy)


def softmax_backward(dy: Any, x: Any) -> Array:
    """Gradient of `ops.softmax` by x: dX_i = Y_i (dY_i - sum over j of dY_j Y_j).

    dy, x: (..., classes). Raises ValueError for what `softmax` refuses, and for a dy that is
    not in its shape and dtype.

    >>> softmax_backward(np.array([1.0, 0.0]), np.zeros(2)).tolist()
    [0.25, -0.25]
    """
    y = ops.softmax(x)
    dy = _like(dy, y.shape, y.dtype)
    return np.asarray(y * (dy - (dy * y).sum(axis=-1, keepdims=True)))


class Loss(NamedTuple):
    """The mean loss of a batch, and its gradient by the logits."""

    loss: Array  # ()
    dlogits: Array  # (N, classes)


def softmax_cross_entropy(
    x: Any, labels: Any, *, reduction: Literal["mean", "sum"] = "mean"
) -> Loss:
    """Cross-entropy of the softmax of logits, the mean over the batch, and its gradient.

    loss = mean over b of (log of the sum over j of exp(X[b,j])) - sum over j of T[b,j] X[b,j]
    dX = (softmax(X) - T) / N

    x: the logits, (N, classes), N at least 1. labels: the numbers of the classes, (N,), or T
    itself, (N, classes), of rows that add up to 1 (one-hot, as a rule). The largest logit is
    subtracted first, so that nothing overflows. Returns (loss, dlogits); with the reduction
    "sum" nothing is divided by N. Raises ValueError for other shapes, for an empty batch and for
    labels that name no class.

    >>> softmax_cross_entropy(np.zeros((1, 2)), [1]).dlogits.tolist()
    [[0.5, -0.5]]
    """
    probabilities, logits = ops.softmax(x), np.asarray(x)
    if logits.ndim != 2 or not len(logits):
        raise ValueError(f"logits must be (batch, classes) of at least one, not {logits.shape}")
    targets = one_hot(labels, logits)
    shifted = logits - logits.max(axis=1, keepdims=True)
    each = np.log(np.exp(shifted).sum(axis=1)) - (targets * shifted).sum(axis=1)
    examples = logits.dtype.type(len(logits) if reduction == "mean" else 1)
    return Loss(np.asarray(each.sum() / examples), (probabilities - targets) / examples)


def _shares(targets: Array) -> Array:
    """Refuse rows that do not add up to 1, but for the rounding of their numbers."""
    off, allowed = np.abs(targets.sum(axis=1) - 1), targets.shape[1] * np.finfo(targets.dtype).eps
    if not ((targets >= 0).all() and (off <= allowed).all()):
        raise ValueError("labels (batch, classes) must be shares that add up to 1 in each row")
    return targets


def one_hot(labels: Any, logits: Array) -> Array:
    """Labels as rows that add up to 1; refuse what names no class."""
    found, classes = np.asarray(labels), logits.shape[1]
    if found.shape == logits.shape:
        return _shares(found.astype(logits.dtype))
    if found.shape != logits.shape[:1] or found.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be {logits.shape[:1]} whole numbers or {logits.shape} shares, "
            f"not {found.shape} of {found.dtype}"
        )
    if found.min() < 0 or found.max() >= classes:
        raise ValueError(
            f"labels must be from 0 to {classes - 1}, not {found.min()} and {found.max()}"
        )
    return np.asarray(found[:, np.newaxis] == np.arange(classes)).astype(logits.dtype)
