"""Reading an operator that takes the largest of some cells, or the smallest: which ones, of what.

All cells hold a number far below 0 but for one, which is above: the outputs that change read it.
What is answered although all cells are far below is a floor: a border of zeros that wins, or a
first maximum that is too large. Cells and floors predict the answers to other numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from refcnn.diagnosis.identify.reading import Ask, Budget, OtherKindError, Probe, Reading
from refcnn.suite.case import Case
from refcnn.suite.tensors import Array

LOW, HIGH = -(2.0**60), 2.0**10


@dataclass(frozen=True, slots=True, eq=False)
class Selection(Reading):
    """The cells of which each output is the largest (sign 1) or the smallest one (sign -1).

    factors: by what a cell is multiplied; constant: what an output cannot be below (above, if the
    smallest is taken), infinite where there is no such limit.
    """

    sign: int = 1

    def predicted(self, inputs: Mapping[str, Array]) -> Array:
        """What it answers to other numbers in the same shapes."""
        (name,) = self.tensors
        ours, cells = np.split(self.places, self.cuts, axis=1)
        values = inputs[name].astype(np.float64)[tuple(cells.T)] * self.factors
        largest = self.constant * self.sign
        np.maximum.at(largest, tuple(ours.T), values * self.sign)
        return largest * self.sign


def read_selection(
    ask: Ask, case: Case, tensor: str, budget: Budget | None = None, *, sign: int = 1
) -> Selection:
    """Read the output of a case as the largest of cells of a tensor, or as the smallest.

    Raises UnreadableError: OtherKindError if it is neither.
    """
    return _SelectionProbe(ask, case, (tensor,), budget or Budget()).selection(sign)


class _SelectionProbe(Probe):
    def selection(self, sign: int) -> Selection:
        """The cells and the floor, confirmed."""
        low, lower = (self.answer(**{self.coded: self.filled(sign * n)}) for n in (LOW, 2 * LOW))
        floor = np.where(low == lower, low, -sign * np.inf)
        outputs, cells, factors = list[Array](), list[Array](), list[Array]()
        for place in np.ndindex(self.shapes[self.coded]):
            seen = self.answer(**{self.coded: self.raised(place, sign)})
            changed = np.argwhere((seen != low) & (np.abs(seen) < -LOW / HIGH))
            outputs.append(changed)
            cells.append(np.tile(np.array(place, np.int64), (len(changed), 1)))
            factors.append(seen[tuple(changed.T)] / (sign * HIGH))
        places = np.concatenate([np.concatenate(outputs), np.concatenate(cells)], axis=1)
        known = self.simple(np.concatenate(factors))
        found = Selection(self.case, self.tensors, places, known, floor, sign)
        self.confirm_selection(found)
        return found

    def filled(self, number: float) -> Array:
        """A tensor of one number."""
        return np.full(self.shapes[self.coded], number, self.case.dtype)

    def raised(self, place: tuple[int, ...], sign: int) -> Array:
        """A tensor in which one cell alone is above 0."""
        tensor = self.filled(sign * LOW)
        tensor[place] = sign * HIGH
        return tensor

    def confirm_selection(self, found: Selection) -> None:
        """Raises OtherKindError unless it answers to other numbers as the cells say."""
        for inputs in self.trials():
            right = found.predicted(inputs)
            off = np.abs(self.answer(**inputs) - right)
            if not (np.isfinite(right) & (off <= self.tolerance * np.abs(right))).all():
                raise OtherKindError(
                    "its answers are not always the largest or smallest of the cells that it reads"
                )
