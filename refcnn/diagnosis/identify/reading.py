"""Reading an operator that is linear in its tensors: which numbers each output is made of.

An output Y of conv2d is a sum of products K[...] X[...]. With a kernel that is 1 in one cell and
0 elsewhere, each output is a cell of X, if it is anything. X holds a code in each cell, another
one in each of a few codings, so that three answers tell which cell it is, and times what. What
no single cell explains is asked again cell by cell. The terms that are found are all that there
is to know of a linear operator at one shape; that it is linear is confirmed by asking.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from itertools import accumulate, count
from math import prod
from typing import Any

import numpy as np

from refcnn.suite.case import Answer, Case, Outcome
from refcnn.suite.data import floats, integers
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

CODINGS = 3
LEAST_CODE, MOST_CODE = 200, 1000  # small enough for sums of products in float32
MOST_DENOMINATOR = 4096  # of a factor: one over the number of cells of a window, say
# By what the numbers of questions are multiplied on which a reading must predict the answer.
SCALES = (1.0, 1.0, 1.0, 2.0**40, 2.0**-40)
ROUNDED = 1e-2  # what is off by less is told as rounding
NOWHERE = -1  # the place of what is not read but added, a border of ones, say

Ask = Callable[[Case], Outcome]


class UnreadableError(Exception):
    """An operator cannot be read; the message says why, in one sentence about "it"."""


class OtherKindError(UnreadableError):
    """What was asked answers as no operator of the kind that was looked for would."""


@dataclass(slots=True)
class Budget:
    """So many questions and seconds, which are used up."""

    questions: int = 4000
    seconds: float = 5.0
    began: float = field(default_factory=time.monotonic)

    @contextmanager
    def half(self) -> Iterator["Budget"]:
        """Half of the questions that are left; what is not used goes back."""
        part = self.questions // 2
        some = Budget(part, self.seconds, self.began)
        try:
            yield some
        finally:
            self.questions -= part - max(some.questions, 0)

    def use(self) -> None:
        """Use up a question; raises UnreadableError where nothing is left."""
        self.questions -= 1
        if self.questions < 0 or time.monotonic() - self.began > self.seconds:
            raise UnreadableError("it could not be read within the questions and seconds for that")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The terms of all outputs at one shape.

    places: (terms, axes), for each term the place of its output and of its cell in each of the
    `tensors`; factors: (terms,), by which the product of the cells is multiplied; constant: what
    is answered where all of these tensors are 0, in the shape of the output.
    """

    case: Case
    tensors: tuple[str, ...]
    places: Array
    factors: Array
    constant: Array

    @property
    def cuts(self) -> list[int]:
        """Where in a row of `places` those of each tensor begin."""
        ranks = [self.constant.ndim, *(self.case.inputs[name].ndim for name in self.tensors)]
        return [*accumulate(ranks)][:-1]

    @property
    def real(self) -> Array:
        """Which terms read a cell in every tensor: a bool each."""
        return np.asarray((self.places != NOWHERE).all(axis=1))

    def predicted(self, inputs: Mapping[str, Array]) -> Array:
        """What it answers to other numbers in the same shapes, if it is linear."""
        return self.constant + self._sums(self.factors, inputs)

    def largest(self, inputs: Mapping[str, Array]) -> Array:
        """What the terms come to without their signs: roundings are in proportion to it."""
        without = {name: np.abs(tensor) for name, tensor in inputs.items()}
        return np.abs(self.constant) + self._sums(np.abs(self.factors), without)

    def _sums(self, factors: Array, inputs: Mapping[str, Array]) -> Array:
        ours, *others = np.split(self.places, self.cuts, axis=1)
        terms = factors.astype(np.float64)
        for name, places in zip(self.tensors, others):
            cells = inputs[name].astype(np.float64)[tuple(places.T)]
            terms = terms * np.where((places == NOWHERE).any(axis=1), 1, cells)
        total = np.zeros(self.constant.shape)
        np.add.at(total, tuple(ours.T), terms)
        return total


def read(ask: Ask, case: Case, tensors: Sequence[str], budget: Budget | None = None) -> Reading:
    """Read the output that a case looks at in one tensor, or in two whose products it adds up.

    It is read at the case's shapes and attributes; other tensors are 0 but for those that it is
    not linear in, which are those of the case. Raises UnreadableError where it does not answer,
    is not linear, or takes too long.
    """
    return Probe(ask, case, tensors, budget or Budget()).reading()


class Probe:
    """Asks the questions of one reading."""

    finite = True  # whether nothing can be read of answers that are not finite

    def __init__(self, ask: Ask, case: Case, tensors: Sequence[str], budget: Budget) -> None:
        self.ask, self.case, self.tensors, self.budget = ask, case, tuple(tensors), budget
        known = record(case.operator)
        others = () if known.gradient_of else known.optional  # a bias, which is added
        zero = {*known.read_in.get(case.looks_at, ()), *others, *tensors}
        self.rest = {n: np.zeros_like(t) if n in zero else t for n, t in case.inputs.items()}
        self.shapes = {name: case.inputs[name].shape for name in tensors}
        self.tolerance = 64 * float(np.finfo(case.dtype).eps)
        self.nothing = self.tolerance * MOST_CODE  # as much as rounding may leave of nothing
        *fixed, self.coded = sorted(tensors, key=lambda name: prod(self.shapes[name]))
        self.fixed = fixed[0] if fixed else ""
        self.constant = self.answer()

    def answer(self, **inputs: Array) -> Array:
        """What it answers where these tensors are given."""
        self.budget.use()
        case = replace(self.case, inputs={**self.rest, **inputs})
        outcome = self.ask(case)
        if not isinstance(outcome, Answer):
            raise UnreadableError(f"it cannot be read, for it does not answer: {outcome}")
        if case.looks_at not in outcome.outputs:
            raise UnreadableError(f"it does not answer {case.looks_at}")
        seen = outcome.seen(case).astype(np.float64)
        if hasattr(self, "constant") and seen.shape != self.constant.shape:
            raise UnreadableError("its answers to questions of one shape are of several shapes")
        if not (seen.size and seen.ndim):
            raise UnreadableError(f"it answers an array of shape {seen.shape}")
        if self.finite and not np.isfinite(seen).all():
            raise UnreadableError("it answers numbers that are not finite to numbers that are")
        return seen

    def reading(self) -> Reading:
        """The terms, confirmed."""
        self.must_add_up()
        fixed, terms = self.fixed, list[_Terms]()
        for place in np.ndindex(self.shapes[fixed]) if fixed else ():
            ones = self.of_codes(self.coded, {fixed: self.one(fixed, place)})
            terms += [replace(one, cells={**one.cells, fixed: place}) for one in ones]
        found = self.put_together(terms if fixed else self.of_codes(self.coded, {}))
        self.confirm(found)
        return found

    def must_add_up(self) -> None:
        """Raises UnreadableError unless the answer to a sum is the sum of the answers.

        What is answered where a tensor is 0, as from a border of ones, is in both of these.
        """
        some, more = self.numbers(0), self.numbers(1)
        for name in self.tensors:
            others = {n: t for n, t in some.items() if n != name}
            both = some[name] + more[name]
            tensors = (some[name], more[name], both, np.zeros_like(both))
            answers = [self.answer(**others, **{name: tensor}) for tensor in tensors]
            one, other, sums, nothing = answers
            largest = np.max(np.abs(answers)) + np.finfo(float).tiny
            off = float(np.max(np.abs(one + other - sums - nothing), initial=0) / largest)
            if name == self.fixed and np.abs(nothing - self.constant).max(initial=0) > self.nothing:
                raise OtherKindError(f"it depends on {self.coded} even where {name} is 0")
            if off > self.tolerance * prod(self.shapes[name]):
                rounded = f": to a part in {1 / off:.0e} it is" if off < ROUNDED else ""
                raise OtherKindError(
                    f"it is not linear: where two {name} are added, the answers do not add up"
                    f"{rounded}"
                )

    def numbers(self, seed: int) -> dict[str, Array]:
        """Numbers of many digits, of both signs, by tensor."""
        return {
            name: floats(100 * seed + place, shape, self.case.dtype, (0, 0))
            for place, (name, shape) in enumerate(self.shapes.items())
        }

    def trials(self) -> Iterator[dict[str, Array]]:
        """Small, usual and large numbers, on which a reading must predict the answer."""
        for number, scale in enumerate(SCALES):
            given = self.numbers(2 + number)
            yield {name: tensor * tensor.dtype.type(scale) for name, tensor in given.items()}

    def one(self, name: str, place: tuple[int, ...]) -> Array:
        """A tensor that is 1 in one cell, and 0 elsewhere."""
        tensor = np.zeros(self.shapes[name], self.case.dtype)
        tensor[place] = 1
        return tensor

    def of_codes(self, coded: str, given: Mapping[str, Array]) -> list["_Terms"]:
        """The terms of all outputs where one tensor holds codes, and others are given."""
        codes = _codes(prod(self.shapes[coded]))
        shape, dtype = self.shapes[coded], self.case.dtype
        answers = np.stack(
            [
                (
                    self.answer(**given, **{coded: one.reshape(shape).astype(dtype)})
                    - self.constant
                ).ravel()
                for one in codes
            ]
        )
        steady = np.ptp(answers, axis=0) <= self.tolerance * np.abs(answers[0])
        border = np.flatnonzero(steady & (np.abs(answers[0]) > self.nothing))
        nowhere = np.full(len(border), NOWHERE)
        of_border = _Terms(border, answers[0, border], {coded: nowhere})
        told = np.flatnonzero(~steady & (np.abs(answers) > self.nothing).any(axis=0))
        factors = answers[0, told, np.newaxis] / codes[0]
        predicted = factors[np.newaxis] * codes[:, np.newaxis]
        off = np.abs(predicted - answers[:, told, np.newaxis])
        fits = (off <= self.tolerance * np.abs(predicted)).all(axis=0)
        found, cell = fits.any(axis=1), fits.argmax(axis=1)
        of_cells = _Terms(told[found], factors[found, cell[found]], {coded: cell[found]})
        known = [of_border, of_cells]
        left = told[~found]
        return known + self.cell_by_cell(coded, given, left) if left.size else known

    def cell_by_cell(
        self, coded: str, given: Mapping[str, Array], outputs: Array
    ) -> list["_Terms"]:
        """The terms of outputs that read several cells, or none."""
        border = (self.answer(**given) - self.constant).ravel()[outputs]
        there = np.flatnonzero(np.abs(border) > self.tolerance)
        nowhere = np.full(len(there), NOWHERE)
        found = [_Terms(outputs[there], border[there], {coded: nowhere})]
        for number, place in enumerate(np.ndindex(self.shapes[coded])):
            seen = self.answer(**given, **{coded: self.one(coded, place)}) - self.constant
            factors = seen.ravel()[outputs] - border
            there = np.flatnonzero(np.abs(factors) > self.tolerance)
            cells = np.full(len(there), number)
            found.append(_Terms(outputs[there], factors[there], {coded: cells}))
        return found

    def put_together(self, terms: Sequence["_Terms"]) -> Reading:
        """All terms in one table."""
        rows, factors = [], []
        for one in terms:
            places = [np.stack(np.unravel_index(one.outputs, self.constant.shape), axis=1)]
            for name in self.tensors:
                places.append(self.places(name, one.cells[name], len(one.outputs)))
            rows.append(np.concatenate(places, axis=1))
            factors.append(one.factors)
        return Reading(
            self.case,
            self.tensors,
            np.concatenate(rows).astype(np.int64),
            self.simple(np.concatenate(factors)),
            self.constant,
        )

    def places(self, name: str, cells: Any, number: int) -> Array:
        """The places of cells in a tensor, row by row; one place is that of all."""
        if isinstance(cells, tuple):
            return np.tile(np.array(cells, np.int64), (number, 1))
        within = np.stack(np.unravel_index(np.maximum(cells, 0), self.shapes[name]), axis=1)
        return np.where((cells == NOWHERE)[:, np.newaxis], NOWHERE, within)

    def simple(self, factors: Array) -> Array:
        """Factors as the fractions that they are, but for rounding."""
        known = {}
        for factor in np.unique(factors).tolist():
            near = float(Fraction(factor).limit_denominator(MOST_DENOMINATOR))
            known[factor] = near if abs(near - factor) <= self.tolerance * abs(factor) else factor
        return np.array([known[factor] for factor in factors.tolist()])

    def confirm(self, found: Reading) -> None:
        """Raises UnreadableError unless it answers to other numbers as the terms say."""
        for inputs in self.trials():
            right = found.predicted(inputs)
            largest = found.largest(inputs)
            off = np.abs(self.answer(**inputs) - right)
            if off.max(initial=0) > self.tolerance * largest.max(initial=0):
                raise OtherKindError(f"it is not linear in {' and '.join(self.tensors)}")


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """Terms of some outputs, by their numbers: the cell of each in each tensor, and the factor.

    Cells are numbers, NOWHERE, or one place for all.
    """

    outputs: Array
    factors: Array
    cells: Mapping[str, Any]


@cache
def _codes(cells: int) -> Array:
    """(CODINGS, cells): a column of whole numbers for each cell, none a multiple of another."""
    for seed in count():
        codes = integers(seed, (CODINGS, cells), LEAST_CODE, MOST_CODE).astype(np.float64)
        if len(np.unique(codes / codes[0], axis=1).T) == cells:
            return codes
    raise AssertionError
