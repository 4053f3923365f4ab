"""Legal cases about one thing: infinities, other shapes, empty batches, memory, purity."""

from dataclasses import replace
from typing import Any

import numpy as np

from refcnn.spec import data
from refcnn.spec.case import MEMORY, Case
from refcnn.spec.cases import CASES
from refcnn.spec.cases.activations import relu, softmax
from refcnn.spec.cases.conv2d import conv2d
from refcnn.spec.cases.dense import flatten
from refcnn.spec.cases.draw import Pick, choose, seed
from refcnn.spec.cases.pool2d import max_pool2d
from refcnn.spec.offer import Features


def one_patch(pick: Pick, features: Features, **options: Any) -> Case:
    """conv2d of an input that is no larger than the kernel."""
    case = conv2d(pick, features, **options)
    height, width = case.inputs["kernel"].shape[:2]
    return case.given(x=case.inputs["x"][:, :height, :width])


def one_window(pick: Pick, features: Features, *, operator: str, **options: Any) -> Case:
    """A pool of one window of one channel of one example."""
    case: Case = CASES[operator](pick, features, **options)
    size = case.attributes["pool_size"]
    height, width = size if isinstance(size, tuple) else (size, size)
    return case.given(x=case.inputs["x"][:1, :height, :width, :1])


def infinity_in_a_pool(pick: Pick, features: Features) -> Case:
    """max_pool2d of -inf or the lowest numbers, one of them +inf or less low."""
    case = max_pool2d(pick, features, families=("distinct",))
    x, lowest = case.inputs["x"].copy(), np.finfo(case.dtype).min / 2
    x[:] = choose(pick, [lowest, lowest, -np.inf])
    x.flat[pick(0, x.size - 1)] = choose(pick, [lowest / 2, np.inf])
    return replace(case.given(x=x), family="special")


def every_value(pick: Pick, features: Features) -> Case:
    """Flatten of NaN, infinities and the extremes among small integers."""
    case = flatten(pick, features)
    x, limits = case.inputs["x"].copy(), np.finfo(case.dtype)
    special = [np.nan, np.inf, -np.inf, limits.max, limits.min, limits.tiny, 0.1, -2.5]
    for place in range(x.size):
        x.flat[place] = special[pick(0, len(special) - 1)] if pick(0, 1) else place + 1
    return replace(case.given(x=x), family="special")


def relu_of_any_shape(pick: Pick, features: Features) -> Case:
    """Relu of 1 to 5 axes."""
    shape = tuple(pick(1, 3) for _ in range(pick(1, 5)))
    case = relu(pick, features, families=("floats",))
    return case.given(x=data.floats(seed(pick), shape, case.dtype))


def relu_of_infinities(pick: Pick, features: Features) -> Case:
    """Relu of small integers and one infinity or extreme."""
    case = relu(pick, features, families=("distinct",))
    x = case.inputs["x"].copy()
    limits = np.finfo(x.dtype)
    x.flat[pick(0, x.size - 1)] = choose(pick, [np.inf, -np.inf, limits.max, limits.min])
    return replace(case.given(x=x), family="special")


def one_row(pick: Pick, features: Features) -> Case:
    """Softmax of one row."""
    case = softmax(pick, features, families=("general", "spread"))
    return case.given(x=case.inputs["x"][:1])


def rows_of_any_shape(pick: Pick, features: Features) -> Case:
    """Softmax of 1 to 4 axes."""
    case = softmax(pick, features, families=("general", "spread"))
    shape = choose(pick, [(3, 2), (2, 3), (3, 3), (4,), (2, 3, 2), (2, 2, 1, 3)])
    return case.given(x=data.floats(seed(pick), shape, case.dtype))


def minus_infinity_among_logits(pick: Pick, features: Features) -> Case:
    """Softmax of rows that each have one logit of -inf."""
    case = softmax(pick, features, families=("general",))
    none = np.full((len(case.inputs["x"]), 1), -np.inf, case.dtype)
    x = np.roll(np.concatenate([case.inputs["x"], none], 1), pick(0, 3), axis=1)
    return replace(case.given(x=x), family="special")


def single_class(pick: Pick, features: Features) -> Case:
    """Softmax of rows of one logit: each gets exactly 1."""
    case = softmax(pick, features, families=("general",))
    return replace(case.given(x=case.inputs["x"][:, :1]), exact=True, family="one-hot")


def empty(case: Case) -> Case:
    """The case with a batch of no example."""
    return case.given(x=case.inputs["x"][:0])


def first_example(case: Case) -> Case:
    """The case with a batch of one example."""
    return case.given(x=case.inputs["x"][:1])


def two_images(case: Case) -> Case:
    """The case with at least two examples, the second half the first one backwards."""
    x = case.inputs["x"]
    return case.given(x=np.concatenate([x, np.flip(x)], 0))


def elsewhere_in_memory(pick: Pick, case: Case) -> Case:
    """The case with tensors that do not lie in C order, or may not be written to."""
    return replace(case, memory=choose(pick, MEMORY[1:]))


def backwards(case: Case) -> Case:
    """The case with another input of the same shape."""
    return case.given(x=np.flip(case.inputs["x"]))
