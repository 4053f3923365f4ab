"""Reading a map of one number to one number, as relu is: the curve that it follows.

A few hundred numbers are asked in two arrangements. What is answered to a number must not depend
on its place, nor on the numbers beside it; then the answers are a curve.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from refcnn.diagnosis.identify import curves
from refcnn.diagnosis.identify.curves import Piece
from refcnn.diagnosis.identify.picture import Plot
from refcnn.diagnosis.identify.reading import Ask, Budget, OtherKindError, Probe
from refcnn.suite.case import Case
from refcnn.suite.data import floats
from refcnn.suite.tensors import Array

WHOLE = [float(n) for n in range(1, 17)]
HALVES = [n + 0.5 for n in range(8)]
POWERS = [2.0**n for n in range(-40, 41, 2)]
NARROWED = 2.0**-20  # how closely a jump is looked for, in proportion to where it lies
REACHES = (4.0, 8.0, 16.0)  # how far to both sides of 0 a curve is drawn
SHOWN = (-2.0, -0.5, 0.0, 0.5, 2.0, 8.0)  # answers that are told where there is no formula


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """What a map answers to numbers.

    x: (numbers,), rising; y: (numbers,). pieces: the straight pieces that it follows, if it does.
    """

    x: Array
    y: Array
    pieces: tuple[Piece, ...]
    name: str  # as it is written, where it has no straight pieces, or ""

    def told(self) -> str:
        """As it is written: "0 where X < 0, X where X > 0"."""
        if self.pieces:
            return curves.told(self.pieces)
        return self.name or "a curve without a name"

    def at(self, number: float) -> float:
        """The answer to a number that was asked."""
        return float(self.y[np.searchsorted(self.x, number)])


def read_map(ask: Ask, case: Case, tensor: str, budget: Budget | None = None) -> Curve:
    """The curve that the output of a case follows, cell by cell.

    Raises UnreadableError: OtherKindError where an answer depends on more than its own cell.
    """
    return _MapProbe(ask, case, (tensor,), budget or Budget()).curve()


class _MapProbe(Probe):
    finite = False  # what answers infinity to large numbers is a curve, too

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """That of the tensor, and of the answer."""
        return tuple(self.shapes[self.coded])

    def curve(self) -> Curve:
        """The answers to all numbers, and the pieces that they follow."""
        if self.constant.shape != self.shape:
            raise OtherKindError(f"to {self.shape} it answers {self.constant.shape}")
        x = _numbers(self.case.dtype)
        y = self.answers_to(x)
        turned = self.answers_to(x[::-1])[::-1]
        if not np.array_equal(y, turned, equal_nan=True):
            raise OtherKindError(self.why(x, y, turned))
        pieces = curves.pieces(x, y, self.tolerance)
        found = tuple(self.narrowed(pieces))
        return Curve(x, y, found, "" if found else curves.name_of(x, y, self.tolerance))

    def answers_to(self, numbers: Array) -> Array:
        """What is answered to each number, many in a question."""
        size = int(np.prod(self.shape))
        filled = np.resize(numbers, (-(-len(numbers) // size), *self.shape))
        answers = [self.answer(**{self.coded: one.astype(self.case.dtype)}) for one in filled]
        return np.concatenate([one.ravel() for one in answers])[: len(numbers)]

    def why(self, x: Array, y: Array, turned: Array) -> str:
        """On what an answer depends beside its number: its place, or the numbers beside it."""
        odd = int(np.searchsorted(x, _plainest(x[y != turned])))
        alike = self.answer(**{self.coded: np.full(self.shape, x[odd], self.case.dtype)})
        if len(np.unique(alike)) > 1:
            return f"it answers {_some(alike)} to {x[odd]:.6g}, by the place where that stands"
        return (
            f"its answer to {x[odd]:.6g} depends on the numbers beside it: "
            f"{y[odd]:.6g}, and {turned[odd]:.6g} beside others"
        )

    def narrowed(self, found: Sequence[Piece]) -> Iterator[Piece]:
        """The same pieces, with those that do not meet followed to where they end."""
        known = [*found]
        for place in range(len(known) - 1):
            left, right = known[place], known[place + 1]
            if curves.corner(left, right) is None and 0 not in (left.last, right.first):
                known[place], known[place + 1] = self.jump(left, right)
        return iter(known)

    def jump(self, left: Piece, right: Piece) -> tuple[Piece, Piece]:
        """Two pieces with no more than a little between them."""
        while right.first - left.last > NARROWED * max(abs(left.last), abs(right.first)):
            between = np.linspace(left.last, right.first, 2 + int(np.prod(self.shape)))[1:-1]
            between = between.astype(self.case.dtype).astype(np.float64)
            seen = self.answers_to(between)
            off = np.abs(seen - left.of(between))
            of_left = off <= self.tolerance * np.maximum(np.abs(seen), np.abs(left.of(between)))
            ends = between[of_left], between[~of_left]
            last = max([left.last, *ends[0].tolist()])
            first = min([right.first, *(n for n in ends[1].tolist() if n > last)])
            if (last, first) == (left.last, right.first):
                break
            left, right = replace(left, last=last), replace(right, first=first)
        return left, right


def _some(answers: Array) -> str:
    return " and ".join(f"{value:.6g}" for value in np.unique(answers)[:2])


def _numbers(dtype: str) -> Array:
    """Numbers of all sizes and both signs, rising."""
    usual = np.abs(floats(0, (40,), dtype, (0, 3))).astype(np.float64)
    positive = np.concatenate([WHOLE, HALVES, POWERS, usual])
    return np.unique(np.concatenate([-positive, [0.0], positive]))


def map_sentences(right: Curve, yours: Curve) -> list[str]:
    """Where a curve is another one than the right one, in sentences that are true of it."""
    odd = yours.x[yours.y != right.y]
    if not odd.size:
        return []
    if yours.pieces and right.pieces:
        return [*_of_pieces(right, yours, odd)]
    some = [n for n in SHOWN if n in odd][:3] or [_plainest(odd)]
    said = ", ".join(
        f"to {n:.9g} it answers {yours.at(n):.9g}, not {right.at(n):.9g}" for n in some
    )
    return [f"It is {yours.told()}: {said}"]


def _of_pieces(right: Curve, yours: Curve, odd: Array) -> Iterator[str]:
    """Of each piece that is wrong somewhere: where, and what it should be there."""
    for place, piece in enumerate(yours.pieces):
        for other, meant in enumerate(right.pieces):
            low, high = zip(curves.ends(yours.pieces, place), curves.ends(right.pieces, other))
            where = curves.between(max(low), min(high))
            there = (odd >= max(low)) & (odd <= min(high)) & (odd >= piece.first)
            if (there & (odd <= piece.last) & (odd >= meant.first) & (odd <= meant.last)).any():
                told = f"Where {where} the answer is" if where else "The answer is"
                yield f"{told} {piece.told()}, not {meant.told()}"


def _plainest(numbers: Array) -> float:
    """The number of some that is nearest to 1, or -1."""
    sizes = np.abs(np.log2(np.abs(numbers) + np.finfo(float).tiny))
    return float(numbers[sizes.argmin()])


def plot_of(right: Curve, yours: Curve, title: str) -> Plot:
    """Both curves near 0, as far as all of their corners."""
    corners, others = (_corners(curve) for curve in (yours, right))
    farthest = max(map(abs, corners + others), default=0)
    reach = next((one for one in REACHES if farthest < one), REACHES[-1])
    near = np.abs(yours.x) <= reach
    x, y, meant_y = (tuple(values[near].tolist()) for values in (yours.x, yours.y, right.y))
    drawn = dict.fromkeys(place for place in corners if abs(place) <= reach)
    return Plot(title, x, y, meant_y, tuple(drawn))


def _corners(curve: Curve) -> list[float]:
    """Where one straight piece of a curve ends and the next begins."""
    borders = (curves.ends(curve.pieces, place) for place in range(1, len(curve.pieces)))
    return [first for first, _ in borders]
