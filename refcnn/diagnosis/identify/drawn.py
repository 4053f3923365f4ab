"""The cells that one output reads, found to be drawn beside those that it should read."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from refcnn.diagnosis.identify.equation import SYMBOLS, Axis, axes_of, fraction
from refcnn.diagnosis.identify.picture import Place, Plane, Rows, Spot
from refcnn.diagnosis.identify.reading import Reading
from refcnn.suite.tensors import Array

FEW, MOST_DRAWN = 6, 10  # rows, and columns
ONCE, NOTHING = "●", "·"  # a cell that is read as it is, one that is not read
LONGEST = 6  # characters of a factor
MOST_LABELS = 2  # that are written into one cell


def plane(yours: Reading, right: Reading, numbers: Array | None = None) -> Plane | None:
    """The picture of an output that reads other cells than it should, or of any if none does.

    numbers: what stands in the cells that are drawn, where that decides what is read. None where
    the answer has another number of axes, or nothing is read.
    """
    if yours.places.shape[1] != right.places.shape[1]:
        return None
    view = _View.of(right)
    sides = [_Side.of(view, reading) for reading in (yours, right)]
    owner = _most_telling(*sides)
    return None if owner is None else _Drawing(view, sides, owner, numbers).drawn()


@dataclass(frozen=True, slots=True)
class _Read:
    """A cell that is read: its place on the axes that are drawn and on the others, and times what.

    label: the cell of another tensor, or the output, that belongs to it.
    """

    on: Place  # row and column
    beside: Place
    label: Place
    factor: float


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """Which columns of a reading say whose cells are drawn, which cells, and what is in them.

    across: the axes of the canvas that are drawn: height and width, or its last one alone.
    """

    axes: Sequence[Axis]
    owner: Sequence[int]
    canvas: Sequence[int]
    label: Sequence[int]
    across: Sequence[int]

    @classmethod
    def of(cls, right: Reading) -> "_View":
        """The cells of x that an output reads; those of dx that a cell of dy is added to.

        Where outputs are cells in another order, each cell tells where it goes.
        """
        axes = axes_of(right)
        named: dict[str, list[int]] = {}
        for column, axis in enumerate(axes):
            named.setdefault(axis.tensor, []).append(column)
        output = named.pop("")
        if right.case.looks_at == "dx":
            owner, canvas = named.pop("dy"), output
        else:
            owner, canvas = output, named.pop(next(n for n in ("x", "dy", *named) if n in named))
        label = [column for columns in named.values() for column in columns]
        if not label and len(owner) < len(canvas) and len(right.places) == right.constant.size:
            owner, label = owner[:1], owner[1:]
        letters = [axes[column].letter for column in canvas]
        spread = "H" in letters
        across = [letters.index(one) for one in "HW"] if spread else [len(letters) - 1]
        return cls(axes, owner, canvas, label, across)

    @property
    def moves(self) -> bool:
        """Whether what is in a cell is where it goes."""
        return bool(self.label) and self.axes[self.label[0]].tensor == self.axes[0].tensor

    def read(self, cell: Place, label: Place, factor: float) -> _Read:
        """A term of a reading."""
        beside = tuple(n for axis, n in enumerate(cell) if axis not in self.across)
        return _Read(self.on(cell), beside, label, factor)

    def on(self, cell: Place) -> Place:
        """Row and column of a place in the tensor that is drawn."""
        place = tuple(cell[axis] for axis in self.across)
        return place if len(place) > 1 else (0, *place)

    def cell(self, on: Sequence[object], beside: Place) -> list[object]:
        """The place in the tensor that is drawn, of a row and a column."""
        place: list[object] = [*beside]
        for axis, number in zip(self.across, on[-len(self.across) :]):
            place.insert(axis, number)
        return place

    def size(self, reading: Reading) -> Place:
        """Rows and columns of the tensor that is drawn."""
        tensor = self.axes[self.canvas[0]].tensor
        shape = (reading.case.inputs[tensor] if tensor else reading.constant).shape
        return (1, shape[-1]) if len(self.across) == 1 else self.on(shape)

    def name(self, columns: Sequence[int], reading: Reading) -> str:
        """How the tensor of some columns is written."""
        name = self.axes[columns[0]].tensor or reading.case.looks_at
        return SYMBOLS.get(name, name)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """A reading, and what everybody reads in it."""

    reading: Reading
    read: Mapping[Place, frozenset[_Read]]

    @classmethod
    def of(cls, view: _View, reading: Reading) -> "_Side":
        found: dict[Place, set[_Read]] = {}
        real = reading.real
        groups = [reading.places[real][:, [*c]] for c in (view.owner, view.canvas, view.label)]
        owners, cells, labels = (map(tuple, places.tolist()) for places in groups)
        for owner, *term in zip(owners, cells, labels, reading.factors[real].tolist()):
            found.setdefault(owner, set()).add(view.read(*term))
        return cls(reading, {owner: frozenset(cells) for owner, cells in found.items()})

    def of_owner(self, owner: Place) -> frozenset[_Read]:
        """What somebody reads."""
        return self.read.get(owner, frozenset())


def _most_telling(yours: _Side, right: _Side) -> Place | None:
    """Who reads other cells than it should, and should read the most; the first of them."""
    every = sorted({*yours.read, *right.read})
    odd = [owner for owner in every if yours.of_owner(owner) != right.of_owner(owner)]
    both = [owner for owner in odd if owner in yours.read and owner in right.read]
    return max(both or odd or every, key=lambda one: len(right.of_owner(one)), default=None)


Told = Callable[[_Read], str]


@dataclass(frozen=True, eq=False)
class _Drawing:
    """What one owner reads, in both readings."""

    view: _View
    sides: Sequence[_Side]  # yours, right
    owner: Place
    numbers: Array | None

    def drawn(self) -> Plane:
        """Both sides."""
        told = self.short if self.is_short else _whole
        yours, right = (self.rows(side, told) for side in self.sides)
        mine_times, right_times = (self.times(side) for side in self.sides)
        return Plane(self.title, yours, right, (mine_times, right_times))

    @cached_property
    def is_short(self) -> bool:
        """Whether what cells are multiplied by differs in height and width alone."""
        here = [one for side in self.sides for one in self.here(side)]
        return len({tuple(self.parts(one, spread=False)) for one in here}) == 1

    def times(self, side: _Side) -> str:
        """By what all cells are multiplied, if that is too long to stand in each."""
        factors = {one.factor for one in side.of_owner(self.owner)}
        told = fraction(factors.pop()).strip() if len(factors) == 1 else ""
        return told if self.view.label or len(told) > LONGEST else ""

    @cached_property
    def beside(self) -> Place:
        """The place on the axes that are not drawn: where the most is read otherwise."""
        mine, meant = (side.of_owner(self.owner) for side in self.sides)
        seen = Counter(one.beside for one in (mine ^ meant) or meant or mine)
        return min(seen, key=lambda place: (-seen[place], place))

    def places(self, side: _Side) -> Array:
        """(cells, 2): row and column of each cell that is read."""
        return np.array([one.on for one in self.here(side)])

    def here(self, side: _Side) -> list[_Read]:
        """What is read of the cells that are drawn."""
        return [one for one in side.of_owner(self.owner) if one.beside == self.beside]

    @cached_property
    def spans(self) -> list[list[int]]:
        """The rows and the columns that are drawn, for both sides the same."""
        sizes = zip(*(self.view.size(side.reading) for side in self.sides))
        yours, right = map(self.places, self.sides)
        most = MOST_DRAWN if self.is_short else FEW
        return [
            _span(max(both), _along(axis, yours), _along(axis, right), most)
            for axis, both in enumerate(sizes)
        ]

    def rows(self, side: _Side, told: Told) -> Rows:
        """The cells of one side, as far as it has them."""
        labels: dict[Place, list[str]] = {}
        here = self.here(side)
        if self.times(side):
            here = [replace(one, factor=1.0) for one in here]
        for one in sorted(here, key=lambda one: (one.label, one.factor)):
            labels.setdefault(one.on, []).append(told(one))
        size = self.view.size(side.reading)
        rows, columns = map(_below, size, self.spans)
        return tuple(self.row(row, columns, labels) for row in rows)

    def row(
        self, row: int, columns: Sequence[int], labels: Mapping[Place, list[str]]
    ) -> tuple[Spot, ...]:
        """Cells beside each other."""
        places = [(row, column) for column in columns]
        return tuple(self.spot(on, labels.get(on, [])) for on in places)

    def spot(self, on: Place, labels: Sequence[str]) -> Spot:
        """One cell."""
        if self.numbers is not None:
            return Spot(self.number(on), bool(labels))
        few = " + ".join(labels) if len(labels) <= MOST_LABELS else f"{len(labels)} times"
        return Spot(few or NOTHING, bool(labels))

    def number(self, on: Place) -> str:
        """What stands in a cell, if the tensor of the numbers has it."""
        assert self.numbers is not None
        place = np.array(self.view.cell(on, self.beside), int)
        inside = len(place) == self.numbers.ndim and (place < self.numbers.shape).all()
        return f"{self.numbers[tuple(place)]:.6g}" if inside else NOTHING

    def short(self, one: _Read) -> str:
        """What a cell is multiplied by: height and width of its place, if it has them."""
        return _labelled([*self.parts(one, spread=True)] or one.label, one.factor)

    def parts(self, one: _Read, *, spread: bool) -> Iterator[int]:
        """Height and width of what a cell is multiplied by; or its places on the other axes."""
        letters = [self.view.axes[column].letter for column in self.view.label]
        return (n for letter, n in zip(letters, one.label) if (letter in "HW") is spread)

    @property
    def title(self) -> str:
        """Whose cells they are, of what, and what stands in them."""
        view, right = self.view, self.sides[1].reading
        sides = zip(self.spans, view.size(right))
        spans = [":" if len(span) == size else _runs(span) for span, size in sides]
        entries = ", ".join(map(str, view.cell(spans, self.beside)))
        cells = f"cells of {view.name(view.canvas, right)}[{entries}]"
        owner = ", ".join(map(str, self.owner))
        whose = view.name(view.owner, right)
        if view.moves:
            return f"where in {whose}[{owner}, ...] the {cells} go"
        verb = f"to which {whose}[{owner}] is added"
        if view.axes[view.canvas[0]].tensor:
            verb = f"that {whose}[{owner}] reads"
        each = f", each with its place in {view.name(view.label, right)}" if view.label else ""
        return f"{cells} {verb}{each}"


def _whole(one: _Read) -> str:
    return _labelled(one.label, one.factor)


def _labelled(place: Sequence[int], factor: float) -> str:
    """The place of what a cell is multiplied by, and the factor, if it is not 1."""
    times, label = fraction(factor).strip(), ",".join(map(str, place))
    times = times if len(times) <= LONGEST else f"{factor:.3g}"
    return f"{times}·{label}" if times and label else times or label or ONCE


def _along(axis: int, places: Array) -> set[int]:
    """The rows, or the columns, of places; there may be none."""
    return set(places[:, axis].tolist()) if len(places) else set()


def _below(most: int, places: Sequence[int]) -> list[int]:
    return [place for place in places if place < most]


def _span(size: int, yours: set[int], right: set[int], most: int) -> list[int]:
    """The places along an axis that are drawn: all of few, else those around what is read."""
    if size <= FEW:
        return [*range(size)]
    read = yours | right
    around = range(max(min(read) - 1, 0), min(max(read) + 2, size))
    if len(around) <= most:
        return [*around]
    half = most // 2
    return sorted({*sorted(right)[:half], *sorted(yours)[:half]})


def _runs(places: Sequence[int]) -> str:
    """Places as they are written: "0:3", "0:3 and 16:20"."""
    starts = [n for n in places if n - 1 not in places]
    ends = [n + 1 for n in places if n + 1 not in places]
    return " and ".join(f"{start}:{end}" for start, end in zip(starts, ends))
