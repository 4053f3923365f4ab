"""Legal cases about one thing: NaN and infinities, other shapes, empty batches, memory, purity."""

from dataclasses import replace
from typing import Any

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import MEMORY, Case
from refcnn.suite.cases import CASES
from refcnn.suite.cases.activations import relu, softmax
from refcnn.suite.cases.conv2d import conv2d
from refcnn.suite.cases.dense import flatten
from refcnn.suite.cases.pool2d import max_pool2d
from refcnn.suite.draw import Pick, choose, seed
from refcnn.suite.tensors import Array


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
    """max_pool2d of -inf or small integers, one of them +inf."""
    case = max_pool2d(pick, features, families=("distinct",))
    x = case.inputs["x"].copy()
    if pick(0, 1):
        x[:] = -np.inf
    x.flat[pick(0, x.size - 1)] = choose(pick, [np.inf, -np.inf])
    return replace(case.given(x=x), family="special")


def lowest_in_a_pool(pick: Pick, features: Features) -> Case:
    """max_pool2d of the lowest numbers of some size, one of them less low."""
    case = max_pool2d(pick, features, families=("distinct",))
    x = case.inputs["x"].copy()
    lowest = choose(pick, [float(np.finfo(case.dtype).min) / 2, -1e6, -1e30])
    x[:] = lowest
    x.flat[pick(0, x.size - 1)] = lowest / 2
    return replace(case.given(x=x), family="special")


def nan_in_a_pool(pick: Pick, features: Features) -> Case:
    """max_pool2d of integers and one NaN, which lies alone in no window.

    What the maximum of nothing but NaN is, those that skip NaN do not agree on.
    """
    case = max_pool2d(pick, features, families=("distinct",), padding=("default",))
    return _with_one(np.nan, pick, _of_two_cells(case))


def _of_two_cells(case: Case) -> Case:
    """The pool with windows of more than one cell."""
    size = case.attributes["pool_size"]
    if np.max(size) > 1:
        return case
    larger = case.inputs["x"].repeat(2, axis=1).repeat(2, axis=2)
    twice = (2, 2) if isinstance(size, tuple) else 2
    return case.given(x=larger).with_attributes(pool_size=twice)


def _with_one(value: float, pick: Pick, case: Case) -> Case:
    """The case with a special value in one place of its input."""
    x = case.inputs["x"].copy()
    x.flat[pick(0, x.size - 1)] = value
    return replace(case.given(x=x), family="special")


def every_value(pick: Pick, features: Features) -> Case:
    """Flatten of NaN, infinities and the extremes among small integers."""
    case = flatten(pick, features)
    x, limits = case.inputs["x"].copy(), np.finfo(case.dtype)
    special = [np.nan, np.inf, -np.inf, limits.max, limits.min, limits.tiny, 0.1, -2.5]
    for place in range(x.size):
        x.flat[place] = special[pick(0, len(special) - 1)] if pick(0, 1) else place + 1
    return replace(case.given(x=x), family="special")


def relu_of_layers(pick: Pick, features: Features) -> Case:
    """Relu of what layers feed it: (batch, features) or (batch, height, width, channels)."""
    return _relu_of(choose(pick, [2, 4]), pick, features)


def relu_of_other_ranks(pick: Pick, features: Features) -> Case:
    """Relu of 1, 3 or 5 axes."""
    return _relu_of(choose(pick, [1, 3, 5]), pick, features)


def _relu_of(axes: int, pick: Pick, features: Features) -> Case:
    shape = tuple(pick(1, 3) for _ in range(axes))
    case = relu(pick, features, families=("floats",))
    return case.given(x=data.floats(seed(pick), shape, case.dtype))


def relu_of_infinities(pick: Pick, features: Features) -> Case:
    """Relu of small integers and one infinity or extreme."""
    case = relu(pick, features, families=("distinct",))
    limits = np.finfo(case.dtype)
    values = [np.inf, -np.inf, float(limits.max), float(limits.min)]
    return _with_one(choose(pick, values), pick, case)


def relu_of_nan(pick: Pick, features: Features) -> Case:
    """Relu of small integers and one NaN."""
    return _with_one(np.nan, pick, relu(pick, features, families=("distinct",)))


def one_row(pick: Pick, features: Features) -> Case:
    """Softmax of one row."""
    case = softmax(pick, features, families=("general", "spread"))
    return case.given(x=case.inputs["x"][:1])


def several_rows(pick: Pick, features: Features) -> Case:
    """Softmax of (batch, classes), more than one of either."""
    return _softmax_of(choose(pick, [(3, 2), (2, 3), (3, 3)]), pick, features)


def rows_of_other_ranks(pick: Pick, features: Features) -> Case:
    """Softmax of 1, 3 or 4 axes."""
    return _softmax_of(choose(pick, [(4,), (2, 3, 2), (2, 2, 1, 3)]), pick, features)


def _softmax_of(shape: tuple[int, ...], pick: Pick, features: Features) -> Case:
    case = softmax(pick, features, families=("general", "spread"))
    return case.given(x=data.floats(seed(pick), shape, case.dtype))


def minus_infinity_among_logits(pick: Pick, features: Features) -> Case:
    """Softmax of rows that each have one logit of -inf."""
    case = softmax(pick, features, families=("general",))
    none = np.full((len(case.inputs["x"]), 1), -np.inf, case.dtype)
    x = np.roll(np.concatenate([case.inputs["x"], none], 1), pick(0, 3), axis=1)
    return replace(case.given(x=x), family="special")


def nan_among_logits(pick: Pick, features: Features) -> Case:
    """Softmax of rows, one of which holds a NaN."""
    case = softmax(pick, features, families=("general",))
    x = case.inputs["x"].copy()
    x.flat[pick(0, x.size - 1)] = np.nan
    return _with_one_row_of_nan(case, x)


def _with_one_row_of_nan(case: Case, x: Array) -> Case:
    """The case of logits of which one row gets NaN: if it is the only one, nothing rounds."""
    return replace(case.given(x=x), exact=len(x) == 1, family="special")


def infinity_among_logits(pick: Pick, features: Features) -> Case:
    """Softmax of rows, one of which holds +inf once or twice."""
    case = softmax(pick, features, families=("general",))
    x = case.inputs["x"].copy()
    rows, classes = x.shape
    row, first, further = pick(0, rows - 1), pick(0, classes - 1), pick(0, 1)
    x[row, [first, (first + further) % classes]] = np.inf
    return _with_one_row_of_nan(case, x)


def nothing_but_minus_infinity(pick: Pick, features: Features) -> Case:
    """Softmax of rows, one of which is -inf throughout."""
    case = softmax(pick, features, families=("general",))
    x = case.inputs["x"].copy()
    x[pick(0, len(x) - 1)] = -np.inf
    return _with_one_row_of_nan(case, x)


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
