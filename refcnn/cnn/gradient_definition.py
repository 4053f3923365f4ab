"""Gradients as their meaning says them: the second oracle of `gradients`.

L is the sum of dY Y over the answer Y of an operator. Where Y is linear in a tensor, L changes
by the gradient when 1 is added to an element, wherever that is. So the gradient is read off
the loops of `definition`, and nothing is derived by hand: the loops are run on a tensor whose
elements remember, through every sum and product, how often each of them is in it. That takes
exact numbers: arrays of dtype object, holding `fractions.Fraction` or `int`. Arguments are
taken to be legal. Nothing is shared with `ops`, `shapes` or `gradients`.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from refcnn.cnn import definition
from refcnn.cnn.definition import Array


class Linear:
    """An element of a tensor, or a sum of such, each times a number; constants are forgotten."""

    __slots__ = ("parts",)

    def __init__(self, *parts: tuple[Any, Any]) -> None:
        """Be made of parts: a linear one, or the index of an element, each with its factor."""
        self.parts = parts

    def __add__(self, other: Any) -> "Linear":
        """A sum; a number changes nothing of what is in it."""
        return Linear((self, 1), (other, 1)) if isinstance(other, Linear) else self

    __radd__ = __add__

    def __mul__(self, factor: Any) -> "Linear":
        """A multiple."""
        return Linear((self, factor))

    __rmul__ = __mul__

    def __truediv__(self, number: Any) -> "Linear":
        """A part."""
        return Linear((self, Fraction(1, number)))


def read_off(forward: Callable[[Array], Array], tensor: Array, dy: Array) -> Array:
    """Return the gradient of L by a tensor in which `forward` is linear, or linear plus a constant.

    forward: from `tensor` to Y. dy: in the shape of Y. Returns it in the shape of `tensor`.

    >>> twice = lambda t: t + t
    >>> read_off(twice, np.array([5, 6], object), np.array([1, 10], object)).tolist()
    [2, 20]
    """
    elements, gradient = np.empty(tensor.shape, object), np.zeros(tensor.shape, object)
    for index in np.ndindex(tensor.shape):
        elements[index] = Linear((index, 1))
    answer = forward(elements)
    left = [(y, dy[index]) for index, y in np.ndenumerate(answer) if isinstance(y, Linear)]
    while left:
        sum_of, times = left.pop()
        for part, factor in sum_of.parts:
            if isinstance(part, Linear):
                left.append((part, times * factor))
            else:
                gradient[part] += times * factor
    return gradient


def _weighted(
    forward: Callable[..., Array], dy: Array, x: Array, kernel: Array, bias: Array | None
) -> tuple[Array, Array, Array | None]:
    """(dx, dkernel, dbias) of what is linear in x, in the kernel, and in the bias."""
    dx = read_off(lambda t: forward(t, kernel, bias), x, dy)
    dkernel = read_off(lambda t: forward(x, t, bias), kernel, dy)
    if bias is None:
        return dx, dkernel, None
    return dx, dkernel, read_off(lambda t: forward(x, kernel, t), bias, dy)


def conv2d_backward(
    dy: Array, x: Array, kernel: Array, bias: Array | None = None, **place: Any
) -> tuple[Array, Array, Array | None]:
    """(dx, dkernel, dbias) of `definition.conv2d`; place: strides, padding, dilation, groups."""
    return _weighted(partial(definition.conv2d, **place), dy, x, kernel, bias)


def dense_backward(
    dy: Array, x: Array, kernel: Array, bias: Array | None = None
) -> tuple[Array, Array, Array | None]:
    """(dx, dkernel, dbias) of `definition.dense`."""
    return _weighted(definition.dense, dy, x, kernel, bias)


def avg_pool2d_backward(dy: Array, x: Array, pool_size: Any, **place: Any) -> Array:
    """Dx of `definition.avg_pool2d`; place: strides, padding."""
    return read_off(lambda t: definition.avg_pool2d(t, pool_size, **place), x, dy)


def global_avg_pool2d_backward(dy: Array, x: Array) -> Array:
    """Dx of `definition.global_avg_pool2d`."""
    return read_off(definition.global_avg_pool2d, x, dy)


def flatten_backward(dy: Array, x: Array) -> Array:
    """Dx of `definition.flatten`."""
    return read_off(definition.flatten, x, dy)


def max_pool2d_backward(
    dy: Array,
    x: Array,
    pool_size: Any,
    *,
    strides: Any = None,
    padding: Any = "valid",
    ties: str = "first",
) -> Array:
    """DY goes to the first cell, row by row, that is the largest of its window.

    Or to all that are, or to these in equal shares.
    """
    size = (pool_size, pool_size) if isinstance(pool_size, int) else pool_size
    gradient = np.zeros(x.shape, object)
    for i, j, cells in definition.windows(x, size, size if strides is None else strides, padding):
        for b, c in np.ndindex(len(x), x.shape[3]):
            values = [x[b, row, column, c] for _, _, row, column in cells]
            largest = [cell for cell, value in zip(cells, values) if value == max(values)]
            getting = largest[:1] if ties == "first" else largest
            share = dy[b, i, j, c] / (len(largest) if ties == "shared" else 1)
            for _, _, row, column in getting:
                gradient[b, row, column, c] += share
    return gradient


def relu_backward(dy: Array, x: Array) -> Array:
    """DY where X is above 0, else 0."""
    gradient = np.zeros(x.shape, object)
    for index in np.ndindex(x.shape):
        gradient[index] = dy[index] if x[index] > 0 else 0
    return gradient


def softmax_backward(dy: Array, x: Array, exp: Any = math.exp) -> Array:
    """DX_i = sum over j of dY_j Y_j ([i = j] - Y_i): the rule of the quotient, term by term."""
    y, gradient = definition.softmax(x, exp), np.zeros(x.shape, object)
    for *row, i in np.ndindex(x.shape):
        place = tuple(row)
        terms = [
            dy[(*place, j)] * y[(*place, j)] * (int(i == j) - y[(*place, i)])
            for j in range(x.shape[-1])
        ]
        gradient[(*place, i)] = sum(terms)
    return gradient


def softmax_cross_entropy(
    logits: Array,
    targets: Array,
    exp: Any = math.exp,
    log: Any = math.log,
    *,
    reduction: str = "mean",
) -> tuple[Any, Array]:
    """(loss, dlogits): loss = - sum over b, j of T[b,j] log Y[b,j] / N, Y the softmax.

    The gradient by the rule of the chain: first by Y, then by the logits. N is 1 for a sum.
    """
    y, examples = definition.softmax(logits, exp), len(logits) if reduction == "mean" else 1
    loss, by_y = 0, np.zeros(y.shape, object)
    for index in np.ndindex(y.shape):
        if targets[index]:
            loss = loss - targets[index] * log(y[index]) / examples
            by_y[index] = -targets[index] / y[index] / examples
    return loss, softmax_backward(by_y, logits, exp)
