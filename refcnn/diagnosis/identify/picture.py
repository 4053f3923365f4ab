"""Pictures as data: cells that are read, and curves, yours beside the right ones."""

from dataclasses import dataclass
from math import isfinite

Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell of a tensor as it is drawn: what stands in it, and whether it is read."""

    text: str
    read: bool


Rows = tuple[tuple[Spot, ...], ...]


@dataclass(frozen=True, slots=True)
class Plane:
    """The cells of a tensor that an output reads, or, in a gradient, that it is added to.

    times: by what all cells of yours, and of the right side, are multiplied, if it is not in them.
    """

    title: str
    yours: Rows
    right: Rows
    times: tuple[str, str] = ("", "")

    @property
    def alike(self) -> bool:
        """Whether both sides are the same."""
        return self.yours == self.right and self.times[0] == self.times[1]


@dataclass(frozen=True, slots=True)
class Plot:
    """What a map answers to some numbers, which rise, and what is right.

    corners: where a straight piece of yours ends and another one begins.
    """

    title: str
    x: tuple[float, ...]
    yours: tuple[float, ...]
    right: tuple[float, ...]
    corners: tuple[float, ...] = ()

    @property
    def heights(self) -> tuple[float, float]:
        """The least and the largest of all answers that are finite; 0 and 0 if none is."""
        finite = [y for y in (*self.yours, *self.right) if isfinite(y)]
        return min(finite, default=0.0), max(finite, default=0.0)

    @property
    def alike(self) -> bool:
        """Whether both sides are the same."""
        return self.yours == self.right


Picture = Plane | Plot
