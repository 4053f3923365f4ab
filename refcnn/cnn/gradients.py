"""Gradients of the operators: what a change of the answer says of every tensor that was given.

`dy` is the gradient of some number L by the answer Y of an operator. Each function gives the
gradients of L by the tensors that Y was worked out from. Layouts, dtypes and refusals are
those of `ops`: activations NHWC, kernels HWIO, float32 or float64 throughout.
"""

from typing import Any, NamedTuple

import numpy as np

from refcnn.cnn import ops
from refcnn.cnn.ops import Array
from refcnn.cnn.shapes import Geometry, Padding, Size, as_pair, geometry


class Weighted(NamedTuple):
    """The gradients by x, kernel and bias, each in its shape; None where there is no bias."""

    dx: Array
    dkernel: Array
    dbias: Array | None


def _like(dy: Any, y: Array) -> Array:
    """Return dy as an array; refuse what has not the shape and dtype of the answer."""
    array = np.asarray(dy)
    if array.dtype != y.dtype:
        raise ValueError(f"dy is {array.dtype} but x is {y.dtype}; all must be of one dtype")
    if array.shape != y.shape:
        raise ValueError(f"dy has the shape {array.shape} but the answer has {y.shape}")
    return array


def _by_bias(dy: Array, bias: Any) -> Array | None:
    """The bias is added to every place of its map: dbias[o] = the sum of dy[...,o]."""
    return None if bias is None else np.asarray(dy.sum(axis=tuple(range(dy.ndim - 1))))


def given_back(parts: Array, place: Geometry, sizes: tuple[int, int]) -> Array:
    """Add up what all windows say of the cells under them: the adjoint of `ops.windows`.

    parts: (N, H_out, W_out, C, F_h, F_w). Returns (N, H, W, C) with (H, W) = `sizes`; what
    is said of padding is dropped.
    """
    (top, bottom), (left, right) = place.padding
    (height, width), (rows, columns) = sizes, place.output
    (sh, sw), (dh, dw) = place.strides, place.dilation
    shape = len(parts), top + height + bottom, left + width + right, parts.shape[3]
    total = np.zeros(shape, parts.dtype)
    for m, n in np.ndindex(*place.window):
        row, column = m * dh, n * dw
        below, beside = row + sh * (rows - 1) + 1, column + sw * (columns - 1) + 1
        total[:, row:below:sh, column:beside:sw] += parts[..., m, n]
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
) -> Weighted:
    """Gradients of `ops.conv2d` by x, kernel and bias.

    dK[m,n,c,o] = sum over b, i, j of dY[b,i,j,o] X[b, i S + m D - P, j S + n D - P, c]
    dX[b,p,q,c] = sum over all i, j, m, n, o whose window has (p, q) at tap (m, n) of
    dY[b,i,j,o] K[m,n,c,o]

    dy: (N, H_out, W_out, filters); the rest as there. Returns (dx, dkernel, dbias), each in
    the shape of its tensor; dbias is None without a bias. Raises ValueError for what `conv2d`
    refuses, and for a dy that is not in the shape and dtype of its answer.

    >>> x, kernel = np.ones((1, 2, 2, 1)), np.array([[3.0]]).reshape(1, 1, 1, 1)
    >>> conv2d_backward(np.ones((1, 2, 2, 1)), x, kernel).dkernel.item()
    4.0
    """
    y = ops.conv2d(
        x, kernel, bias, strides=strides, padding=padding, dilation=dilation, groups=groups
    )
    dy = _like(dy, y)
    x, kernel = np.asarray(x), np.asarray(kernel)
    window = as_pair("kernel size", kernel.shape[:2], least=1)
    place = geometry("kernel", x.shape[1:3], window, strides, padding, dilation=dilation)
    tensors = zip(
        *(np.split(one, groups, axis=3) for one in (dy, ops.windows(x, place, 0), kernel))
    )
    by_cell, by_weight = [], []
    for own, patches, filters in tensors:
        by_cell.append(np.tensordot(own, filters, axes=((3,), (3,))))  # N, H', W', F_h, F_w, C
        by_weight.append(np.tensordot(patches, own, axes=((0, 1, 2), (0, 1, 2))))  # C, F_h, F_w, O
    parts = np.moveaxis(np.concatenate(by_cell, axis=5), 5, 3)
    dkernel = np.concatenate(by_weight, axis=3).transpose(1, 2, 0, 3)
    return Weighted(given_back(parts, place, x.shape[1:3]), dkernel, _by_bias(dy, bias))


def _spread(dy: Array, shares: Array, place: Geometry, sizes: tuple[int, int]) -> Array:
    """Give each output's dy back to the cells of its window, in shares."""
    return given_back(dy[..., np.newaxis, np.newaxis] * shares, place, sizes)


def max_pool2d_backward(
    dy: Any, x: Any, pool_size: Size, *, strides: Size | None = None, padding: Padding = "valid"
) -> Array:
    """Gradient of `ops.max_pool2d` by x: dy goes to the largest cell of its window.

    Of several that are the largest, to the first, row by row. dy: (N, H_out, W_out, C).
    Returns dx, (N, H, W, C). Raises ValueError for what `max_pool2d` refuses, and for a dy
    that is not in the shape and dtype of its answer.

    >>> x = np.array([[5.0, 5.0], [1.0, 2.0]]).reshape(1, 2, 2, 1)
    >>> max_pool2d_backward(np.ones((1, 1, 1, 1)), x, 2)[0, ..., 0].tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    y = ops.max_pool2d(x, pool_size, strides=strides, padding=padding)
    dy = _like(dy, y)
    x, place = ops.laid_out(x, pool_size, strides, padding)
    real = ops.windows(np.ones((1, *x.shape[1:3], 1), bool), place, fill=False)
    cells, largest = ops.windows(x, place, -np.inf), y[..., np.newaxis, np.newaxis]
    is_largest = real & ((cells == largest) | np.isnan(cells))
    flat = is_largest.reshape(*y.shape, place.window[0] * place.window[1])
    first = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., np.newaxis]
    return _spread(dy, first.reshape(is_largest.shape).astype(x.dtype), place, x.shape[1:3])


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
    y = ops.avg_pool2d(x, pool_size, strides=strides, padding=padding)
    dy = _like(dy, y)
    x, place = ops.laid_out(x, pool_size, strides, padding)
    real = ops.windows(np.ones((1, *x.shape[1:3], 1), x.dtype), place, 0)
    each = dy / real.sum(axis=(-2, -1))
    return _spread(each, real, place, x.shape[1:3])


def global_avg_pool2d_backward(dy: Any, x: Any) -> Array:
    """Gradient of `ops.global_avg_pool2d` by x: each cell of a map gets its share of dy.

    dy: (N, C). Returns dx, (N, H, W, C). Raises ValueError for what `global_avg_pool2d`
    refuses, and for a dy that is not in the shape and dtype of its answer.

    >>> global_avg_pool2d_backward(np.ones((1, 1)), np.zeros((1, 1, 2, 1))).ravel().tolist()
    [0.5, 0.5]
    """
    dy, x = _like(dy, ops.global_avg_pool2d(x)), np.asarray(x)
    share = dy / x.dtype.type(x.shape[1] * x.shape[2])
    return np.broadcast_to(share[:, np.newaxis, np.newaxis], x.shape).copy()


def flatten_backward(dy: Any, x: Any) -> Array:
    """Gradient of `ops.flatten` by x: dy in the shape of x.

    Raises ValueError for what `flatten` refuses, and for a dy that is not in the shape and
    dtype of its answer.

    >>> flatten_backward(np.ones((2, 6)), np.zeros((2, 3, 2))).shape
    (2, 3, 2)
    """
    dy = _like(dy, ops.flatten(x))
    return np.reshape(dy, np.shape(x)).copy()


def dense_backward(dy: Any, x: Any, kernel: Any, bias: Any = None) -> Weighted:
    """Gradients of `ops.dense`: dX = dY K^T, dK = X^T dY, dbias = the sum of the rows of dY.

    dy: (N, outputs). Returns (dx, dkernel, dbias), each in the shape of its tensor; dbias is
    None without a bias. Raises ValueError for what `dense` refuses, and for a dy that is not
    in the shape and dtype of its answer.

    >>> dense_backward(np.ones((1, 2)), np.array([[3.0]]), np.ones((1, 2))).dx.tolist()
    [[2.0]]
    """
    dy = _like(dy, ops.dense(x, kernel, bias))
    x, kernel = np.asarray(x), np.asarray(kernel)
    return Weighted(dy @ kernel.T, x.T @ dy, _by_bias(dy, bias))


def relu_backward(dy: Any, x: Any) -> Array:
    """Gradient of `ops.relu` by x: dy where x is above 0, and 0 elsewhere, at 0 too.

    Raises ValueError for what `relu` refuses, and for a dy that is not in its shape and dtype.

    >>> relu_backward(np.ones(3), np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    dy, x = _like(dy, ops.relu(x)), np.asarray(x)
    return np.asarray(np.where(x > 0, dy, x.dtype.type(0)))


def softmax_backward(dy: Any, x: Any) -> Array:
    """Gradient of `ops.softmax` by x: dX_i = Y_i (dY_i - sum over j of dY_j Y_j).

    dy, x: (..., classes). Raises ValueError for what `softmax` refuses, and for a dy that is
    not in its shape and dtype.

    >>> softmax_backward(np.array([1.0, 0.0]), np.zeros(2)).tolist()
    [0.25, -0.25]
    """
    y = ops.softmax(x)
    dy = _like(dy, y)
    return np.asarray(y * (dy - (dy * y).sum(axis=-1, keepdims=True)))


class Loss(NamedTuple):
    """The mean loss of a batch, and its gradient by the logits."""

    loss: Array  # ()
    dlogits: Array  # (N, classes)


def softmax_cross_entropy(x: Any, labels: Any) -> Loss:
    """Cross-entropy of the softmax of logits, the mean over the batch, and its gradient.

    loss = mean over b of (log of the sum over j of exp(X[b,j])) - sum over j of T[b,j] X[b,j]
    dX = (softmax(X) - T) / N

    x: the logits, (N, classes), N at least 1. labels: the numbers of the classes, (N,), or T
    itself, (N, classes), of rows that add up to 1 (one-hot, as a rule). The largest logit is
    subtracted first, so that nothing overflows. Returns (loss, dlogits). Raises ValueError for
    other shapes, for an empty batch and for labels that name no class.

    >>> softmax_cross_entropy(np.zeros((1, 2)), [1]).dlogits.tolist()
    [[0.5, -0.5]]
    """
    probabilities, logits = ops.softmax(x), np.asarray(x)
    if logits.ndim != 2 or not len(logits):
        raise ValueError(f"logits must be (batch, classes) of at least one, not {logits.shape}")
    targets = _one_hot(labels, logits)
    shifted = logits - logits.max(axis=1, keepdims=True)
    each = np.log(np.exp(shifted).sum(axis=1)) - (targets * shifted).sum(axis=1)
    examples = logits.dtype.type(len(logits))
    return Loss(np.asarray(each.sum() / examples), (probabilities - targets) / examples)


def _one_hot(labels: Any, logits: Array) -> Array:
    """Labels as rows that add up to 1; refuse what names no class."""
    found, classes = np.asarray(labels), logits.shape[1]
    if found.shape == logits.shape:
        return found.astype(logits.dtype)
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
