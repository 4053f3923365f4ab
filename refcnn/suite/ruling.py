"""What the stated dialects make of a case, told of the tensors as they were asked."""

from dataclasses import dataclass, replace

import numpy as np

from refcnn.cnn.shapes import Geometry, Pair
from refcnn.suite.case import Case
from refcnn.suite.dialects import REFUSED, SetAsideError, known_dialects, ruled
from refcnn.suite.tensors import Array
from refcnn.suite.windows import lay_out


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """A case, the one whose standard answer is right for it, and the dialects that say so."""

    asked: Case
    case: Case
    names: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The rules that are not the specification's, a line each."""
        return [
            f"by the stated dialect {name}: {known_dialects()[name].sentence}"
            for name in self.names
        ]

    @property
    def by(self) -> str:
        """A note on what they have changed, for a title; "" if there are none."""
        return f" by {' and '.join(self.names)}" if self.names else ""

    def note(self, tensor: str) -> str:
        """The same for one tensor; "" if it is as it was asked."""
        return "" if self.case.inputs[tensor] is self.asked.inputs[tensor] else self.by


def ruling(case: Case) -> Ruling:
    """The ruling on a legal case; raises SetAsideError where a dialect refuses it."""
    found, names = replace(case, dialects=()), list[str]()
    for name in known_dialects():
        if name in case.dialects:
            asked = replace(found, dialects=(name,))
            by_rule = ruled(asked)
            if by_rule is None:
                raise SetAsideError(REFUSED)
            if by_rule is not asked:
                found = by_rule
                names.append(name)
    return Ruling(case, found, tuple(names))


def sources(case: Case) -> Array:
    """For every cell of x by the rules: 1 + its place in x as it was asked, 0 if it has none."""
    x = case.inputs["x"]
    places = np.arange(1, x.size + 1, dtype=np.float64).reshape(x.shape)
    return ruling(case.given(x=places)).case.inputs["x"].astype(np.int64)


def placed(case: Case) -> Geometry:
    """Where windows lie on the input as it was asked; a border that a rule adds is padding."""
    small = case.given(x=np.ones((1, *case.inputs["x"].shape[1:3], 1)))
    place, own = lay_out(ruling(small).case), sources(small)[0, :, :, 0] > 0
    rows, columns = (_border(np.asarray(own.any(axis=axis))) for axis in (1, 0))
    (top, bottom), (left, right) = place.padding
    padding = ((top + rows[0], bottom + rows[1]), (left + columns[0], right + columns[1]))
    return replace(place, padding=padding)


def _border(own: Array) -> Pair:
    """Cells before the first and after the last that is true."""
    return int(own.argmax()), int(own[::-1].argmax())
