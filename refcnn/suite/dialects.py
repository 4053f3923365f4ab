"""Dialects: other conventions that an implementation may state, each with its own rule.

A dialect does not loosen anything: it replaces the rule of the clauses that it names.
Its rule is told by the case that the specification answers as the dialect answers this
one. What a dialect is judged right by is never counted as one of these clauses held.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from unittest import SkipTest

import numpy as np

from refcnn.cnn.shapes import Geometry, Pair
from refcnn.suite.case import Case
from refcnn.suite.registry import parts, record
from refcnn.suite.roles import SLIDING
from refcnn.suite.windows import lay_out

REFUSED = "the windows do not fit exactly, which it states to refuse"


class SetAsideError(SkipTest):
    """A case that a property says nothing about: by a stated dialect, or for its numbers round."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A convention by name: a sentence, the clauses it replaces, and its rule.

    `rule` gives the case whose standard answer is right, the same object where the
    dialect says nothing else than the specification, and None where it refuses.
    """

    name: str
    place: int  # in the order in which they apply, where several are stated
    sentence: str
    operators: tuple[str, ...]
    clauses: tuple[str, ...]
    rule: Callable[[Case], Case | None]


def leaves_over(case: Case) -> bool:
    """Whether windows leave cells over at the end of an axis."""
    place = lay_out(case)
    axes = zip(case.inputs["x"].shape[1:3], place.padding, place.reach, place.strides)
    return any((size + sum(pad) - cells) % step for size, pad, cells, step in axes)


def _refused_if_inexact(case: Case) -> Case | None:
    return None if leaves_over(case) else case


def with_pads(case: Case, change: Callable[[Geometry], tuple[Pair, Pair]]) -> Case:
    """The case with its padding written out and changed, if that makes a difference."""
    place = lay_out(case)
    pads = change(place)
    return case if pads == place.padding else case.with_attributes(padding=pads)


def _same(change: Callable[[Geometry], tuple[Pair, Pair]]) -> Callable[[Case], Case]:
    """A rule about padding "same" alone."""
    return lambda case: (
        with_pads(case, change) if case.attributes.get("padding") == "same" else case
    )


def _odd_one_before(place: Geometry) -> tuple[Pair, Pair]:
    (top, bottom), (left, right) = place.padding
    return (bottom, top), (right, left)


def _half_the_window(place: Geometry) -> tuple[Pair, Pair]:
    height, width = (cells // 2 for cells in place.reach)
    return (height, height), (width, width)


def nan_as(value: float) -> Callable[[Case], Case]:
    """A rule that takes NaN for a number."""

    def rule(case: Case) -> Case:
        x = case.inputs["x"]
        nan = np.isnan(x)
        return case.given(x=np.where(nan, x.dtype.type(value), x)) if nan.any() else case

    return rule


OF_WINDOWS = (
    Dialect(
        "same_padding_lower",
        30,
        "Of an odd number of cells of same padding the extra one goes above and to the left.",
        SLIDING,
        ("CONV-14", "CONV-34", "POOL-7"),
        _same(_odd_one_before),
    ),
    Dialect(
        "same_padding_symmetric",
        40,
        "Same padding puts floor(F / 2) cells on every side, whatever the stride.",
        SLIDING,
        ("CONV-14", "CONV-15", "CONV-34", "POOL-7"),
        _same(_half_the_window),
    ),
    Dialect(
        "refuses_inexact_sizes",
        60,
        "An input over which the windows do not fit exactly is refused.",
        SLIDING,
        ("CONV-10", "CONV-33", "POOL-4"),
        _refused_if_inexact,
    ),
)


@cache
def known_dialects() -> dict[str, Dialect]:
    """All dialects by name, in the order in which they apply."""
    found = [*OF_WINDOWS, *chain(*parts("dialects"))]
    return {one.name: one for one in sorted(found, key=lambda one: one.place)}


def ruled(case: Case) -> Case | None:
    """The case whose standard answer is right for `case` under its dialects; None: refuse it.

    It is the same object if no dialect has a say. The case must be legal.
    """
    if not case.dialects:
        return case
    found: Case | None = replace(case, dialects=())
    before = found
    for name, dialect in known_dialects().items():
        if found is not None and name in case.dialects and case.operator in dialect.operators:
            found = dialect.rule(found)
    return case if found is before else found


def of_another_forward_pass(case: Case) -> bool:
    """Whether a stated dialect has another forward pass than the one whose gradients are known."""
    if not case.dialects or not record(case.operator).gradient_of:
        return False
    plain = case.forward
    return ruled(plain) is not plain


def replaced(names: Iterable[str], operator: str, clause: str) -> list[str]:
    """Which of the stated dialects have a rule of their own in place of a clause."""
    stated = [known_dialects()[name] for name in names]
    return [d.name for d in stated if operator in d.operators and clause in d.clauses]
