"""Dialects: other conventions that an implementation may state, each with its own rule.

A dialect does not loosen anything: it replaces the rule of the clauses that it names.
Its rule is told by the case that the specification answers as the dialect answers this
one. What a dialect is judged right by is never counted as one of these clauses held.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from unittest import SkipTest

import numpy as np

from refcnn.cnn.shapes import Geometry, Pair
from refcnn.suite.case import Case
from refcnn.suite.windows import POOLS, WINDOWED, lay_out

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
    sentence: str
    operators: tuple[str, ...]
    clauses: tuple[str, ...]
    rule: Callable[[Case], Case | None]


def leaves_over(case: Case) -> bool:
    """Whether windows leave cells over at the end of an axis."""
    place = lay_out(case)
    axes = zip(case.inputs["x"].shape[1:3], place.padding, place.window, place.strides)
    return any((size + sum(pad) - cells) % step for size, pad, cells, step in axes)


def _refused_if_inexact(case: Case) -> Case | None:
    return None if leaves_over(case) else case


def _with_pads(case: Case, change: Callable[[Geometry], tuple[Pair, Pair]]) -> Case:
    """The case with its padding written out and changed, if that makes a difference."""
    place = lay_out(case)
    pads = change(place)
    return case if pads == place.padding else case.with_attributes(padding=pads)


def _same(change: Callable[[Geometry], tuple[Pair, Pair]]) -> Callable[[Case], Case]:
    """A rule about padding "same" alone."""
    return lambda case: (
        _with_pads(case, change) if case.attributes.get("padding") == "same" else case
    )


def _odd_one_before(place: Geometry) -> tuple[Pair, Pair]:
    (top, bottom), (left, right) = place.padding
    return (bottom, top), (right, left)


def _half_the_window(place: Geometry) -> tuple[Pair, Pair]:
    height, width = (cells // 2 for cells in place.window)
    return (height, height), (width, width)


def _rounded_up(case: Case) -> Case:
    """A last window that only begins inside the input counts, too."""

    def one_axis(size: int, pad: Pair, cells: int, step: int) -> Pair:
        span = size + sum(pad) - cells
        start = -(-span // step) * step
        more = start - span if start < pad[0] + size else 0
        return pad[0], pad[1] + more

    sizes = case.inputs["x"].shape[1:3]

    def both(place: Geometry) -> tuple[Pair, Pair]:
        rows, columns = map(one_axis, sizes, place.padding, place.window, place.strides)
        return rows, columns

    return _with_pads(case, both)


def _zeros_around(case: Case) -> Case:
    """The padding as cells of the input, which count like any other."""
    place = lay_out(case)
    if not any(map(any, place.padding)):
        return case
    x = np.pad(case.inputs["x"], ((0, 0), *place.padding, (0, 0)))
    return case.given(x=x).with_attributes(padding="valid", strides=place.strides)


def _channel_first(case: Case) -> Case:
    x = case.inputs["x"]
    return case.given(x=np.ascontiguousarray(np.moveaxis(x, -1, 1))) if x.ndim > 2 else case


def _flipped(case: Case) -> Case:
    kernel = case.inputs["kernel"]
    return case.given(kernel=np.ascontiguousarray(kernel[::-1, ::-1]))


def _nan_as(value: float) -> Callable[[Case], Case]:
    """A rule that takes NaN for a number."""

    def rule(case: Case) -> Case:
        x = case.inputs["x"]
        nan = np.isnan(x)
        return case.given(x=np.where(nan, x.dtype.type(value), x)) if nan.any() else case

    return rule


def _shared_by_the_infinite(case: Case) -> Case:
    """In rows with +inf and without NaN, logits of +inf are equal and all others are -inf."""
    x = case.inputs["x"]
    infinite = x == np.inf
    rows = infinite.any(axis=-1, keepdims=True) & ~np.isnan(x).any(axis=-1, keepdims=True)
    shared = np.where(infinite, x.dtype.type(0), x.dtype.type(-np.inf))
    if not rows.any():
        return case
    return replace(case.given(x=np.where(rows, shared, x)), exact=False)


# In the order in which they apply, where several are stated.
_ALL = (
    Dialect(
        "kernel_flipped",
        "The kernel is rotated by 180 degrees before it slides: convolution as in mathematics.",
        ("conv2d",),
        ("CONV-2", "CONV-3", "CONV-18"),
        _flipped,
    ),
    Dialect(
        "flatten_channel_first",
        "Flatten puts channel after channel: (N, D, H, W) row by row, the width fastest.",
        ("flatten",),
        ("FLAT-2",),
        _channel_first,
    ),
    Dialect(
        "same_padding_lower",
        "Of an odd number of cells of same padding the extra one goes above and to the left.",
        WINDOWED,
        ("CONV-14", "POOL-7"),
        _same(_odd_one_before),
    ),
    Dialect(
        "same_padding_symmetric",
        "Same padding puts floor(F / 2) cells on every side, whatever the stride.",
        WINDOWED,
        ("CONV-14", "CONV-15", "POOL-7"),
        _same(_half_the_window),
    ),
    Dialect(
        "pool_sizes_round_up",
        "A last window of a pool that only begins inside the input counts: sizes are rounded up.",
        POOLS,
        ("POOL-4",),
        _rounded_up,
    ),
    Dialect(
        "refuses_inexact_sizes",
        "An input over which the windows do not fit exactly is refused.",
        WINDOWED,
        ("CONV-10", "POOL-4"),
        _refused_if_inexact,
    ),
    Dialect(
        "avg_pool_counts_padding",
        "A padded cell counts in a mean, as a zero.",
        ("avg_pool2d",),
        ("POOL-9",),
        _zeros_around,
    ),
    Dialect(
        "nan_is_zero",
        "NaN becomes 0, like all that is not larger than 0.",
        ("relu",),
        ("RELU-5",),
        _nan_as(0),
    ),
    Dialect(
        "nan_is_skipped",
        "A maximum skips NaN: it is the largest of the other cells, or -inf if there are none.",
        ("max_pool2d",),
        ("POOL-23",),
        _nan_as(-np.inf),
    ),
    Dialect(
        "infinity_takes_all",
        "Logits of +inf share everything equally, and all others get 0.",
        ("softmax",),
        ("SOFT-11",),
        _shared_by_the_infinite,
    ),
)
DIALECTS = {dialect.name: dialect for dialect in _ALL}


def ruled(case: Case) -> Case | None:
    """The case whose standard answer is right for `case` under its dialects; None: refuse it.

    It is the same object if no dialect has a say. The case must be legal.
    """
    found: Case | None = replace(case, dialects=()) if case.dialects else case
    before = found
    for name, dialect in DIALECTS.items():
        if found is not None and name in case.dialects and case.operator in dialect.operators:
            found = dialect.rule(found)
    return case if found is before else found


def replaced(names: Iterable[str], operator: str, clause: str) -> list[str]:
    """Which of the stated dialects have a rule of their own in place of a clause."""
    stated = [DIALECTS[name] for name in names]
    return [d.name for d in stated if operator in d.operators and clause in d.clauses]
