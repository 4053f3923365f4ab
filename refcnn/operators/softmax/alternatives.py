"""softmax by other routes."""

from collections.abc import Callable
from math import exp, fsum
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, catalogue, floats
from refcnn.suite.sums import by_content, shuffled
from refcnn.suite.tensors import Array


def rows(route: Callable[[Array], Array]) -> Operator:
    """The operator of a route along the last axis, which is not empty."""

    def function(x: Any) -> Array:
        x = floats("x", x, 0)
        if not x.shape or not x.shape[-1]:
            raise ValueError(f"x of shape {x.shape} has no classes")
        return route(x)

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("softmax", rows, ALTERNATIVES)


@route("log-of-the-sum")
def log_of_the_sum(x: Array) -> Array:
    """exp(x - m - log of the sum of exp(x - m))."""
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))))


@route("rows")
def one_row(x: Array) -> Array:
    """One row after the other."""
    y = np.empty_like(x)
    for index in np.ndindex(x.shape[:-1]):
        powers = np.exp(x[index] - x[index].max())
        y[index] = powers / powers.sum()
    return y


@route("exact-sums")
def exact_sums(x: Array) -> Array:
    """Lists of Python numbers, math.exp and math.fsum."""
    y = np.empty_like(x)
    for index in np.ndindex(x.shape[:-1]):
        logits = x[index].tolist()
        powers = [exp(v - max(logits)) for v in logits]
        y[index] = [p / fsum(powers) for p in powers]
    return y


@route("base-2")
def base_2(x: Array) -> Array:
    """Powers of 2 in place of those of e."""
    log2_e = np.dtype(x.dtype).type(1 / np.log(2))
    powers = np.exp2((x - x.max(axis=-1, keepdims=True)) * log2_e)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@route("reciprocal")
def reciprocal(x: Array) -> Array:
    """Each exponential times one over the sum."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers * (1 / powers.sum(axis=-1, keepdims=True)))


@route("float64-inside")
def float64_inside(x: Array) -> Array:
    """Everything is done in float64, and the answer rounded to the dtype."""
    wide = x.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    return np.asarray((powers / powers.sum(axis=-1, keepdims=True)).astype(x.dtype))


@route("order-by-content")
def order_by_content(x: Array) -> Array:
    """Every question has its own order of adding, and one of three formulas."""
    number, shifted = by_content(x), x - x.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    total = shuffled(np.moveaxis(powers, -1, 0), number)[..., np.newaxis]
    if number % 3 == 0:
        return np.asarray(np.exp(shifted - np.log(total)))
    return np.asarray(powers / total if number % 3 == 1 else powers * (1 / total))


@route("classes-first")
def classes_first(x: Array) -> Array:
    """The classes are moved to the front, and back again."""
    front = np.moveaxis(x, -1, 0)
    powers = np.exp(front - front.max(axis=0))
    return np.moveaxis(powers / powers.sum(axis=0), 0, -1)


@route("differences")
def differences(x: Array) -> Array:
    """One over the sum of exp(x_j - x_i), each output by itself."""
    away = x[..., np.newaxis, :] - x[..., np.newaxis]
    shares = np.where(x == -np.inf, 0, 1 / np.exp(away).sum(axis=-1))
    finite = np.isfinite(x.max(axis=-1, keepdims=True))
    return np.asarray(np.where(finite, shares, np.nan).astype(x.dtype))
