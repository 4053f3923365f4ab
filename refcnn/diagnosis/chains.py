"""Vectors of several cases: one thing changed at a time, and the same in other memory.

Caches are wrong where a question differs from the one before it in one argument alone;
shortcuts, where an argument takes a value that they were not made for. Side by side with what is
asked already, each change costs one case.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from refcnn.diagnosis.nearby import nearby, placed_otherwise
from refcnn.diagnosis.observed import is_legal
from refcnn.diagnosis.select import admitted
from refcnn.suite.case import MEMORY, Case
from refcnn.suite.judge import expectations
from refcnn.suite.registry import record
from refcnn.suite.roles import MATRIX_PRODUCTS, WINDOWED
from refcnn.suite.tensors import Array
from refcnn.suite.terms import Terms
from refcnn.suite.vectors import Answers, Vector
from refcnn.suite.windows import lay_out

ELSEWHERE = 2  # cases that also lie in memory in other ways

Change = Callable[[Case], Iterator[tuple[str, Case]]]


def changed(terms: Terms, found: Sequence[Vector]) -> list[Vector]:
    """Chains of the most telling of some vectors, and these as they lie in memory in other ways."""
    usual = [one for one in found if record(terms.operator).whole in one.question.clauses]
    changes = {one.id: _telling_changes(terms, one.question.case) for one in usual}
    telling = sorted(
        usual, key=lambda one: _telling(one.question.case, changes[one.id]), reverse=True
    )
    return [*_chains(terms, telling, changes), *elsewhere(terms, telling)]


def _chains(
    terms: Terms, telling: Sequence[Vector], changes: Mapping[str, set[str]]
) -> list[Vector]:
    """As many as it takes until each change that can be made has changed an answer.

    The first is the one that tells most. Another has squares only, on which shortcuts rely.
    """
    chains, shown = list[Vector](), set[str]()
    for one in telling:
        new = changes[one.id] - shown
        if chains and not new:
            continue
        if made := chained(terms, one, _only(new) if chains else nearby):
            chains.append(admitted(made, terms))
            shown |= new
    squares = (chained(terms, one, placed_otherwise) for one in telling if _is_square(one))
    return [*chains, *(admitted(one, terms) for one in islice(filter(None, squares), 1))]


def _only(names: Collection[str]) -> Change:
    """The changes of some names."""

    def change(case: Case) -> Iterator[tuple[str, Case]]:
        yield from ((name, near) for name, near in nearby(case) if name in names)

    return change


def _is_square(one: Vector) -> bool:
    """Whether a window of several cells, the image and the strides are square."""
    case = one.question.case
    if case.operator not in WINDOWED:
        return False
    place, (height, width) = lay_out(case), case.inputs["x"].shape[1:3]
    pairs = (place.window, place.strides, (height, width), place.output)
    return place.window > (1, 1) and all(a == b for a, b in pairs)


def elsewhere(terms: Terms, telling: Sequence[Vector]) -> list[Vector]:
    """A vector about memory: a few telling cases as they lie in it in other ways."""
    few = [one.question.case for one in telling[:ELSEWHERE]]
    few += [_squared(case) for case in few[:1] if terms.operator in MATRIX_PRODUCTS]
    cases = [replace(case, memory=memory) for case in few for memory in MEMORY[1:]]
    if not cases:
        return []
    question = replace(
        telling[0].question, case=cases[0], then=tuple(cases[1:]), clauses=("ANY-7",)
    )
    answers = tuple(map(expectations, cases))
    vector = replace(telling[0], question=question, answers=answers)
    return [admitted(vector, terms)] if terms.ask(vector) else []


def _squared(case: Case) -> Case:
    """A layer with as many inputs as outputs, whose kernel could also be the transposed."""
    many = min(case.inputs["kernel"].shape)
    narrow = {name: tensor[..., :many] for name, tensor in case.inputs.items()}
    return case.given(**{**narrow, "kernel": narrow["kernel"][:many]})


def _telling(case: Case, changes: Collection[str]) -> tuple[bool, bool, bool, int]:
    """How much a chain can tell: by its numbers, whether height is not width, and its changes.

    Where sums round, what a mistake changes can be too little to be told from rounding.
    """
    window = lay_out(case).window if case.operator in WINDOWED else (0, 0)
    varied = all(map(_is_varied, case.inputs.values()))
    return varied, case.exact, window[0] != window[1], len(changes)


def _telling_changes(terms: Terms, case: Case) -> set[str]:
    """The changes after which the answer is another: else who forgets it is right."""
    with np.errstate(all="ignore"):
        before = expectations(case)
        answers = {name: expectations(near) for name, near in _neighbours(terms, case).items()}
    return {name for name, after in answers.items() if not _same(before, after)}


def _same(some: Answers, others: Answers) -> bool:
    if some.keys() != others.keys():
        return False
    return all(np.array_equal(one.hi, others[name].hi) for name, one in some.items())


def _is_varied(tensor: Array) -> bool:
    """Whether there are several numbers, few of them 0: else much gives the same answer."""
    several = np.unique(tensor).size >= min(3, tensor.size)
    nonzero = 2 * np.count_nonzero(tensor) > tensor.size
    return bool(several and nonzero and np.isfinite(tensor).all())


def _neighbours(terms: Terms, case: Case, change: Change = nearby) -> dict[str, Case]:
    """By what is changed: the legal cases within the terms that differ in a single argument."""
    legal = ((name, near) for name, near in change(case) if is_legal(near))
    return {name: near for name, near in legal if terms.has(near) and terms.inside(near)}


def chained(terms: Terms, one: Vector, change: Change = nearby) -> Vector | None:
    """A vector, then the same with one argument changed at a time, then the same again."""
    case = one.question.case
    others = _neighbours(terms, case, change).values()
    question = replace(one.question, then=(*others, case))
    with np.errstate(all="ignore"):
        answers = tuple(map(expectations, question.cases))
    whole = replace(one, question=question, answers=answers)
    return whole if others and terms.ask(whole) else None
