"""dense_backward by other routes."""

from collections.abc import Callable
from math import fsum
from operator import mul
from typing import Any

import numpy as np

from refcnn.operators.dense.alternatives import strassen
from refcnn.suite.alternatives import Alternative, Operator, catalogue, floats, weights_of
from refcnn.suite.sums import by_content, compensated, halved, shuffled
from refcnn.suite.tensors import Array

Route = Callable[[Array, Array, Array], tuple[Array, Array, Array]]


def with_dy(route: Route) -> Operator:
    """The operator of a route to the gradients by x, kernel and bias."""

    def function(dy: Any, x: Any, kernel: Any, bias: Any = None) -> Any:
        x, kernel, bias = weights_of(x, kernel, bias, 2)
        dy = floats("dy", dy, 2, x.dtype)
        if dy.shape != (len(x), kernel.shape[1]):
            raise ValueError(f"dy of shape {dy.shape} for {len(x)} rows of {kernel.shape[1]}")
        dx, dkernel, dbias = route(dy, x, kernel)
        return dx, dkernel, None if bias is None else dbias

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("dense_backward", with_dy, ALTERNATIVES)


@route("loops")
def exact_sums(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """Lists of Python numbers; each sum is rounded once, by math.fsum."""
    dx, dkernel, dbias = np.zeros_like(x), np.zeros_like(kernel), np.zeros_like(dy[:1]).sum(axis=0)
    for b, i in np.ndindex(dx.shape):
        dx[b, i] = fsum(map(mul, dy[b].tolist(), kernel[i].tolist()))
    for i, o in np.ndindex(dkernel.shape):
        dkernel[i, o] = fsum(map(mul, x[:, i].tolist(), dy[:, o].tolist()))
    for o in range(len(dbias)):
        dbias[o] = fsum(dy[:, o].tolist())
    return dx, dkernel, dbias


@route("example-by-example")
def example_by_example(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """Each example adds an outer product to the gradient of the kernel."""
    dx, dkernel = np.zeros_like(x), np.zeros_like(kernel)
    dbias = np.zeros(kernel.shape[1], x.dtype)
    for b, row in enumerate(dy):
        dx[b] = kernel @ row
        dkernel += np.multiply.outer(x[b], row)
        dbias += row
    return dx, dkernel, dbias


@route("einsum")
def einsum(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """Einstein sums."""
    by_bias = np.einsum("bo->o", dy)
    return np.einsum("bo,io->bi", dy, kernel), np.einsum("bi,bo->io", x, dy), by_bias


@route("transposed")
def transposed(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """The transposed matrices in the other order; the answers are views."""
    return (kernel @ dy.T).T, (dy.T @ x).T, np.ones(len(dy), dy.dtype) @ dy


@route("bias-as-an-input")
def bias_as_an_input(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """The bias is the weight of one more input, which is always 1."""
    wide = np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1)
    both = wide.T @ dy
    return dy @ kernel.T, both[:-1], both[-1]


@route("pairwise-sums")
def pairwise_sums(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """Sums are halved again and again down to single products."""
    return _summed(dy, x, kernel, halved)


@route("compensated-sums")
def compensated_sums(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """Sums carry their rounding errors along (Kahan)."""
    return _summed(dy, x, kernel, lambda t: compensated(t) if len(t) else t.sum(axis=0))


@route("order-by-content")
def order_by_content(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """Products are added up in another order for every question."""
    number = by_content(dy, x, kernel)
    return _summed(dy, x, kernel, lambda t: shuffled(t, number) if len(t) else t.sum(axis=0))


def _summed(
    dy: Array, x: Array, kernel: Array, add: Callable[[Array], Array]
) -> tuple[Array, Array, Array]:
    """Every single product, added up along the first axis in one way."""
    by_x = dy.T[..., np.newaxis] * kernel.T[:, np.newaxis]  # (outputs, N, inputs)
    by_kernel = x[..., np.newaxis] * dy[:, np.newaxis]  # (N, inputs, outputs)
    return add(by_x), add(by_kernel), add(dy)


@route("float64-inside")
def float64_inside(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """Everything is done in float64, and the answers rounded to the dtype."""
    wide = (tensor.astype(np.float64) for tensor in (dy, x, kernel))
    found = einsum(*wide)
    dx, dkernel, dbias = (one.astype(x.dtype) for one in found)
    return dx, dkernel, dbias


@route("strassen", "fast")
def by_strassen(dy: Array, x: Array, kernel: Array) -> tuple[Array, Array, Array]:
    """Seven products of halves in place of eight, again and again."""
    return strassen(dy, kernel.T), strassen(x.T, dy), dy.sum(axis=0)
