"""Whole-number formulas that columns of numbers follow exactly."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from refcnn.suite.tensors import Array

MOST_VARIABLES = 3  # in a formula that was not expected


def _reflected(places: Array, size: int) -> Array:
    """Without the edge: -1 is 1."""
    turned = np.abs(places)
    return np.asarray(np.where(turned >= size, 2 * size - 2 - turned, turned))


def _mirrored(places: Array, size: int) -> Array:
    """With the edge: -1 is 0."""
    turned = np.where(places < 0, -1 - places, places)
    return np.asarray(np.where(turned >= size, 2 * size - 1 - turned, turned))


# How places beyond an axis may be led back to it.
FOLDS: Mapping[str, Callable[[Array, int], Array]] = {
    "wrap": lambda places, size: np.asarray(places % size),
    "edge": lambda places, size: np.clip(places, 0, size - 1),
    "reflect": _reflected,
    "mirror": _mirrored,
}


@dataclass(frozen=True, slots=True)
class Affine:
    """A sum of variables, each times a whole number, and a constant; perhaps led back to an axis.

    factors: one for each variable that there is, in their order.
    """

    factors: tuple[int, ...]
    constant: int
    fold: str = ""
    size: int = 0  # of the axis, where there is a fold

    def of(self, variables: Array) -> Array:
        """Its values; variables: (rows, one column each)."""
        values: Array = variables @ np.array(self.factors, np.int64) + self.constant
        return FOLDS[self.fold](values, self.size) if self.fold else values

    def told(self, names: Sequence[str]) -> str:
        """As it is written: "2i + m - 1"."""
        terms = [(factor, name) for factor, name in zip(self.factors, names) if factor]
        text = "".join(_signed(factor, name) for factor, name in terms)
        if self.constant or not text:
            text += _signed(self.constant, "")
        plain = f"-{text[3:]}" if text.startswith(" - ") else text[3:]
        if self.fold == "wrap":
            return f"({plain}) mod {self.size}"
        return f"{self.fold}({plain})" if self.fold else plain


def _signed(factor: int, name: str) -> str:
    size = "" if abs(factor) == 1 and name else str(abs(factor))
    return f" {'-' if factor < 0 else '+'} {size}{name}"


def affine(variables: Array, values: Array, size: int, like: Affine | None = None) -> Affine | None:
    """The formula that all values follow: the expected one, or one of few variables.

    variables: (rows, one column each); values: (rows,), places on an axis of `size`. None if
    there is none, or no row.
    """
    rows = np.unique(np.column_stack([variables, values]), axis=0)
    variables, values = rows[:, :-1], rows[:, -1]
    if not len(values):
        return None
    for one in _candidates(variables, values, size, like):
        if bool((one.of(variables) == values).all()):
            return one
    return None


def _candidates(
    variables: Array, values: Array, size: int, like: Affine | None
) -> Iterator[Affine]:
    """What is expected, led back to the axis, or moved; then others; then moved and led back."""
    if like:
        yield like
        yield from (replace(like, fold=fold, size=size) for fold in FOLDS)
        shift = int(values[0] - like.of(variables[:1])[0])
        yield replace(like, constant=like.constant + shift)
    yield from _plain(variables, values)
    if like:
        moved = (replace(like, constant=like.constant + more) for more in range(1, size))
        yield from (replace(one, fold="wrap", size=size) for one in moved)


def _plain(variables: Array, values: Array) -> Iterator[Affine]:
    """Formulas in as few variables as possible, each by least squares, rounded."""
    varying = [n for n in range(variables.shape[1]) if np.ptp(variables[:, n])]
    for number in range(MOST_VARIABLES + 1):
        for chosen in combinations(varying, number):
            columns = np.column_stack([variables[:, [*chosen]], np.ones(len(values))])
            found = np.linalg.lstsq(columns, values, rcond=None)[0]
            *factors, constant = np.rint(found).astype(int).tolist()
            every = dict(zip(chosen, factors))
            whole = tuple(every.get(n, 0) for n in range(variables.shape[1]))
            yield Affine(whole, constant)
