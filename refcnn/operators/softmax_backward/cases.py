"""Cases of softmax_backward: a softmax, and a dy in its shape."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from refcnn.operators.softmax import cases as of_softmax
from refcnn.suite import gradients
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, choose
from refcnn.suite.generators import Illegal

NAME = "softmax_backward"
FAMILIES = ("general", "equal", "spread")  # of x
MADE = ("general", "small")  # dy


def _backward(pick: Pick, asked: Case) -> Case:
    found = gradients.backward(pick, asked, NAME, asked.family, choose(pick, MADE))
    return replace(found, exact=False)  # every answer is rounded


def softmax_backward(pick: Pick, features: Features, *, families: Sequence[str] = FAMILIES) -> Case:
    """The gradient of a legal softmax."""
    return _backward(pick, of_softmax.softmax(pick, features, families=families))


def of(make: Callable[..., Case]) -> Callable[..., Case]:
    """A maker of cases: the gradient of those of another one."""
    return lambda pick, features, **options: _backward(pick, make(pick, features, **options))


one_row, several_rows = of(of_softmax.one_row), of(of_softmax.several_rows)
of_other_ranks = of(of_softmax.rows_of_other_ranks)


def of_another_shape(pick: Pick, features: Features, **options: Any) -> Illegal:
    """DSOFT-8."""
    return gradients.of_another_shape(pick, softmax_backward(pick, features, **options))
