"""Pictures drawn: cells with a shade for HTML, and lines of text."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from refcnn.grading.report import Picture
from refcnn.suite.numbers import right, side_by_side

SHADES = 4
ROLES = {
    "input": "input",
    "kernel": "kernel",
    "expected": "expected",
    "got": "your answer",
    "difference": "difference",
}
MARKS = {
    "input": "read for the marked output",
    "kernel": "marked",
    "expected": "what it should be",
    "got": "the first wrong number",
    "difference": "wrong",
}
GIVEN = ("input", "kernel")
TOGETHER = ("expected", "got")  # share one scale


class _WithRole(Protocol):
    """What is drawn, and its part in an example."""

    @property
    def role(self) -> str: ...


T = TypeVar("T")
Drawn = TypeVar("Drawn", bound=_WithRole)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, its shade ("p3": rather positive), and why it is marked, if it is."""

    text: str
    shade: str
    mark: str


@dataclass(frozen=True, slots=True)
class Heat:
    """A picture as rows of shaded cells."""

    role: str
    name: str
    title: str
    rows: list[list[Cell]]


def heats(pictures: Iterable[Picture]) -> list[list[Heat]]:
    """The pictures of one example: what was given, then answers, which have one scale."""
    found = [*pictures]
    both = max((_largest(p) for p in found if p.role in TOGETHER), default=0.0)
    drawn = [_heat(p, both if p.role in TOGETHER else _largest(p)) for p in found]
    return [*filter(None, _in_groups(drawn))]


def _heat(picture: Picture, largest: float) -> Heat:
    marked, why = {*picture.marked}, MARKS.get(picture.role, "marked")

    def cell(at: tuple[int, int], text: str) -> Cell:
        return Cell(text, _shade(text, largest), why if at in marked else "")

    rows = _by_cell(picture, cell)
    return Heat(picture.role, ROLES.get(picture.role, picture.role), picture.title, rows)


def _by_cell(picture: Picture, told: Callable[[tuple[int, int], str], T]) -> list[list[T]]:
    """Each cell of a picture as it is told, by its row and column."""
    rows: list[list[T]] = []
    for r, row in enumerate(picture.rows):
        rows.append([told((r, c), text) for c, text in enumerate(row)])
    return rows


def _in_groups(found: Sequence[Drawn]) -> tuple[list[Drawn], list[Drawn]]:
    """What was given, and what came of it."""
    given = [one for one in found if one.role in GIVEN]
    return given, [one for one in found if one.role not in GIVEN]


def _value(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _largest(picture: Picture) -> float:
    """The largest finite magnitude."""
    values = (_value(text) for row in picture.rows for text in row)
    return max((abs(v) for v in values if v is not None and math.isfinite(v)), default=0.0)


def _shade(text: str, largest: float) -> str:
    """The class of a cell: o for what is not a number, z for zero, n4 ... n1, p1 ... p4."""
    value = _value(text)
    if value is None or math.isnan(value):
        return "o" if value is None else "x"
    if value == 0:
        return "z"
    share = abs(value) / largest if math.isfinite(value) and largest else 1.0
    return f"{'n' if value < 0 else 'p'}{max(1, min(SHADES, math.ceil(share * SHADES)))}"


def as_text(pictures: Iterable[Picture]) -> list[str]:
    """The pictures of one example side by side, marked numbers in brackets."""
    found = [*pictures]
    lines = list[str]()
    for group in filter(None, _in_groups(found)):
        titled = [(f"{ROLES.get(p.role, p.role)} {p.title}", _lines(p)) for p in group]
        lines += ["", *side_by_side(titled)]
    return lines[1:]


def _lines(picture: Picture) -> list[str]:
    marked = {*picture.marked}

    def cell(at: tuple[int, int], text: str) -> str:
        return f"[{text}]" if at in marked else f" {text} "

    cells = _by_cell(picture, cell)
    width = max((len(text) for row in cells for text in row), default=0)
    return [" ".join(right(row, width)).rstrip() for row in cells]
