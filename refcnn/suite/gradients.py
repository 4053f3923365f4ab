"""Questions about gradients: a question of the forward pass, and a dy that fits its answer.

`dy` is the gradient of some number by the answer of an operator; what is asked for are
the gradients by its tensors.
"""

from collections.abc import Callable
from dataclasses import replace
from math import prod

import numpy as np

from refcnn.suite import data
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, choose, seed
from refcnn.suite.generators import Illegal
from refcnn.suite.judge import shape_of
from refcnn.suite.lattice import Lattice, Point, lattice, ramp
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

DY = "dy"
Made = Callable[[int, tuple[int, ...], str], Array]


def _one(number: int, shape: tuple[int, ...], dtype: str) -> Array:
    """Zeros, and one number that is a power of two: what comes of it is rounded nowhere."""
    found = np.zeros(shape, dtype)
    if found.size:
        place, exponent = (int(v) for v in data.stream(number, 2))
        found.flat[place % found.size] = 2.0 ** (exponent % 7 - 3)
    return found


# By name of a family: how a dy is made.
FAMILIES: dict[str, Made] = {
    "small": lambda number, shape, dtype: data.integers(number, shape, -7, 7, dtype),
    "one": _one,
    "general": data.floats,
    "spread": lambda number, shape, dtype: data.floats(number, shape, dtype, (-20, 20)),
}


# Of what has a kernel, by name: the family of x and kernel, and how dy is made.
WEIGHTED = {
    "small": ("xsmall", "small"),
    "wide": ("xwide", "small"),
    "one": ("general", "one"),
    "general": ("general", "general"),
    "spread": ("spread", "spread"),
}
EXACT_WEIGHTED = ("small", "wide", "one")


def backward(pick: Pick, asked: Case, operator: str, family: str, made: str) -> Case:
    """The question after the gradients of an answer; `made` is how its dy is, of FAMILIES."""
    dy = FAMILIES[made](seed(pick), shape_of(asked), asked.dtype)
    inputs = {DY: dy, **asked.inputs}
    exact = made in ("small", "one")
    return replace(asked, operator=operator, inputs=inputs, exact=exact, family=family)


def lattice_of(operator: str) -> Lattice:
    """How it is found out how gradients can be called: as the forward pass, with a small dy."""
    forward = lattice(record(operator).gradient_of)

    def at(point: Point, dtype: str) -> Case:
        asked = forward.at(point, dtype)
        dy = ramp(shape_of(asked), dtype)
        return replace(asked, operator=operator, inputs={DY: dy, **asked.inputs})

    return replace(forward, at=at)


def fitted(case: Case) -> Case:
    """A case whose other tensors were changed, with the numbers of its dy in the shape of now.

    What asks for no gradient, or has no answer, stays as it is.
    """
    if not record(case.operator).gradient_of:
        return case
    try:
        shape = shape_of(case.forward)
    except (ValueError, TypeError):
        return case
    dy = case.inputs[DY]
    return case if dy.shape == shape else case.given(dy=_resized(dy, shape))


def _resized(dy: Array, shape: tuple[int, ...]) -> Array:
    """The same numbers over and over again, in another shape."""
    kept = dy.ravel() if dy.size else np.ones(1, dy.dtype)
    return kept[np.arange(prod(shape)) % kept.size].reshape(shape)


def of_another_shape(pick: Pick, case: Case) -> Illegal:
    """A dy that has one more or one less along an axis than the answer."""
    dy = case.inputs[DY]
    axis = pick(0, dy.ndim - 1)
    size = dy.shape[axis]
    other = size + 1 if size == 1 else choose(pick, [size + 1, size - 1])
    wrong = np.take(dy, np.arange(other) % size, axis=axis)
    return case.given(dy=wrong), f"dy has the shape {wrong.shape}, and the answer {dy.shape}"
