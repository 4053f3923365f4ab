"""softmax_cross_entropy by other routes."""

from collections.abc import Callable
from math import exp, fsum, log
from typing import Any

import numpy as np

from refcnn.suite.alternatives import Alternative, Operator, catalogue, floats
from refcnn.suite.tensors import Array

Both = tuple[Any, Array]


def rows(route: Callable[[Array, Array], Both]) -> Operator:
    """The operator of a route over rows of logits, which are there, and their labels."""

    def function(x: Any, labels: Any) -> Both:
        x, labels = floats("x", x, 2), np.asarray(labels)
        if not x.size or labels.shape != x.shape[:1]:
            raise ValueError(f"x of shape {x.shape}, labels of {labels.shape}")
        if labels.min() < 0 or labels.max() >= x.shape[1]:
            raise ValueError(f"labels must be from 0 to {x.shape[1] - 1}")
        return route(x, labels)

    return function


ALTERNATIVES: list[Alternative] = []
route = catalogue("softmax_cross_entropy", rows, ALTERNATIVES)


def _one_hot(x: Array, labels: Array) -> Array:
    return np.eye(x.shape[1], dtype=x.dtype)[labels]


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _log_softmax(x: Array) -> Array:
    shifted = x - x.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


@route("log-sum-exp")
def log_sum_exp(x: Array, labels: Array) -> Both:
    """The logarithm of the sum of exponentials, less the logit of the class."""
    largest = x.max(axis=1)
    of_all = largest + np.log(np.exp(x - largest[:, np.newaxis]).sum(axis=1))
    p = np.exp(x - of_all[:, np.newaxis])
    examples = x.dtype.type(len(x))
    loss = (of_all - x[np.arange(len(x)), labels]).sum() / examples
    return loss, (p - _one_hot(x, labels)) / examples


@route("gathered")
def gathered(x: Array, labels: Array) -> Both:
    """The logarithm of softmax is worked out once; what the labels name is picked out of it."""
    logarithms, places = _log_softmax(x), np.arange(len(x))
    gradient = np.exp(logarithms)
    gradient[places, labels] -= 1
    return -logarithms[places, labels].mean(), gradient / len(x)


@route("one-hot")
def one_hot(x: Array, labels: Array) -> Both:
    """One-hot rows times the logarithms of softmax, all added up."""
    targets = _one_hot(x, labels)
    loss = -np.einsum("bj,bj->", targets, _log_softmax(x)) / x.dtype.type(len(x))
    return loss, _softmax(x) / len(x) - targets / len(x)


@route("reciprocal")
def reciprocal(x: Array, labels: Array) -> Both:
    """Everything is multiplied by one over the number of examples, example by example."""
    share = 1 / x.dtype.type(len(x))
    each = -_log_softmax(x)[np.arange(len(x)), labels]
    return (each * share).sum(), (_softmax(x) - _one_hot(x, labels)) * share


@route("example-by-example")
def example_by_example(x: Array, labels: Array) -> Both:
    """One example after the other, each loss added to those before."""
    loss, gradient = x.dtype.type(0), np.empty_like(x)
    for place, (row, label) in enumerate(zip(x, labels)):
        powers = np.exp(row - row.max())
        loss = loss + (np.log(powers.sum()) + (row.max() - row[label]))
        gradient[place] = powers / powers.sum()
        gradient[place, label] -= 1
    return loss / x.dtype.type(len(x)), gradient / x.dtype.type(len(x))


@route("lists")
def lists(x: Array, labels: Array) -> Both:
    """Lists of Python numbers, math.exp, math.log and math.fsum; the loss is a Python number."""
    each, gradient = [], np.empty_like(x)
    for place, label in enumerate(labels.tolist()):
        logits = x[place].tolist()
        powers = [exp(v - max(logits)) for v in logits]
        total = fsum(powers)
        each.append(log(total) + max(logits) - logits[label])
        gradient[place] = [power / total / len(x) for power in powers]
        gradient[place, label] = (powers[label] / total - 1) / len(x)
    return fsum(each) / len(x), gradient


@route("float64-inside")
def float64_inside(x: Array, labels: Array) -> Both:
    """Everything is done in float64, and the answers rounded to the dtype."""
    loss, gradient = gathered(x.astype(np.float64), labels)
    return x.dtype.type(loss), gradient.astype(x.dtype)


@route("classes-first")
def classes_first(x: Array, labels: Array) -> Both:
    """The classes are moved to the front; the answer is moved back."""
    front = np.ascontiguousarray(x.T)
    powers = np.exp(front - front.max(axis=0))
    below = front.max(axis=0) - front[labels, np.arange(len(x))]
    difference = powers / powers.sum(axis=0) - _one_hot(x, labels).T
    loss = (np.log(powers.sum(axis=0)) + below).sum() / x.dtype.type(len(x))
    return np.asarray(loss), np.ascontiguousarray(difference.T) / x.dtype.type(len(x))
