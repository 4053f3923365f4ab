"""What an implementation reads, or answers, drawn with characters."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from refcnn.diagnosis.identify.picture import Picture, Plane, Plot, Rows, Spot
from refcnn.suite.numbers import right, side_by_side

WIDE, HIGH = 41, 11  # of a plot, in characters
RIGHT, YOURS, BOTH = "o", "x", "*"


def picture_lines(picture: Picture) -> list[str]:
    """A picture as lines of text."""
    if isinstance(picture, Plot):
        return [*_plot(picture)]
    return [*_plane(picture)]


def _plane(picture: Plane) -> Iterator[str]:
    """Both sides next to one another; what is read stands in brackets."""
    yield f"{picture.title}:"
    if picture.alike:
        yield from _cells(picture.yours)
        return
    names = (named(*one) for one in zip(("yours", "right"), picture.times))
    yield from side_by_side([*zip(names, map(_cells, (picture.yours, picture.right)))])


def named(side: str, times: str) -> str:
    """A side, and by what all of its cells are multiplied."""
    return f"{side}, each times {times}" if times else side


def _cells(rows: Rows) -> list[str]:
    texts = [*map(_bracketed, rows)]
    widths = [len(text) for row in texts for text in row]
    return [" ".join(right(row, max(widths, default=0))).rstrip() for row in texts]


def _bracketed(row: Iterable[Spot]) -> list[str]:
    return [f"[{one.text}]" if one.read else f" {one.text} " for one in row]


def _plot(picture: Plot) -> Iterator[str]:
    """Points in a frame, with the numbers at its ends, and the corners in words."""
    key = "" if picture.alike else f" ({YOURS} yours, {RIGHT} right, {BOTH} both)"
    yield f"{picture.title}{key}:"
    low, high = picture.heights
    ends = [f"{high:.4g}", *[""] * (HIGH - 2), f"{low:.4g}"]
    margin = max(map(len, ends))
    for end, row in zip(ends, _canvas(picture, low, high)):
        yield f"{end:>{margin}} |{row}".rstrip()
    first, last = f"{picture.x[0]:.4g}", f"{picture.x[-1]:.4g}"
    yield f"{'':{margin}}  {first}{last:>{WIDE - len(first)}}"
    if picture.corners:
        whose = "" if picture.alike else " of yours"
        yield f"corners{whose}: {', '.join(f'{place:.6g}' for place in picture.corners)}"


def _canvas(picture: Plot, low: float, high: float) -> list[str]:
    """The points as rows of characters, the highest first."""
    drawn = [[" "] * WIDE for _ in range(HIGH)]
    columns = _places(picture.x, picture.x[0], picture.x[-1], WIDE)
    for mark, answers in ((RIGHT, picture.right), (YOURS, picture.yours)):
        for column, row in zip(columns, _places(answers, low, high, HIGH)):
            if column >= 0 and row >= 0:
                there = drawn[HIGH - 1 - row][column]
                drawn[HIGH - 1 - row][column] = mark if there in (" ", mark) else BOTH
    return ["".join(row) for row in drawn]


def _places(values: Sequence[float], low: float, high: float, size: int) -> list[int]:
    """Where numbers lie on an axis of some characters; -1 for what is not finite."""
    step = (high - low) / (size - 1) or 1.0
    return [round((one - low) / step) if np.isfinite(one) else -1 for one in values]
