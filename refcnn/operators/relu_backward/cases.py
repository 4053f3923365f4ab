"""Cases of relu_backward: a relu, and a dy in its shape."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refcnn.operators.relu import cases as of_relu
from refcnn.suite import data, gradients
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, choose, seed
from refcnn.suite.generators import Illegal

NAME = "relu_backward"
FAMILIES = ("distinct", "floats", "powers")  # of x
MADE = ("general", "small")  # dy


def _backward(pick: Pick, asked: Case) -> Case:
    found = gradients.backward(pick, asked, NAME, asked.family, choose(pick, MADE))
    return replace(found, exact=True)  # nothing is rounded


def relu_backward(pick: Pick, features: Features, *, families: Sequence[str] = FAMILIES) -> Case:
    """The gradient of a legal relu."""
    return _backward(pick, of_relu.relu(pick, features, families=families))


def at_zero(pick: Pick, features: Features) -> Case:
    """An x of which about every third number is 0."""
    case = relu_backward(pick, features, families=("floats",))
    x = case.inputs["x"]
    zero = data.integers(seed(pick), x.shape, 0, 2) == 0
    zero.flat[pick(0, x.size - 1)] = True
    return case.given(x=np.where(zero, x.dtype.type(0), x))


def of_layers(pick: Pick, features: Features) -> Case:
    """Of what layers feed a relu."""
    return _backward(pick, of_relu.relu_of_layers(pick, features))


def of_other_ranks(pick: Pick, features: Features) -> Case:
    """Of 1, 3 or 5 axes."""
    return _backward(pick, of_relu.relu_of_other_ranks(pick, features))


def of_infinities(pick: Pick, features: Features) -> Case:
    """Of small integers and one infinity or extreme."""
    return _backward(pick, of_relu.relu_of_infinities(pick, features))


def of_another_shape(pick: Pick, features: Features, **options: Any) -> Illegal:
    """DRELU-7."""
    return gradients.of_another_shape(pick, relu_backward(pick, features, **options))
