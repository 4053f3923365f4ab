"""A failed public case as an example: its call, its arithmetic, and its matrices as pictures."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from refcnn.cnn.shapes import AXES, Geometry
from refcnn.grading.report import Example, Picture
from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.implementations.trial import STANDARD
from refcnn.reports.asking import MEMORY, at, output, question, reason
from refcnn.reports.card import shape_lines
from refcnn.reports.trace import trace
from refcnn.suite.case import Case, Crash, Timeout
from refcnn.suite.context import Failure
from refcnn.suite.judge import Expected, expect
from refcnn.suite.numbers import number
from refcnn.suite.registry import record
from refcnn.suite.roles import OVER_MAPS, SLIDING
from refcnn.suite.ruling import Ruling, placed, ruling
from refcnn.suite.tensors import Array
from refcnn.suite.tracing import tracing
from refcnn.suite.windows import channels_of

MOST_CELLS = 12  # of a picture, on either side
MOST_CHANNELS = 3  # that are drawn
MOST_LINES = 20
MOST_WORDS = 5  # lines of standard error
NEAR = 1e6  # times the bound: what is further off has nothing to do with rounding
LONGEST = 400  # characters of a line
PADDING = "·"
COUNTS = "(0)"  # padding that counts as a zero, by a dialect

Index = tuple[int, ...]
Cell = tuple[int, int]  # row and column


def example(vector_id: str, failure: Failure, stated: Statement = STANDARD) -> Example:
    """What a student is shown of a failed public case, in the layouts and calls that are stated.

    Whatever the case is, this does not raise.
    """
    asked = failure.case.operator
    with suppress(Exception):
        asked = "; ".join(question(failure.case, stated).lines())
    lines, pictures = list[str](), list[Picture]()
    with np.errstate(all="ignore"):
        with suppress(Exception):  # of a case that is not a question there is little to tell
            for line in _lines(failure, stated):
                lines.append(_short(line))
        with suppress(Exception):
            for picture in _pictures(failure, stated):
                pictures.append(picture)
    return Example(
        vector=vector_id,
        call=asked,
        reason=_short(reason(failure, stated)),
        lines=tuple(lines[:MOST_LINES]),
        pictures=tuple(pictures),
    )


def _short(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 4]} ..."


# --- in words and arithmetic


def _lines(failure: Failure, stated: Statement) -> Iterator[str]:
    """Shapes, window and arithmetic of the first wrong number."""
    case, judged, outcome = failure.case, failure.judgement, failure.outcome
    given = layouts.asked(case, stated).inputs
    yield ", ".join(f"{name}: {t.dtype} {t.shape}" for name, t in given.items())
    if case.memory in MEMORY:
        yield MEMORY[case.memory]
    if judged.expected_shape is not None and case.operator in SLIDING:
        yield from shape_lines(case)
    elif judged.index is not None and judged.got is not None:
        yield from _first_wrong(failure, stated)
    if isinstance(outcome, Crash | Timeout) and outcome.stderr:
        yield "its last words on standard error:"
        yield from (f"  {line}" for line in outcome.stderr[-MOST_WORDS:])
    if failure.law and judged.reason.startswith(failure.law):
        yield "a call that breaks this rule must raise an exception, such as ValueError"
    elif failure.law:
        yield f"what must hold: {failure.law}"


def _first_wrong(failure: Failure, stated: Statement) -> Iterator[str]:
    """Expected and got, then the window and the sum by hand."""
    case, judged = failure.case, failure.judgement
    assert judged.index is not None
    assert judged.got is not None
    where, got = output(stated, case, judged.index), number(judged.got, case.dtype)
    if judged.expected is None:
        yield f"{where} = {got}"
        return
    yield f"{where}: expected {number(judged.expected, case.dtype)}, got {got}"
    if 1 < judged.fraction < NEAR:
        yield f"error: {judged.fraction:.3g} times what rounding can explain"
    if failure.law:
        return
    yield from ruling(case).lines
    if case.operator in SLIDING:
        yield from _window_lines(placed(case), judged.index)
        many = len(channels_of(case, judged.index[-1]))
        if many > MOST_CHANNELS:
            yield f"(of {many} channels, the first {MOST_CHANNELS} are drawn)"
    first, *rest = trace(case, judged.index, stated).arithmetic
    yield f"{where} = {first}"
    yield from rest


def _window_lines(place: Geometry, index: Index) -> Iterator[str]:
    """Where the window of an output begins and ends: output times stride, less the padding."""
    for axis, letter, out, cells, apart, step, pad in zip(
        AXES, "ij", index[1:3], place.reach, place.dilation, place.strides, place.padding
    ):
        begin = out * step - pad[0]
        what = "rows" if axis == "height" else "columns"
        gaps = f", {apart} apart" if apart > 1 else ""
        yield (
            f"{what} of the window: {letter}·S - P = {out}·{step} - {pad[0]} = {begin}, "
            f"so {begin} to {begin + cells - 1}{gaps}"
        )


# --- in pictures


@dataclass(frozen=True, slots=True)
class _Map:
    """A matrix out of a tensor, and the cell of it that matters."""

    name: str  # "x[0,{r},{c},1]"
    cells: Array
    at: Cell
    counted: frozenset[Cell] = frozenset()  # beyond it: padding that counts as a zero


def _pictures(failure: Failure, stated: Statement) -> Iterator[Picture]:
    """Input and kernel, then expected, got, and the difference."""
    case, index, found = failure.case, failure.judgement.index, failure.seen
    right = None
    if not failure.law:
        with suppress(Exception):  # a case that must be refused has no answer
            right = expect(case.views[0])
    wrong = index is not None
    if index is None and right is not None and right.hi.size:
        if found is not None and found.shape == right.hi.shape:
            return  # of the wrong dtype: there is nothing to be seen
        index = (0,) * right.hi.ndim
    if index is not None:
        told = _Shown(case, stated)
        yield from _inputs(told, index, wrong=wrong)
        yield from _answers(told, right, found, index, wrong=wrong)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A case, and how places in its tensors are told."""

    case: Case
    stated: Statement

    @property
    def output(self) -> str:
        """The name of the output that is looked at."""
        return self.case.looks_at

    def at(self, name: str, *entries: object) -> str:
        """A place in a tensor, in the stated layout."""
        return at(self.stated, self.case.operator, name, *entries)


def _inputs(told: _Shown, index: Index, *, wrong: bool) -> Iterator[Picture]:
    """What the output at `index` comes from."""
    case = told.case
    x = case.inputs["x"]
    if record(case.operator).gradient_of:
        yield from _told_by_dy(told, index)
    elif case.operator in SLIDING:
        yield from _under_the_window(told, ruling(case), index, wrong=wrong)
    elif "kernel" in case.inputs:
        b, o = index
        yield _picture("input", _row(told, x, (b, 0), "x"))
        weights = case.inputs["kernel"][:, o]
        yield _picture("kernel", _Map(told.at("kernel", "{c}", o), weights[None], (0, 0)))
    elif case.operator in OVER_MAPS:
        b, c = index
        whole = _Map(told.at("x", b, "{r}", "{c}", c), x[b, :, :, c], (0, 0))
        yield _picture("input", whole)
    else:
        source = tracing(case.operator).source
        near = index if len(index) == x.ndim else (0,) * x.ndim  # a number comes from all of x
        row = _row(told, x, source(case, index) if source else near, "x")
        yield _picture("input", row, [row.at] if wrong and source else [])


def _told_by_dy(told: _Shown, index: Index) -> Iterator[Picture]:
    """Of gradients: dy and x, in the example and near the channel of an element."""
    case = told.case
    by_example = told.output in record(case.operator).by_example
    for name in ("dy", "x"):
        tensor = case.inputs[name]
        if not tensor.size:
            continue
        here = index if tensor.ndim == len(index) and by_example else (0,) * tensor.ndim
        inside = tuple(min(at, size - 1) for at, size in zip(here, tensor.shape))
        yield _picture("input", _cut(told, tensor, inside, name))


def _under_the_window(
    told: _Shown, rules: Ruling, index: Index, *, wrong: bool
) -> Iterator[Picture]:
    """The channels under the window of an output, then the kernel for them."""
    case, (b, i, j, o) = told.case, index
    x, place = case.inputs["x"], placed(case)
    top, left = (n * s - p[0] for n, s, p in zip((i, j), place.strides, place.padding))
    (height, width), (down, along) = place.reach, place.dilation
    rows, columns = range(top, top + height, down), range(left, left + width, along)
    window = [*product(rows, columns)]
    middle = (top + height // 2, left + width // 2)
    counted = frozenset(window if rules.case.inputs["x"].shape != x.shape else ())
    channels = channels_of(case, o)[:MOST_CHANNELS]
    for c in channels:
        plane = _Map(told.at("x", b, "{r}", "{c}", c), x[b, :, :, c], middle, counted)
        yield _picture("input", plane, window if wrong else [], reach=window if wrong else [])
    if "kernel" in case.inputs:
        for place_in_filter, _ in enumerate(channels):
            weights, name = (
                rules.case.inputs["kernel"][:, :, place_in_filter, o],
                told.at("kernel", "{r}", "{c}", place_in_filter, o),
            )
            yield _picture("kernel", _Map(name + rules.note("kernel"), weights, (0, 0)))


def _answers(
    told: _Shown, right: Expected | None, found: Array | None, index: Index, *, wrong: bool
) -> Iterator[Picture]:
    """What is right, what came, and how they differ, where the first wrong number lies."""
    cut = partial(_cut, told)
    if right is not None:
        expected = cut(right.hi.astype(told.case.dtype), index, told.output)
        yield _picture("expected", expected, [expected.at] if wrong else [])
    if found is None or found.ndim != len(index) or any(map(int.__ge__, index, found.shape)):
        return
    got = cut(found, index, told.output)
    yield _picture("got", got, [got.at] if wrong else [])
    if right is not None and found.shape == right.hi.shape:
        off, far = _difference(right, found)
        bad = [(int(r), int(c)) for r, c in np.argwhere(cut(far, index, "").cells)]
        yield _picture("difference", cut(off, index, "got - expected"), bad, digits=4)


def _difference(right: Expected, found: Array) -> tuple[Array, Array]:
    """Got less expected (equal infinities and two NaN: nothing), and where that is too much."""
    got, hi = found.astype(np.float64), right.hi.astype(np.float64)
    equal = (got == hi) | (np.isnan(got) & np.isnan(hi))
    off = np.where(equal, 0, got - hi)
    return off, ~(equal | (np.abs(off - right.lo) <= right.bound))


def _cut(told: _Shown, array: Array, index: Index, name: str) -> _Map:
    """A matrix out of a tensor around an element: of height and width, or its row."""
    axes = _axes(told, name)
    if "H" not in axes or len(axes) != array.ndim:
        return _row(told, array, index, name)
    entries, across = [*map(str, index)], axes.index("H")
    entries[across], entries[across + 1] = "{r}", "{c}"
    place = told.at(name, *entries) if name in (*told.case.inputs, told.output) else name
    whole = slice(None)
    where: tuple[Any, ...] = (*index[:across], whole, whole, *index[across + 2 :])
    plane = array[where]
    return _Map(place, plane, (index[across], index[across + 1]))


def _axes(told: _Shown, name: str) -> str:
    """The axes of a tensor by name; those of the output for what has no name of its own."""
    known = record(told.case.operator)
    if name in known.tensors and name != told.output:
        return known.axes_of(name)
    return next(one.axes for one in known.outputs if one.name == told.output)


def _row(told: _Shown, array: Array, index: Index, name: str) -> _Map:
    """The row of an element along the last axis."""
    if not index:
        return _Map(name, array.reshape(1, 1), (0, 0))
    *lead, last = index
    place = told.at(name, *lead, "{c}") if name in (*told.case.inputs, told.output) else name
    return _Map(place, array[tuple(lead)][None], (0, last))


def _picture(
    role: str, found: _Map, marked: Sequence[Cell] = (), reach: Sequence[Cell] = (), digits: int = 7
) -> Picture:
    """A matrix, cut to a window if it is large; what it does not hold of `reach` is padding."""
    by_axis = zip(*reach) if reach else ((), ())
    spans = [*map(_span, found.cells.shape, found.at, by_axis)]
    inside = [
        range(max(span.start, 0), min(span.stop, size))
        for span, size in zip(spans, found.cells.shape)
    ]
    named = [
        ":" if len(held) == size else f"{held.start}:{held.stop}"
        for held, size in zip(inside, found.cells.shape)
    ]
    dtype = str(found.cells.dtype)
    rows, columns = spans

    def text(r: int, c: int) -> str:
        if r in inside[0] and c in inside[1]:
            return _text(found.cells[r, c], dtype, digits)
        return COUNTS if (r, c) in found.counted else PADDING

    drawn = tuple(tuple(map(partial(text, r), columns)) for r in rows)
    return Picture(
        role=role,
        title=found.name.format(r=named[0], c=named[1]) + _marks(drawn),
        rows=drawn,
        marked=tuple(
            (r - rows.start, c - columns.start) for r, c in marked if r in rows and c in columns
        ),
    )


def _marks(rows: Sequence[Sequence[str]]) -> str:
    """What the marks in a picture mean, as far as there are any."""
    there = {text for row in rows for text in row}
    meanings = {PADDING: "padding", COUNTS: "padding that counts"}
    return "".join(f", {mark} is {what}" for mark, what in meanings.items() if mark in there)


def _span(size: int, at: int, reach: Sequence[int]) -> range:
    """The places along an axis that are drawn: all, or MOST_CELLS around `at`."""
    start, stop = min([0, *reach]), max([size, *(n + 1 for n in reach)])
    if stop - start > MOST_CELLS:
        start = min(max(start, at - MOST_CELLS // 2), stop - MOST_CELLS)
        stop = start + MOST_CELLS
    return range(start, stop)


def _text(value: Any, dtype: str, digits: int) -> str:
    """A number, short enough for a cell."""
    text = number(float(value), dtype)
    return text if len(text) <= digits + 2 else f"{float(value):.{digits}g}"
