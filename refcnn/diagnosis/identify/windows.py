"""Windows: the cells that each output reads, as ranges of rows and columns in formulas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from refcnn.diagnosis.identify.equation import SYMBOLS, Axis, axes_of, fraction
from refcnn.diagnosis.identify.fit import Affine, affine
from refcnn.diagnosis.identify.reading import Reading
from refcnn.diagnosis.identify.selecting import Selection
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

Place = tuple[int, ...]
CHOSEN = {1: "maximum", -1: "minimum"}


@dataclass(frozen=True, slots=True)
class Extent:
    """The first and the last place that a window has on an axis, as far as they are there.

    None where there is no formula for it.
    """

    first: Affine | None
    last: Affine | None

    @property
    def known(self) -> bool:
        """Whether there are formulas for both."""
        return self.first is not None and self.last is not None

    @property
    def length(self) -> int | None:
        """How many places a window has; None if that is not the same for all."""
        if self.first is None or self.last is None or self.first.factors != self.last.factors:
            return None
        return self.last.constant - self.first.constant + 1

    def told(self, names: Sequence[str]) -> str:
        """As it is written: "2i - 1 to 2i + 1"."""
        ends = [one.told(names) if one else "?" for one in (self.first, self.last)]
        return " to ".join(dict.fromkeys(ends))


class Windows:
    """A reading of one tensor as windows, each with an owner.

    An output owns the cells that it reads; in a gradient, a cell owns the outputs that it is
    added to, for there the windows are the other way round.
    """

    def __init__(self, reading: Reading, meant: "Windows | None" = None) -> None:
        """Fit formulas, those of the right windows first, if they are given."""
        self.reading, self.meant = reading, meant
        axes, own = axes_of(reading), reading.constant.ndim
        self.by_cell = bool(record(reading.case.operator).gradient_of)
        places = reading.places[reading.real]
        ours, others = np.split(places, [own], axis=1)
        output, tensor = axes[:own], axes[own:]
        self.owner, self.inside = (tensor, output) if self.by_cell else (output, tensor)
        owners, cells = (others, ours) if self.by_cell else (ours, others)
        self.cells = _by_owner(owners, cells, reading.factors[reading.real])

    @property
    def names(self) -> list[str]:
        """Names of the axes of an owner."""
        return [axis.name for axis in self.owner]

    @cached_property
    def extents(self) -> list[Extent]:
        """By axis of what is inside of windows: from where to where they go."""
        if not self.cells:
            return [Extent(None, None)] * len(self.inside)
        return [self._extent(place, axis) for place, axis in enumerate(self.inside)]

    def _extent(self, place: int, axis: Axis) -> Extent:
        owners = np.array([*self.cells])
        ends = [(cells[:, place].min(), cells[:, place].max()) for cells, _ in self.cells.values()]
        like = self.meant.extents[place] if self.meant else Extent(None, None)
        return fitted(owners, np.array(ends), axis.size, like)

    @cached_property
    def gaps(self) -> set[Place]:
        """The owners whose cells are not all that lie between the first and the last of them."""
        return {owner for owner, (cells, _) in self.cells.items() if not _is_box(cells)}

    @cached_property
    def ragged(self) -> set[Place]:
        """The owners whose cells are not all those of some rows in some columns and so on."""
        return {owner for owner, (cells, _) in self.cells.items() if not _is_grid(cells)}

    @property
    def factor(self) -> float | None:
        """By what each cell is multiplied; None if by several numbers."""
        factors = np.unique(self.reading.factors[self.reading.real])
        return float(factors[0]) if len(factors) == 1 else None

    @property
    def is_mean(self) -> bool:
        """Whether each window is divided by the number of its cells."""
        if not self.cells or isinstance(self.reading, Selection):
            return False
        pairs = self.cells.values()
        return all(bool((factors == 1 / len(cells)).all()) for cells, factors in pairs)

    @property
    def how(self) -> str:
        """What is made of the cells of a window, as it is written before them."""
        if isinstance(self.reading, Selection):
            factor = "" if self.factor == 1 else f"{fraction(self.factor)}"
            return f"{factor}{CHOSEN[self.reading.sign]} of {self._limit}"
        if all(len(cells) == 1 for cells, _ in self.cells.values()):
            return fraction(self.factor)
        return "mean of " if self.is_mean else f"{fraction(self.factor)}sum of "

    @property
    def _limit(self) -> str:
        """The number that is among those of every window."""
        limits = np.unique(self.reading.constant)
        return f"{limits[0]:.6g} and " if len(limits) == 1 and np.isfinite(limits[0]) else ""

    @property
    def read_at(self) -> Array:
        """The outputs that read a cell: a bool for each output."""
        there = np.zeros(self.reading.constant.shape, bool)
        there[tuple(self.reading.places[:, : there.ndim].T)] = True
        return there

    def told(self) -> str:
        """As it is written: "Y[b, i, j, c] = mean of X[b, 2i - 1 to 2i + 1, j to j + 1, c]"."""
        case = self.reading.case
        owner = ", ".join(self.names)
        if not self.cells:
            return f"{_symbol(case.looks_at)}[{self._output}] = {self._alone}"
        window = ", ".join(extent.told(self.names) for extent in self.extents)
        tensor, output = _symbol(self.reading.tensors[0]), _symbol(case.looks_at)
        if self.by_cell:
            share = " / number of cells in the window" if self._divides else ""
            factor = "" if share else fraction(self.factor)
            return f"{output}[{window}] += {factor}{tensor}[{owner}]{share}"
        return f"{output}[{owner}] = {self.how}{tensor}[{window}]"

    @property
    def _output(self) -> str:
        return ", ".join(axis.name for axis in (self.inside if self.by_cell else self.owner))

    @property
    def _alone(self) -> str:
        """What is answered where nothing is read."""
        numbers = np.unique(self.reading.constant)
        return f"{numbers[0]:.6g}" if len(numbers) == 1 else "numbers that depend on nothing"

    @property
    def _divides(self) -> bool:
        return self.is_mean and self.factor is None

    def sides(self, owner: Place) -> list[str]:
        """By axis, the places that a window has, as they are: "rows 0 to 2"."""
        cells, _ = self.cells[owner]
        values = [np.unique(column).tolist() for column in cells.T]
        return [
            f"{axis.plural if len(own) > 1 else axis.plural[:-1]} {_range(own)}"
            for axis, own in zip(self.inside, values)
        ]

    def cells_at(self, owner: Place) -> set[Place]:
        """The cells of a window."""
        cells, _ = self.cells[owner]
        return set(map(tuple, cells.tolist()))

    def differing(self, other: "Windows") -> Iterator[Place]:
        """The owners whose windows have other cells than those of another reading."""
        for owner in dict.fromkeys([*self.cells, *other.cells]):
            pairs = [one.cells.get(owner) for one in (self, other)]
            if any(pair is None for pair in pairs):
                yield owner
                continue
            (one, _), (two, _) = (pair for pair in pairs if pair is not None)
            if one.shape != two.shape or not (one == two).all():
                yield owner


def _by_owner(owners: Array, cells: Array, factors: Array) -> dict[Place, tuple[Array, Array]]:
    """By owner: its cells in order, and by what each is multiplied."""
    found: dict[Place, list[int]] = {}
    for number in np.lexsort(cells.T[::-1]).tolist():
        found.setdefault(tuple(owners[number].tolist()), []).append(number)
    return {owner: (cells[rows], factors[rows]) for owner, rows in sorted(found.items())}


def _is_grid(cells: Array) -> bool:
    """Whether cells are all those of some rows in some columns and so on."""
    sides = [len(np.unique(column)) for column in cells.T]
    return len(np.unique(cells, axis=0)) == prod(sides)


def _is_box(cells: Array) -> bool:
    """Whether cells are all those between the first and the last row, column and so on."""
    sides = cells.max(axis=0) - cells.min(axis=0) + 1
    return bool(len(np.unique(cells, axis=0)) == sides.prod())


def fitted(owners: Array, ends: Array, size: int, like: Extent) -> Extent:
    """The formulas that the ends of windows follow, as far as they lie on an axis of some size.

    owners: (windows, axes); ends: (windows, 2), first and last. What is nearest to `like` goes
    first: moved, then as many places at other steps, then other lengths; last, each end by itself.
    """
    for first, length in _candidates(owners.shape[1], ends, size, like):
        found = Extent(first, replace(first, constant=first.constant + length - 1))
        if _follows(owners, ends, size, found):
            return found
    by_itself = Extent(*(_clipped(owners, values, size) for values in ends.T))
    if by_itself.known or like.known:
        return by_itself
    return _longer_than_seen(owners, ends, size) or by_itself


def _longer_than_seen(owners: Array, ends: Array, size: int) -> Extent | None:
    """Windows of one length, all of which go beyond an end of the axis."""
    shifts = sorted(range(-size, size + 1), key=abs)
    steps = [*_steps(owners.shape[1], size, Extent(None, None))]
    for first in (_moved(step, shift) for step in steps for shift in shifts):
        if _follows(owners, ends, size, Extent(first, None)):
            for length in range(1, 2 * size + 1):
                found = Extent(first, _moved(first, length - 1))
                if _follows(owners, ends, size, found):
                    return found
    return None


def _follows(owners: Array, ends: Array, size: int, extent: Extent) -> bool:
    pairs = [*zip((extent.first, extent.last), ends.T)]
    places = [(one.of(owners), values) for one, values in pairs if one is not None]
    return all(np.array_equal(np.clip(at, 0, size - 1), values) for at, values in places)


def _candidates(axes: int, ends: Array, size: int, like: Extent) -> Iterator[tuple[Affine, int]]:
    """The first place and the number of places of windows, what is most like others first.

    One thing is changed at a time: where windows lie, how long they are, how far they are apart;
    then two of them. Where all three would be, cells that are shown say more than formulas.
    """
    longest = int((ends[:, 1] - ends[:, 0]).max()) + 1
    meant = like.first or Affine((0,) * axes, 0)
    length = like.length or longest
    lengths = dict.fromkeys((length, *range(longest, 2 * size + 1)))
    shifts = sorted(range(-size, size + 1), key=abs)
    fixed = Affine((0,) * axes, int(ends[:, 0].min()))
    if like.first != fixed:
        yield from ((fixed, one) for one in lengths)
    yield from ((_moved(meant, shift), length) for shift in shifts)
    if like.last:
        turned = tuple(-factor for factor in like.last.factors)
        yield Affine(turned, size - 1 - like.last.constant), length
    yield from ((_moved(meant, more), one) for one in lengths for more in (0, length - one))
    steps = [*_steps(axes, size, like)]
    yield from ((step, length) for step in steps)
    yield from ((_moved(meant, shift), one) for one in lengths for shift in shifts)
    yield from ((_moved(step, shift), length) for step in steps for shift in shifts)


def _moved(one: Affine, shift: int) -> Affine:
    return replace(one, constant=one.constant + shift)


def _steps(axes: int, size: int, like: Extent) -> Iterator[Affine]:
    """First places of windows that are apart by other steps: along the axis of `like`, or any."""
    along: Sequence[int] = range(axes)
    constant = like.first.constant if like.first else 0
    if like.first and any(like.first.factors):
        along = [n for n, factor in enumerate(like.first.factors) if factor]
    for axis in along:
        yield from (Affine(_along(axes, axis, step), constant) for step in range(1, size + 1))


def _along(axes: int, axis: int, step: int) -> tuple[int, ...]:
    return tuple(step * (n == axis) for n in range(axes))


def _clipped(owners: Array, values: Array, size: int) -> Affine | None:
    """The formula that places on an axis follow, but for those that lie beyond its ends."""
    there = (values > 0) & (values < size - 1)
    for rows in (there, np.ones(len(values), bool)):
        found = affine(owners[rows], values[rows], size)
        if found is not None and np.array_equal(np.clip(found.of(owners), 0, size - 1), values):
            return found
    return None


def _range(values: Sequence[int]) -> str:
    whole = [*values] == [*range(values[0], values[-1] + 1)]
    if len(values) > 1 and whole:
        return f"{values[0]} to {values[-1]}"
    return " and ".join(map(str, values))


def _symbol(name: str) -> str:
    return SYMBOLS.get(name, name)
