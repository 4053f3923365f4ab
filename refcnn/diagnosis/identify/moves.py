"""How all windows lie elsewhere: moved along an axis, or turned over with it."""

from dataclasses import dataclass

from refcnn.diagnosis.identify.equation import Axis, Equation
from refcnn.diagnosis.identify.fit import Affine
from refcnn.diagnosis.identify.windows import Extent, Windows

SPREAD = ("H", "W")  # the letters of axes that windows slide along


@dataclass(frozen=True, slots=True)
class Move:
    """Where a place p of an axis is read in its stead: p + by, or, turned, size - 1 - p + by."""

    turned: bool = False
    by: int = 0


Moves = tuple[Move, ...]  # of rows, of columns


def moves_of(right: Equation, yours: Equation) -> Moves | None:
    """The moves that make one equation of another; None where it differs in more than those."""
    found = dict[str, Move | None]()
    for column, meant in right.formulas.items():
        axis, own = right.pattern.axes[column], yours.formulas[column]
        if axis.tensor == "x" and axis.letter in SPREAD:
            found[axis.letter] = _move(axis, meant, own)
        elif own != meant:
            return None
    return _whole(found) if right.factor == yours.factor else None


def moves_of_windows(right: Windows, yours: Windows) -> Moves | None:
    """The same of windows."""
    found = dict[str, Move | None]()
    for axis, meant, own in zip(right.inside, right.extents, yours.extents):
        if axis.letter in SPREAD:
            found[axis.letter] = _move_of_extent(axis, meant, own)
        elif own != meant:
            return None
    return None if right.by_cell else _whole(found)


def _whole(found: dict[str, Move | None]) -> Moves | None:
    moves = [found.get(letter) for letter in SPREAD]
    known = [move for move in moves if move]
    return tuple(known) if len(known) == len(moves) and any(m != Move() for m in known) else None


def _move(axis: Axis, meant: Affine | None, found: Affine | None) -> Move | None:
    """The move that makes one formula of another, if there is one."""
    if meant is None or found is None or found.fold:
        return None
    if found.factors == meant.factors:
        return Move(by=found.constant - meant.constant)
    if found.factors == tuple(-factor for factor in meant.factors):
        return Move(turned=True, by=found.constant - (axis.size - 1 - meant.constant))
    return None


def _move_of_extent(axis: Axis, meant: Extent, found: Extent) -> Move | None:
    first, last = _move(axis, meant.first, found.first), _move(axis, meant.last, found.last)
    if first and first == last and not first.turned:
        return first
    turned = _move(axis, meant.last, found.first), _move(axis, meant.first, found.last)
    return turned[0] if turned[0] and turned[0] == turned[1] and turned[0].turned else None
