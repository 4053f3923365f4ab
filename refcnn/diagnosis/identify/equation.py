"""The equation that a reading follows: which cells an output reads, in formulas of its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from refcnn.diagnosis.identify.fit import Affine, affine
from refcnn.diagnosis.identify.reading import Reading
from refcnn.suite.operator import Operator
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

# Names of axes in formulas: of an answer or its gradient, of weights, of what is read.
OF_ANSWER = {"N": "b", "H": "i", "W": "j", "C": "o", "O": "o", "I": "k"}
OF_WEIGHTS = {"H": "m", "W": "n", "I": "c", "O": "o"}
OF_INPUT = {"N": "b", "H": "p", "W": "q", "C": "c", "I": "c", "O": "o"}
OF_GRADIENT = OF_INPUT | {"H": "i", "W": "j"}  # by the input, which stands on the left
SYMBOLS = {"y": "Y", "x": "X", "kernel": "K", "dy": "dY", "dx": "dX", "dkernel": "dK"}
MOST_PARTS = 4096  # of a fraction that is written as one


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
    names = _names(known, reading.case.looks_at, letters)
    found = [Axis("", a, names[a], n, plurals[a]) for a, n in zip(letters, shape)]
    for name in reading.tensors:
        letters, shape = inputs[name], reading.case.inputs[name].shape
        names = _names(known, name, letters)
        found += [Axis(name, a, names[a], n, plurals[a]) for a, n in zip(letters, shape)]
    return found


def _names(known: Operator, name: str, letters: str) -> dict[str, str]:
    """The names of the axes of a tensor or an output."""
    if {"I", "O"} <= {*letters}:
        return OF_WEIGHTS
    weighted = any({"I", "O"} <= {*one.axes} for one in known.inputs)
    if name == "dy":
        return OF_ANSWER if weighted else OF_GRADIENT
    if name in known.tensors:
        return OF_INPUT
    if known.gradient_of or not (weighted or "I" in letters):
        return OF_GRADIENT
    return OF_ANSWER


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

        The other way round where cells are given another order, and in gradients where that
        leaves fewer free: with strides the cells decide which output they are added to.
        """
        columns, own = [*range(len(axes_of(right)))], right.constant.ndim
        by_output, by_cell = (
            cls._in_order(right, order) for order in (columns, columns[own:] + columns[:own])
        )
        gradient = bool(record(right.case.operator).gradient_of)
        if _gives_order(right) or (gradient and len(by_cell.free) < len(by_output.free)):
            return by_cell
        return by_output

    @classmethod
    def _in_order(cls, right: Reading, columns: Sequence[int]) -> "Pattern":
        """Each column is free unless those before it decide it; those of the first tensor are."""
        free, formulas = list[int](), dict[int, Affine]()
        axes = axes_of(right)
        first = axes[columns[0]].tensor
        for column in columns:
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
    def by_cell(self) -> bool:
        """Whether cells decide to which output they are added."""
        return all(self.axes[column].tensor for column in self.free)

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
        """Fit each column that is not free, first as in the pattern.

        An answer of another number of axes has no formulas.
        """
        if reading.places.shape[1] != len(pattern.axes):
            return cls(pattern, reading, dict.fromkeys(pattern.formulas), inside=True)
        real = reading.real
        formulas = _fitted(pattern, reading.places[real])
        if None not in formulas.values():
            return cls(pattern, reading, formulas, inside=False)
        rows = map(tuple, pattern.of_rows(reading).tolist())
        meant = np.array([row in pattern.rows for row in rows], bool)
        return cls(pattern, reading, _fitted(pattern, reading.places[real & meant]), inside=True)

    @property
    def factor(self) -> float | None:
        """By what all terms that read a cell are multiplied; None if by several."""
        factors = np.unique(self.reading.factors[self.reading.real])
        return float(factors[0]) if len(factors) == 1 else None

    def told(self) -> str:
        """As it is written: "Y[b, i, j, o] = sum over m, n, c of K[m, n, c, o] X[b, ...]"."""
        axes, names = self.pattern.axes, self.pattern.names
        if self.reading.places.shape[1] != len(axes):
            return f"{self._symbol('')} = an array of shape {self.reading.constant.shape}"
        place = {column: axes[column].name for column in self.pattern.free}
        for column, formula in self.formulas.items():
            place[column] = "?" if formula is None else formula.told(names)
        said: dict[str, list[str]] = {name: [] for name in ("", *self.reading.tensors)}
        for column, axis in enumerate(axes):
            said[axis.tensor].append(place[column])
        cells = [f"{self._symbol(name)}[{', '.join(said[name])}]" for name in said]
        if self.pattern.by_cell:
            sign = "=" if _gives_order(self.reading) else "+="
            return f"{cells[0]} {sign} {fraction(self.factor)}{' '.join(cells[1:])}"
        summed = [axes[c].name for c in self.pattern.free if axes[c].tensor]
        over = f"sum over {', '.join(summed)} of " if summed else ""
        return f"{cells[0]} = {over}{fraction(self.factor)}{' '.join(cells[1:])}"

    def _symbol(self, name: str) -> str:
        """How a tensor is written; "" is the output."""
        name = name or self.reading.case.looks_at
        return SYMBOLS.get(name, name)


def _fitted(pattern: Pattern, places: Array) -> dict[int, Affine | None]:
    free = places[:, [*pattern.free]]
    return {
        column: affine(free, places[:, column], pattern.axes[column].size, like)
        for column, like in pattern.formulas.items()
    }


def fraction(value: float | None) -> str:
    """A factor as it is written before what it multiplies: "" if it is 1, "? " if unknown."""
    if value is None:
        return "? "
    near = Fraction(value).limit_denominator(MOST_PARTS)
    told = str(near) if float(near) == value else f"{value:.9g}"
    return "" if value == 1 else f"{told} "
