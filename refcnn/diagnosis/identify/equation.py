"""The equation that a reading follows: which cells an output reads, in formulas of its place."""

from dataclasses import dataclass, replace

import numpy as np

from refcnn.diagnosis.identify.fit import Affine, affine
from refcnn.diagnosis.identify.reading import NOWHERE, Reading
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

OF_OUTPUT = {"N": "b", "H": "i", "W": "j", "C": "o", "O": "o", "I": "k"}
OF_WEIGHTS = {"H": "m", "W": "n", "I": "c", "O": "o"}
OF_INPUT = {"N": "b", "H": "p", "W": "q", "C": "c", "I": "c", "O": "o"}
SYMBOLS = {"": "Y", "x": "X", "kernel": "K", "bias": "bias"}


PLURALS = {"N": "examples", "H": "rows", "W": "columns", "C": "channels", "O": "filters"}
OF_MATRICES = {"I": "inputs", "O": "outputs"}


@dataclass(frozen=True, slots=True)
class Axis:
    """A column of a reading: an axis of the output or of a tensor."""

    tensor: str  # "" of the output
    letter: str  # of the axes that tensors have: "N", "H", ...
    name: str  # in formulas
    size: int
    plural: str  # of what is counted along it: "rows"


def axes_of(reading: Reading) -> list[Axis]:
    """The axes of the output, then those of each tensor."""
    known = record(reading.case.operator)
    outputs = {one.name: one.axes for one in known.outputs}
    inputs = {one.name: one.axes for one in known.inputs}
    images = any("H" in axes for axes in inputs.values())
    plurals = PLURALS | ({"I": "channels"} if images else OF_MATRICES)
    letters = outputs[reading.case.looks_at] or inputs[known.tensors[0]]
    shape = reading.constant.shape
    found = [Axis("", a, OF_OUTPUT[a], n, plurals[a]) for a, n in zip(letters, shape)]
    for name in reading.tensors:
        letters, shape = inputs[name], reading.case.inputs[name].shape
        names = OF_WEIGHTS if "I" in letters and "O" in letters else OF_INPUT
        found += [Axis(name, a, names[a], n, plurals[a]) for a, n in zip(letters, shape)]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Which columns of a right reading are free, and the formulas that the others follow."""

    axes: tuple[Axis, ...]
    free: tuple[int, ...]
    formulas: dict[int, Affine]
    rows: frozenset[tuple[int, ...]]  # values of the free columns that there are terms for

    @classmethod
    def of(cls, right: Reading) -> "Pattern":
        """An axis of the output is free; one of a tensor, unless those before it decide it.

        The other way round where cells are given another order, and none is used twice.
        """
        free, formulas = list[int](), dict[int, Affine]()
        axes = axes_of(right)
        columns, first = [*range(len(axes))], ""
        if _gives_order(right):
            columns, first = columns[right.constant.ndim :] + columns, axes[-1].tensor
        for column in dict.fromkeys(columns):
            axis, found = axes[column], None
            if axis.tensor != first:
                values = right.places[:, column]
                found = affine(right.places[:, free], values, axis.size)
            if found is None:
                free.append(column)
            else:
                formulas[column] = found
        every = {column: _longer(one, len(free)) for column, one in formulas.items()}
        rows = frozenset(map(tuple, right.places[:, free].tolist()))
        return cls(tuple(axes), tuple(free), every, rows)

    @property
    def names(self) -> list[str]:
        """Names of the free columns."""
        return [self.axes[column].name for column in self.free]

    def of_rows(self, reading: Reading) -> Array:
        """The free columns of a reading: (terms, free columns)."""
        return reading.places[:, [*self.free]]


def _gives_order(right: Reading) -> bool:
    """Whether each cell of a single tensor is read once, and each output is a cell."""
    (size, *others) = (right.case.inputs[name].size for name in right.tensors)
    return not others and size == len(right.places) == right.constant.size


def _longer(one: Affine, number: int) -> Affine:
    """A formula in more variables, which it does not use."""
    return replace(one, factors=(*one.factors, *(0,) * (number - len(one.factors))))


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """A reading in the formulas of a pattern.

    formulas: by column that is not free, the formula; None where there is none. They are those
    of all terms that read a cell, or, if `inside`, of those that are as many as should be.
    """

    pattern: Pattern
    reading: Reading
    formulas: dict[int, Affine | None]
    inside: bool

    @classmethod
    def of(cls, pattern: Pattern, reading: Reading) -> "Equation":
        """Fit each column that is not free, first as in the pattern."""
        real = (reading.places != NOWHERE).all(axis=1)
        formulas = _fitted(pattern, reading.places[real])
        if None not in formulas.values():
            return cls(pattern, reading, formulas, inside=False)
        rows = map(tuple, pattern.of_rows(reading).tolist())
        meant = np.array([row in pattern.rows for row in rows], bool)
        return cls(pattern, reading, _fitted(pattern, reading.places[real & meant]), inside=True)

    @property
    def factor(self) -> float | None:
        """By what all terms that read a cell are multiplied; None if by several."""
        real = (self.reading.places != NOWHERE).all(axis=1)
        factors = np.unique(self.reading.factors[real])
        return float(factors[0]) if len(factors) == 1 else None

    def told(self) -> str:
        """As it is written: "Y[b, i, j, o] = sum over m, n, c of K[m, n, c, o] X[b, ...]"."""
        axes, names = self.pattern.axes, self.pattern.names
        place = {column: axes[column].name for column in self.pattern.free}
        for column, formula in self.formulas.items():
            place[column] = "?" if formula is None else formula.told(names)
        said: dict[str, list[str]] = {name: [] for name in ("", *self.reading.tensors)}
        for column, axis in enumerate(axes):
            said[axis.tensor].append(place[column])
        cells = [f"{SYMBOLS.get(n, n)}[{', '.join(said[n])}]" for n in said]
        summed = [axes[c].name for c in self.pattern.free if axes[c].tensor]
        summed = summed if any(not axes[c].tensor for c in self.pattern.free) else []
        over = f"sum over {', '.join(summed)} of " if summed else ""
        return f"{cells[0]} = {over}{_factor(self.factor)}{' '.join(cells[1:])}"


def _fitted(pattern: Pattern, places: Array) -> dict[int, Affine | None]:
    free = places[:, [*pattern.free]]
    return {
        column: affine(free, places[:, column], pattern.axes[column].size, like)
        for column, like in pattern.formulas.items()
    }


def _factor(value: float | None) -> str:
    if value is None:
        return "? "
    return "" if value == 1 else f"{value:.6g} "
