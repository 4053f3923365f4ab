"""Cases of softmax_cross_entropy: logits of a softmax, and a label for each row."""

from dataclasses import replace
from typing import Any

import numpy as np

from refcnn.operators.softmax import cases as of_softmax
from refcnn.operators.softmax.cases import FAR
from refcnn.suite import changes, data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, choose, dtype_of, seed
from refcnn.suite.generators import Illegal
from refcnn.suite.tensors import INDICES, Array

NAME = "softmax_cross_entropy"
FAMILIES = ("general", "equal", "spread")  # no probability of these is too small for a number
LARGE = ("high", "low", "uneven")
WIDER = 4  # times the numbers of "general"


def softmax_cross_entropy(pick: Pick, features: Features, *, families: Any = FAMILIES) -> Case:
    """A legal question: rows of logits as softmax is asked them, and labels."""
    family = choose(pick, families)
    like = "general" if family == "spread" else family
    x = of_softmax.softmax(pick, features, families=(like,)).inputs["x"]
    wider = x * x.dtype.type(WIDER) if family == "spread" else x
    return _labelled(wider, _labels(pick, wider.shape), family)


def _labels(pick: Pick, shape: tuple[int, ...]) -> Array:
    """A class for each row."""
    rows, classes = shape
    return data.integers(seed(pick), (rows,), 0, classes - 1).astype(INDICES)


def _labelled(x: Array, labels: Array, family: str, *, exact: bool = False) -> Case:
    inputs = {"x": x, "labels": labels}
    return Case(operator=NAME, inputs=inputs, exact=exact, family=family)


def one_row(pick: Pick, features: Features) -> Case:
    """One example."""
    case = softmax_cross_entropy(pick, features, families=("general", "spread"))
    return changes.first_example(case)


def several_rows(pick: Pick, features: Features) -> Case:
    """Several examples of several classes, two at least of which have other labels."""
    dtype, shape = dtype_of(pick, features), choose(pick, [(3, 2), (2, 3), (3, 3), (4, 3)])
    x = data.floats(seed(pick), shape, dtype)
    return _labelled(x, (pick(0, 3) + np.arange(shape[0])) % shape[1], "general")


def _sharp(pick: Pick, features: Features, shape: tuple[int, int]) -> tuple[Array, Array]:
    """Rows of whole numbers, and the place in each of a logit so high that all others get 0."""
    dtype, rows = dtype_of(pick, features), shape[0]
    x = data.integers(seed(pick), shape, -7, 0, dtype) - np.dtype(dtype).type(FAR[dtype])
    top = _labels(pick, shape)
    x[np.arange(rows), top] = data.integers(seed(pick), (rows,), 0, 7, dtype)
    return x, top


def certain(pick: Pick, features: Features) -> Case:
    """Every class is certain: what is exact is 0 throughout."""
    shape = pick(1, 4), pick(1, 5)
    x, top = _sharp(pick, features, shape)
    return _labelled(x, top, "certain", exact=True)


def certain_but_one(pick: Pick, features: Features) -> Case:
    """All classes are certain but that of one example, between two of which nothing decides."""
    shape = pick(2, 4), pick(2, 5)
    x, top = _sharp(pick, features, shape)
    row = pick(0, shape[0] - 1)
    other = (top[row] + pick(1, shape[1] - 1)) % shape[1]
    x[row, other] = x[row, top[row]]
    return _labelled(x, top, "certain", exact=True)


def ruled_out(pick: Pick, features: Features) -> Case:
    """One class at least has a probability of 0: of 1, 2 or 4 examples all is exact."""
    shape = choose(pick, [1, 2, 4]), pick(2, 5)
    x, top = _sharp(pick, features, shape)
    off = data.integers(seed(pick), shape[:1], 0, shape[1] - 1).astype(INDICES)
    off[pick(0, shape[0] - 1)] = pick(1, shape[1] - 1)
    return _labelled(x, (top + off) % shape[1], "ruled-out", exact=True)


def wrong_and_certain(pick: Pick, features: Features) -> Case:
    """What `ruled_out` asks, of 3 examples: the gradient alone is exact."""
    case = ruled_out(pick, features)
    three = {name: np.resize(t, (3, *t.shape[1:])) for name, t in case.inputs.items()}
    return replace(case.given(**three), output="dx")


def of_no_class(pick: Pick, features: Features) -> Illegal:
    """SCE-11."""
    case = softmax_cross_entropy(pick, features, families=("general",))
    labels, classes = case.inputs["labels"].copy(), case.inputs["x"].shape[1]
    wrong = choose(pick, [classes, -1, classes + 2])
    labels[pick(0, len(labels) - 1)] = wrong
    return case.given(labels=labels), f"label {wrong} names none of the classes 0 to {classes - 1}"


def of_another_number(pick: Pick, features: Features) -> Illegal:
    """SCE-12."""
    case = several_rows(pick, features)
    labels = case.inputs["labels"]
    count = choose(pick, [len(labels) + 1, len(labels) - 1, 1])
    wrong = np.resize(labels, count)
    return case.given(labels=wrong), f"there are {count} labels for {len(labels)} examples"


def empty(pick: Pick, features: Features) -> Illegal:
    """SCE-13."""
    case = softmax_cross_entropy(pick, features, families=("general",))
    return changes.empty(case), "the mean of no example is not a number"
