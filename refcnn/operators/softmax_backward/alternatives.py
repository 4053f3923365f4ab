"""softmax_backward by other routes."""

from collections.abc import Callable
from math import exp, fsum
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, catalogue, floats
from refcnn.suite.tensors import Array


def rows(route: Callable[[Array, Array], Array]) -> Operator:
    """The operator of a route along the last axis, which is not empty."""

    def function(dy: Any, x: Any) -> Array:
        x = floats("x", x, 0)
        dy = floats("dy", dy, 0, x.dtype)
        if not x.shape or not x.shape[-1] or dy.shape != x.shape:
            raise ValueError(f"x of shape {x.shape}, dy of {dy.shape}")
        return route(dy, x)

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("softmax_backward", rows, ALTERNATIVES)


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@route("jacobian")
def jacobian(dy: Array, x: Array) -> Array:
    """The matrix of all derivatives of a row, diag(p) - p p^T, times dY."""
    found = np.empty_like(x)
    for index in np.ndindex(x.shape[:-1]):
        p = _softmax(x[index])
        found[index] = (np.diag(p) - np.outer(p, p)) @ dy[index]
    return found


@route("products-apart")
def products_apart(dy: Array, x: Array) -> Array:
    """p dY, less p times the sum of p dY."""
    both = _softmax(x) * dy
    return np.asarray(both - _softmax(x) * both.sum(axis=-1, keepdims=True))


@route("loops")
def loops(dy: Array, x: Array) -> Array:
    """Lists of Python numbers, math.exp and math.fsum."""
    found = np.empty_like(x)
    for index in np.ndindex(x.shape[:-1]):
        logits, told = x[index].tolist(), dy[index].tolist()
        powers = [exp(v - max(logits)) for v in logits]
        p = [power / fsum(powers) for power in powers]
        mean = fsum(a * b for a, b in zip(p, told))
        found[index] = [a * (b - mean) for a, b in zip(p, told)]
    return found


@route("float64-inside")
def float64_inside(dy: Array, x: Array) -> Array:
    """Everything is done in float64, and the answer rounded to the dtype."""
    p, wide = _softmax(x.astype(np.float64)), dy.astype(np.float64)
    mean = (p * wide).sum(axis=-1, keepdims=True)
    return np.asarray((p * (wide - mean)).astype(x.dtype))


@route("log-softmax")
def log_softmax(dy: Array, x: Array) -> Array:
    """The probabilities as exponentials of x - m - log of the sum of exp(x - m)."""
    shifted = x - x.max(axis=-1, keepdims=True)
    p = np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
    return np.asarray(p * (dy - np.einsum("...i,...i->...", p, dy)[..., np.newaxis]))


@route("pairs")
def pairs(dy: Array, x: Array) -> Array:
    """The sum of p_i p_j (dY_i - dY_j) over all j."""
    p = _softmax(x)
    apart = dy[..., np.newaxis] - dy[..., np.newaxis, :]
    return np.asarray(p * np.einsum("...j,...ij->...i", p, apart))
