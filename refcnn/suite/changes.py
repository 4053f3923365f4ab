"""Changes of legal cases that make sense for every operator: batches, memory, other inputs."""

from dataclasses import replace

import numpy as np

from refcnn.suite.case import MEMORY, Case
from refcnn.suite.draw import Pick, choose
from refcnn.suite.registry import record


def with_one(value: float, pick: Pick, case: Case) -> Case:
    """The case with a special value in one place of its input."""
    x = case.inputs["x"].copy()
    x.flat[pick(0, x.size - 1)] = value
    return replace(case.given(x=x), family="special")


def examples(case: Case, some: slice) -> Case:
    """The case with some of its examples."""
    batched = record(case.operator).batched
    return case.given(**{name: case.inputs[name][some] for name in batched})


def empty(case: Case) -> Case:
    """The case with a batch of no example."""
    return examples(case, slice(0))


def first_example(case: Case) -> Case:
    """The case with a batch of one example."""
    return examples(case, slice(1))


def two_images(case: Case) -> Case:
    """The case with at least two examples, the second half the first one backwards."""
    known = {name: case.inputs[name] for name in record(case.operator).batched}
    doubled = {name: np.concatenate([x, np.flip(x)], 0) for name, x in known.items()}
    return case.given(**doubled)


def elsewhere_in_memory(pick: Pick, case: Case) -> Case:
    """The case with tensors that do not lie in C order, or may not be written to."""
    return replace(case, memory=choose(pick, MEMORY[1:]))


def backwards(case: Case) -> Case:
    """The case with other inputs of the same shapes."""
    batched = record(case.operator).batched
    return case.given(**{name: np.flip(case.inputs[name]) for name in batched})


def raised(case: Case) -> Case:
    """The same, and every number of them larger by 1, but for those that choose."""
    other, known = backwards(case), record(case.operator)
    larger = [name for name in known.batched if name not in known.indices]
    return other.given(**{name: other.inputs[name] + 1 for name in larger})
