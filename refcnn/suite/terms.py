"""What an operator is asked within: forms, limits, a class of algorithms, dialects, a call.

Questions are drawn within the terms and never filtered from others afterwards, so that
however little is asked for, there are as many of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from refcnn.suite.capabilities import EVERYTHING, KINDS, Features, features_of, usual_forms
from refcnn.suite.case import Case
from refcnn.suite.draw import NothingOfferedError
from refcnn.suite.generators import Question, indices, place_of, question
from refcnn.suite.limits import within
from refcnn.suite.tensors import DTYPES
from refcnn.suite.vectors import Vector, offered, under

SAMPLE = 12  # questions of a domain from which it is read which forms it is about


def anything(_: Case) -> bool:
    """Whether a call that takes every argument can say a case."""
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What one operator is asked within."""

    operator: str
    features: Features  # dtypes, forms, limits and a class of algorithms
    dialects: tuple[str, ...] = ()
    sayable: Callable[[Case], bool] = anything

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out and nothing is judged in another way."""
        plain = usual_forms(self.operator) <= self.features <= EVERYTHING.features[self.operator]
        return plain and not self.dialects and self.sayable is anything

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that are asked for."""
        return tuple(dtype for dtype in DTYPES if dtype in self.features)

    def draw(self, seed: int, index: int) -> Question | None:
        """Question `index` of a seed, drawn within the terms; None if its domain lies beyond."""
        if self.is_whole:
            asked = question(self.operator, seed, index)
            return asked if all(map(self.has, asked.cases)) else None
        try:
            asked = question(self.operator, seed, index, features=self.features)
        except NothingOfferedError:
            return None
        if not all(map(self.has, asked.cases)):
            return None
        if not asked.rule and not all(map(self.inside, asked.cases)):
            return None
        return asked if self._is_of_its_domain(asked.case, index) else None

    def has(self, case: Case) -> bool:
        """Whether a case is in forms that are asked for, and the call has words for it."""
        return features_of(case) <= self.features and self.sayable(case)

    def inside(self, case: Case) -> bool:
        """Whether a legal case lies within the limits."""
        return within(case, self.features)

    def _is_of_its_domain(self, case: Case, index: int) -> bool:
        """Whether a case has, of each argument, a form in which its domain asks for it.

        A bias that cannot be left out, and is 0, counts as none.
        """
        known = _forms(self.operator, place_of(self.operator, index))
        asked = features_of(case) & EVERYTHING.features[self.operator]
        for kind, forms in KINDS.items():
            here = asked.intersection(forms)
            required = kind == "bias" and "no_bias" not in self.features
            if here not in known[kind] and not required:
                return False
        return True

    def ask(self, vector: Vector) -> Vector | None:
        """The vector as it is asked and judged within the terms; None if it lies beyond."""
        inside = offered(vector, self.features)
        return under(inside, self.dialects) if inside else None


def whole(operator: str) -> Terms:
    """The terms of the whole specification."""
    return Terms(operator, EVERYTHING.features[operator])


@cache
def _forms(operator: str, place: int) -> dict[str, frozenset[Features]]:
    """By argument: the forms in which a domain asks for it, where all forms are offered."""
    some = indices(operator, range(SAMPLE), [place])
    cases = [question(operator, 0, index).case for index in some]
    found: dict[str, frozenset[Features]] = {}
    for kind, forms in KINDS.items():
        found[kind] = frozenset(features_of(case).intersection(forms) for case in cases)
    return found
