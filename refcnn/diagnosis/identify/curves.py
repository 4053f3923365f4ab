"""Curves: straight pieces, exactly, through what a map of one number to one number answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import erf

import numpy as np

from refcnn.suite.tensors import Array

MOST_PIECES = 5
LEAST_POINTS = 4  # of a piece, but for that of 0 alone
MOST_DENOMINATOR = 1000  # of slopes, corners and heights that are written as fractions of it


@dataclass(frozen=True, slots=True)
class Piece:
    """A straight piece of a curve, from one number that was asked to another."""

    slope: float
    height: float  # of the line at 0
    first: float
    last: float

    def of(self, x: Array) -> Array:
        """The line."""
        return self.slope * x + self.height

    def told(self) -> str:
        """As it is written: "0.01 X - 1"."""
        if not self.slope:
            return f"{self.height:.9g}"
        factor = {1.0: "", -1.0: "-"}.get(self.slope, f"{self.slope:.9g} ")
        height = f" {'-' if self.height < 0 else '+'} {abs(self.height):.9g}" if self.height else ""
        return f"{factor}X{height}"


def pieces(x: Array, y: Array, tolerance: float) -> list[Piece]:
    """The fewest straight pieces that all points lie on; none if there are too many.

    x: (points,), rising; y: (points,), the answers to them; tolerance: relative.
    """
    found, first = list[Piece](), 0
    if not np.isfinite(y).all():
        return []
    while first < len(x):
        last, piece = _longest(x, y, first, tolerance)
        if last - first + 1 < LEAST_POINTS:
            if x[first] != 0:
                return []
            last, piece = first, Piece(0.0, float(y[first]), 0.0, 0.0)
        found.append(piece)
        first = last + 1
        if len(found) > MOST_PIECES:
            return []
    return found


def _longest(x: Array, y: Array, first: int, tolerance: float) -> tuple[int, Piece]:
    """The line through a point and the last one that it reaches with all between."""
    best = first, Piece(0.0, float(y[first]), float(x[first]), float(x[first]))
    for last in range(first + 1, len(x)):
        slope = fraction_near((y[last] - y[first]) / (x[last] - x[first]), tolerance)
        height = fraction_near(float(y[first]) - slope * float(x[first]), tolerance)
        piece = Piece(slope, height, float(x[first]), float(x[last]))
        own = slice(first, last + 1)
        size = np.abs(slope * x[own]) + abs(height)
        if (np.abs(piece.of(x[own]) - y[own]) <= tolerance * size).all():
            best = last, piece
    return best


def fraction_near(value: float, tolerance: float) -> float:
    """A number as the fraction that it is but for rounding; itself if it is none."""
    near = float(Fraction(float(value)).limit_denominator(MOST_DENOMINATOR))
    return (
        near if abs(near - value) <= 16 * tolerance * max(abs(value), tolerance) else float(value)
    )


def corner(left: Piece, right: Piece) -> float | None:
    """Where two pieces that follow each other meet; None if they do not."""
    if left.slope == right.slope:
        return None
    place = (left.height - right.height) / (right.slope - left.slope)
    return place + 0.0 if left.last <= place <= right.first else None


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


def _as_float16(x: Array) -> Array:
    return x.astype(np.float16).astype(np.float64)


# Curves without straight pieces that have a name, by what is written for them.
NAMED: Mapping[str, Callable[[Array], Array]] = {
    "1 / (1 + exp(-X))": _sigmoid,
    "X / (1 + exp(-X))": lambda x: x * _sigmoid(x),
    "tanh(X)": np.tanh,
    "log(1 + exp(X))": lambda x: np.logaddexp(0, x),
    "X where X > 0, else exp(X) - 1": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "X (1 + erf(X / sqrt(2))) / 2": lambda x: (
        x * np.vectorize(lambda t: 1 + erf(t / 2**0.5))(x) / 2
    ),
    "X^2": np.square,
    "X^2 where X > 0, else 0": lambda x: np.square(np.maximum(x, 0)),
    "X without its fraction": np.trunc,
    "X rounded down": np.floor,
    "X rounded to whole numbers": np.rint,
    "X without its fraction where X > 0, else 0": lambda x: np.trunc(np.maximum(x, 0)),
    "X rounded to float32": lambda x: x.astype(np.float32).astype(np.float64),
    "X rounded to float32 where X > 0, else 0": lambda x: (
        np.maximum(x, 0).astype(np.float32).astype(np.float64)
    ),
    "X rounded to float16 where X > 0, else 0": lambda x: _as_float16(np.maximum(x, 0)),
    "X rounded to float16": _as_float16,
}


DIGITS = ("rounded", "fraction")  # in names of curves that differ from X in the last digits alone


def name_of(x: Array, y: Array, tolerance: float) -> str:
    """What is written for a curve, if it is one of those that have a name."""
    for name, curve in NAMED.items():
        # Far away exponentials lose their digits, or all.
        near = np.abs(x) <= 64 if "exp" in name else np.isfinite(y)
        several = 1 if any(word in name for word in DIGITS) else 64
        with np.errstate(all="ignore"):
            off = np.abs(curve(x[near]) - y[near])
        if (off <= several * tolerance * np.maximum(np.abs(y[near]), np.abs(x[near]))).all():
            return name
    return ""


def told(found: Sequence[Piece]) -> str:
    """Pieces as they are written: "0 where X < 0, X where X > 0"."""
    said = []
    for place, piece in enumerate(found):
        where = between(*ends(found, place))
        said.append(f"{piece.told()} where {where}" if where else piece.told())
    return ", ".join(said)


def ends(found: Sequence[Piece], place: int) -> tuple[float, float]:
    """From where to where a piece goes: to infinity, if it is the first or the last."""
    piece = found[place]
    if piece.first == piece.last:
        return piece.first, piece.last
    low = border(found[place - 1], piece) if place else -np.inf
    return low, border(piece, found[place + 1]) if place + 1 < len(found) else np.inf


def between(low: float, high: float) -> str:
    """Where X lies, as it is written: "0 < X < 6"; "" where it may be anything."""
    if low == high:
        return f"X = {low:.9g}"
    if np.isinf(low):
        return f"X < {high:.6g}" if np.isfinite(high) else ""
    return f"{low:.6g} < X < {high:.6g}" if np.isfinite(high) else f"X > {low:.6g}"


def border(left: Piece, right: Piece) -> float:
    """Where one piece ends and the next begins: the corner, or the middle of what is not known."""
    place = corner(left, right)
    if place is not None:
        return place
    if 0 in (left.last, right.first):
        return 0.0
    return (left.last + right.first) / 2
