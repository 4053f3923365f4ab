"""What an implementation reads, or answers, drawn as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from refcnn.diagnosis.identify.picture import Picture, Plane, Plot, Rows
from refcnn.reports.markup import template
from refcnn.reports.picture_text import named

CELL_HEIGHT, LETTER, GAP, ABOVE = 26, 7.3, 40, 22  # pixels
ALIKE, YOURS, RIGHT = "rgb(70 130 220 / .3)", "rgb(220 60 60 / .35)", "rgb(40 160 90 / .35)"
COLORS = ("#d03c3c", "#2a9d5c")  # of curves: yours, right
WIDE, HIGH, MARGIN, BELOW = 420, 220, 60, 22


def svg(picture: Picture) -> str:
    """A picture as one SVG element, in colours that can be told apart on light and dark."""
    if isinstance(picture, Plot):
        return _plot(picture)
    return _plane(picture)


@dataclass(frozen=True, slots=True)
class _Box:
    """A cell: where it is drawn, how it is filled, and whether what it holds is read."""

    x: float
    y: float
    text: str
    read: bool
    fill: str
    heavy: bool  # whether it is otherwise than on the other side


@dataclass(frozen=True, slots=True)
class _Grid:
    """One side."""

    name: str
    left: float
    cells: list[_Box]


def _plane(picture: Plane) -> str:
    """Both sides next to one another; what is read is filled, what differs has its own colour."""
    names = [named(*one) for one in zip(("yours", "right"), picture.times)]
    spots = [spot for rows in (picture.yours, picture.right) for row in rows for spot in row]
    cell_width = max(CELL_HEIGHT, *(LETTER * len(spot.text) + 10 for spot in spots))
    left, sides = 2.0, list[_Grid]()
    both = [(picture.yours, picture.right, YOURS), (picture.right, picture.yours, RIGHT)]
    for name, (rows, other, color) in zip([""] if picture.alike else names, both):
        boxes = [*_boxes(rows, other, color, left, cell_width)]
        sides.append(_Grid(name, left, boxes))
        own = cell_width * max(map(len, rows), default=0)
        left += max(own, LETTER * len(name)) + GAP
    tallest = max(len(picture.yours), len(picture.right))
    return template("plane.svg").render(
        title=picture.title,
        sides=sides,
        cell_width=cell_width,
        cell_height=CELL_HEIGHT,
        width=round(left - GAP + 2),
        height=ABOVE + CELL_HEIGHT * tallest + 2,
    )


def _boxes(rows: Rows, other: Rows, color: str, left: float, width: float) -> Iterator[_Box]:
    """The cells of one side, held against those of the other."""
    for r, row in enumerate(rows):
        for c, spot in enumerate(row):
            there = r < len(other) and c < len(other[r])
            differs = not there or spot != other[r][c]
            fill = (color if differs else ALIKE) if spot.read else ""
            x, y = left + c * width, ABOVE + r * CELL_HEIGHT
            yield _Box(x, y, spot.text, spot.read, fill, differs and spot.read)


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Curve:
    """One side of a plot."""

    name: str
    color: str
    path: str
    points: list[Point]
    corners: list[Point]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The numbers at the ends of both axes of a plot."""

    first: float
    last: float
    low: float
    high: float

    @classmethod
    def of(cls, picture: Plot) -> "_Frame":
        return cls(picture.x[0], picture.x[-1], *picture.heights)

    def at(self, x: float, y: float) -> Point:
        """Where a point is drawn."""
        across = (x - self.first) / (self.last - self.first or 1)
        down = (self.high - y) / (self.high - self.low or 1)
        return round(MARGIN + across * (WIDE - MARGIN - 2), 1), round(2 + down * (HIGH - 4), 1)

    def axes(self) -> Iterator[str]:
        """The lines through 0, as far as they lie inside."""
        if self.first < 0 < self.last:
            yield _path([self.at(0, self.low), self.at(0, self.high)])
        if self.low < 0 < self.high:
            yield _path([self.at(self.first, 0), self.at(self.last, 0)])


def _plot(picture: Plot) -> str:
    """Both curves in one frame."""
    frame = _Frame.of(picture)
    heights = np.interp(picture.corners, picture.x, picture.yours).tolist()
    corners = [frame.at(*place) for place in zip(picture.corners, heights)]
    yours, right = (_points(frame, picture.x, y) for y in (picture.yours, picture.right))
    curves = [_Curve("yours", COLORS[0], _path(yours), yours, corners)]
    if not picture.alike:
        curves.append(_Curve("right", COLORS[1], _path(right), right, []))
    return template("plot.svg").render(
        title=picture.title,
        curves=curves,
        axes=frame.axes(),
        left=MARGIN,
        right=WIDE - 2,
        top=2,
        bottom=HIGH - 2,
        width=WIDE,
        height=HIGH + BELOW,
        x_ends=(f"{frame.first:.4g}", f"{frame.last:.4g}"),
        y_ends=(f"{frame.low:.4g}", f"{frame.high:.4g}"),
    )


def _points(frame: _Frame, x: Sequence[float], y: Sequence[float]) -> list[Point]:
    return [frame.at(*place) for place in zip(x, y) if np.isfinite(place[1])]


def _path(points: Sequence[Point]) -> str:
    """Straight lines from point to point."""
    return "M" + " L".join(f"{x} {y}" for x, y in points) if points else ""
