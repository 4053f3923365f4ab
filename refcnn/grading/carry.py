"""Mistakes carried forward: what a mistake has cost in one item, it costs in no other.

As a teacher follows a wrong number through the rest of a calculation, later
requirements are held against the mistake that was named: they count as met if every
wrong answer is exactly the one that the mistake alone leads to, and if the cases
could tell. They can if another mistake, made on top of the named one, would have
shown in them: a function that returns zeros follows from "returns zeros", but
nothing can be told from it about strides.
"""

from collections.abc import Iterable, Sequence

from refcnn.detection.diagnosis import Diagnosis
from refcnn.detection.observed import observed, same
from refcnn.grading.answers import Answered
from refcnn.iut.python import PythonFunctions
from refcnn.spec.case import Outcome
from refcnn.spec.mutants import Mutant, compose, mutants
from refcnn.spec.vectors import Vector

MOST_TRIED = 12  # other mistakes that are made on top, of one vector


class Carried:
    """One operator with one or two named mistakes that explain every failing case."""

    def __init__(self, mistakes: tuple[Mutant, ...]) -> None:
        self.mistakes = mistakes
        singles = [(m,) for m in mistakes]
        self._sets = {s: compose(s) if len(s) > 1 else s[0] for s in [*singles, mistakes]}
        self._telling: dict[tuple[int, str], bool] = {}

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> "Carried | None":
        """What can be carried forward of a diagnosis, if it is complete."""
        return cls(diagnosis.mistakes) if diagnosis.complete else None

    def causes(self, answers: Iterable[Answered]) -> frozenset[str]:
        """Names of the fewest mistakes from which all wrong answers follow; none: of no set."""
        failing = [one for one in answers if one.fails]
        for parts, mistake in self._sets.items():
            if all(_follows(mistake, one) for one in failing):
                return frozenset(part.name for part in parts)
        return frozenset()

    def tells(self, answers: Iterable[Answered], causes: frozenset[str]) -> bool:
        """Whether something can be told of wrong answers beside the mistakes that they show."""
        parts = tuple(m for m in self.mistakes if m.name in causes)
        return any(self._tells(one.vector, self._sets[parts]) for one in answers if one.fails)

    def _tells(self, vector: Vector, mistake: Mutant) -> bool:
        """Whether some other mistake, on top of this one, would have changed an answer."""
        key = id(vector), mistake.name
        if key not in self._telling:
            alone = _run(mistake, vector)
            self._telling[key] = any(
                not _equal(_run(both, vector), alone) for both in _on_top(mistake, vector)
            )
        return self._telling[key]


def _follows(mistake: Mutant, answered: Answered) -> bool:
    """Whether every answer is the one that a mistake leads to."""
    return all(
        same(outcome, entry.outcome, observed(entry).slack)
        for outcome, entry in zip(_run(mistake, answered.vector), answered.entries)
    )


def _on_top(mistake: Mutant, vector: Vector) -> Iterable[Mutant]:
    """The mistake together with others that the vector would notice."""
    own = mistake.parts or (mistake,)
    others = (m for m in mutants() if m.operator == vector.operator and m not in own)
    killers = [m for m in others if m.name in vector.kills][:MOST_TRIED]
    return (compose((*own, other)) for other in killers)


def _run(mistake: Mutant, vector: Vector) -> list[Outcome]:
    functions = PythonFunctions({mistake.operator: mistake.build()})
    return [functions.run(case) for case in vector.question.cases]


def _equal(some: Sequence[Outcome], others: Sequence[Outcome]) -> bool:
    return all(same(a, b) for a, b in zip(some, others))
