"""Mistakes carried forward: what a mistake has cost in one item, it costs in no other.

As a teacher follows a wrong number through the rest of a calculation, later
requirements are held against the mistake that was named: they count as met if every
wrong answer is exactly the one that the mistake alone leads to, and if the cases
could tell. They can if another mistake, made on top of the named one, would have
shown in them: a function that returns zeros follows from "returns zeros", but
nothing can be told from it about strides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from refcnn.detection.diagnosis import Diagnosis
from refcnn.detection.observed import observed, same
from refcnn.grading.answers import Answered
from refcnn.iut.python import PythonFunctions
from refcnn.spec.case import Outcome
from refcnn.spec.mutants import Mutant, compose, mutants
from refcnn.spec.vectors import Vector

MOST_TRIED = 12  # other mistakes that are made on top, of one vector


@dataclass(frozen=True, slots=True)
class Carried:
    """One operator with a named mistake that explains every failing case."""

    mistake: Mutant
    _telling: dict[int, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> "Carried | None":
        """What can be carried forward of a diagnosis, if it is complete."""
        if not diagnosis.complete:
            return None
        parts = diagnosis.mistakes
        return cls(parts[0] if len(parts) == 1 else compose(parts))

    def explains(self, answers: Iterable[Answered]) -> bool:
        """Whether the mistake alone leads to every wrong answer, and this tells something."""
        failing = [one for one in answers if one.fails]
        return all(map(self._follows, failing)) and any(self._tells(a.vector) for a in failing)

    def _follows(self, answered: Answered) -> bool:
        found = _run(self.mistake, answered.vector)
        return all(
            same(outcome, entry.outcome, observed(entry).slack)
            for outcome, entry in zip(found, answered.entries)
        )

    def _tells(self, vector: Vector) -> bool:
        """Whether some other mistake, on top of this one, would have changed an answer."""
        if id(vector) not in self._telling:
            self._telling[id(vector)] = any(
                not _equal(_run(both, vector), _run(self.mistake, vector))
                for both in self._on_top(vector)
            )
        return self._telling[id(vector)]

    def _on_top(self, vector: Vector) -> Iterable[Mutant]:
        own = self.mistake.parts or (self.mistake,)
        others = (m for m in mutants() if m.operator == vector.operator and m not in own)
        killers = [m for m in others if m.name in vector.kills][:MOST_TRIED]
        return (compose((*own, other)) for other in killers)


def _run(mistake: Mutant, vector: Vector) -> list[Outcome]:
    functions = PythonFunctions({mistake.operator: mistake.build()})
    return [functions.run(case) for case in vector.question.cases]


def _equal(some: Sequence[Outcome], others: Sequence[Outcome]) -> bool:
    return all(same(a, b) for a, b in zip(some, others))
