"""dense by other routes."""

from collections.abc import Callable
from math import fsum
from operator import mul
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, catalogue, weights_of
from refcnn.suite.sums import by_content, compensated, halved, shuffled
from refcnn.suite.tensors import Array


def with_bias(route: Callable[[Array, Array], Array]) -> Operator:
    """The operator of a route through a matrix product."""

    def function(x: Any, kernel: Any, bias: Any = None) -> Array:
        x, kernel, bias = weights_of(x, kernel, bias, 2)
        y = route(x, kernel)
        return y if bias is None else np.asarray(y + bias)

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("dense", with_bias, ALTERNATIVES)


@route("loops")
def exact_sums(x: Array, kernel: Array) -> Array:
    """Lists of Python numbers; each sum is rounded once, by math.fsum."""
    y, columns = np.zeros((len(x), kernel.shape[1]), x.dtype), kernel.T.tolist()
    for b, row in enumerate(x.tolist()):
        y[b] = [fsum(map(mul, row, column)) for column in columns]
    return y


@route("outer-products")
def outer_products(x: Array, kernel: Array) -> Array:
    """Each input times its row of weights, added to all outputs."""
    y = np.zeros((len(x), kernel.shape[1]), x.dtype)
    for i, row in enumerate(kernel):
        y += np.multiply.outer(x[:, i], row)
    return y


@route("reversed")
def reversed_inputs(x: Array, kernel: Array) -> Array:
    """The same from the last input to the first."""
    return outer_products(x[:, ::-1], kernel[::-1])


@route("einsum")
def einsum(x: Array, kernel: Array) -> Array:
    """One Einstein sum."""
    return np.asarray(np.einsum("bi,io->bo", x, kernel))


@route("dot-by-dot")
def dot_by_dot(x: Array, kernel: Array) -> Array:
    """One inner product an output."""
    y = np.zeros((len(x), kernel.shape[1]), x.dtype)
    for b, o in np.ndindex(y.shape):
        y[b, o] = np.dot(x[b], np.ascontiguousarray(kernel[:, o]))
    return y


@route("transposed")
def transposed(x: Array, kernel: Array) -> Array:
    """The transposed matrices in the other order; the answer is a view."""
    return (kernel.T @ x.T).T


@route("blocks")
def blocks(x: Array, kernel: Array) -> Array:
    """The inputs in blocks of five, each a matrix product."""
    starts = range(0, len(kernel), 5)
    parts = [x[:, i : i + 5] @ kernel[i : i + 5] for i in starts]
    return np.asarray(np.sum(parts, axis=0))


def products(x: Array, kernel: Array) -> Array:
    """Every single product: (inputs, N, outputs)."""
    return x.T[..., np.newaxis] * kernel[:, np.newaxis]


@route("pairwise-sums")
def pairwise_sums(x: Array, kernel: Array) -> Array:
    """Sums are halved again and again down to single products."""
    return halved(products(x, kernel))


@route("compensated-sums")
def compensated_sums(x: Array, kernel: Array) -> Array:
    """Sums carry their rounding errors along (Kahan)."""
    return compensated(products(x, kernel))


@route("order-by-content")
def order_by_content(x: Array, kernel: Array) -> Array:
    """Products are added up in another order for every question."""
    return shuffled(products(x, kernel), by_content(x, kernel))


@route("float64-inside")
def float64_inside(x: Array, kernel: Array) -> Array:
    """Everything is done in float64, and the answer rounded to the dtype."""
    return np.asarray((x.astype(np.float64) @ kernel.astype(np.float64)).astype(x.dtype))


@route("strassen", "fast")
def strassen(x: Array, kernel: Array) -> Array:
    """Seven products of halves in place of eight, again and again."""
    shape = len(x), kernel.shape[1]
    if min(*x.shape, *kernel.shape) <= 1:
        return np.asarray(x @ kernel)
    a, b, c, d = quarters(x)
    e, f, g, h = quarters(kernel)
    p, q, r = strassen(a, f - h), strassen(a + b, h), strassen(c + d, e)
    s, t = strassen(d, g - e), strassen(a + d, e + h)
    u, v = strassen(b - d, g + h), strassen(a - c, e + f)
    whole = np.block([[t + s - q + u, p + q], [r + s, p + t - r - v]])
    return whole[: shape[0], : shape[1]]


def quarters(matrix: Array) -> tuple[Array, Array, Array, Array]:
    """The four quarters of a matrix, zeros put where its sides are odd."""
    even = np.pad(matrix, [(0, size % 2) for size in matrix.shape])
    rows, columns = even.shape[0] // 2, even.shape[1] // 2
    top, bottom = even[:rows], even[rows:]
    return top[:, :columns], top[:, columns:], bottom[:, :columns], bottom[:, columns:]
