"""Mistakes carried forward: what a mistake has cost in one item, it costs in no other.

As a teacher follows a wrong number through the rest of a calculation, later
requirements are held against the mistake that was named: they count as met if every
wrong answer is exactly the one that the mistake alone leads to, and if the cases
could tell. They can if most other mistakes about the same requirement, made on top of
the named one, would have shown in them: a function that returns zeros follows from "returns
zeros", but nothing can be told from it about strides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.diagnosis.observed import observed, same
from refcnn.grading.answers import Answered
from refcnn.harness.python import PythonFunctions
from refcnn.suite.case import Answer, Outcome
from refcnn.suite.mutants import Mutant, compose, mutants
from refcnn.suite.recorder import Entry
from refcnn.suite.vectors import Vector

MOST_TRIED = 12  # other mistakes that are made on top, where none is about the clause


class Carried:
    """One operator with one or two named mistakes that explain every failing case."""

    def __init__(self, mistakes: tuple[Mutant, ...]) -> None:
        self.mistakes = mistakes
        singles = [(m,) for m in mistakes]
        self._sets = {s: compose(s) if len(s) > 1 else s[0] for s in [*singles, mistakes]}
        self._answered: dict[tuple[str, int], list[Outcome]] = {}  # by mistake, by id of a vector
        self._followed: dict[tuple[str, int], bool] = {}

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> "Carried | None":
        """What can be carried forward of a diagnosis, if it is complete."""
        return cls(diagnosis.mistakes) if diagnosis.complete else None

    def causes(self, answers: Iterable[Answered]) -> frozenset[str]:
        """Names of the fewest mistakes from which all wrong answers follow; none: of no set."""
        failing = [one for one in answers if one.fails]
        for parts, mistake in self._sets.items():
            if all(self._follows(mistake, one) for one in failing):
                return frozenset(part.name for part in parts)
        return frozenset()

    def tells(self, answers: Sequence[Answered], causes: frozenset[str], clause: str) -> bool:
        """Whether a clause can be told of, beside the mistakes that wrong answers show.

        It is asked of all cases about the clause, also of those that the mistakes leave right.
        Where no other mistake about it is known, it can be told of if any mistake would show.
        """
        mistake = self._sets[tuple(m for m in self.mistakes if m.name in causes)]
        vectors = [one.vector for one in answers]
        noticed = self._others(mistake.operator, vectors)
        about = [m for m in noticed if m.clause == clause and self._answers(m, vectors)]
        if about:
            seen = sum(self._shows(mistake, other, vectors) for other in about)
            return 2 * seen >= len(about)
        return any(self._shows(mistake, other, vectors) for other in noticed[:MOST_TRIED])

    def _others(self, operator: str, vectors: Iterable[Vector]) -> list[Mutant]:
        """The mistakes that are not these, which some vector notices."""
        seen = {name for vector in vectors for name in vector.kills}
        others = [m for m in mutants() if m.operator == operator and m.name in seen]
        return [m for m in others if m not in self.mistakes]

    def _shows(self, mistake: Mutant, other: Mutant, vectors: Iterable[Vector]) -> bool:
        """Whether another mistake, on top of one, changes an answer that it makes wrong.

        That it raises an exception in place of one shows on top of anything, and tells nothing.
        """
        both = compose((*(mistake.parts or (mistake,)), other))
        telling = (vector for vector in vectors if other.name in vector.kills)
        return any(_differ(self._run(both, one), self._run(mistake, one)) for one in telling)

    def _answers(self, mistake: Mutant, vectors: Iterable[Vector]) -> bool:
        """Whether a mistake gives a wrong answer to a vector that notices it, and no exception."""
        telling = (vector for vector in vectors if mistake.name in vector.kills)
        answers = chain.from_iterable(self._run(mistake, vector) for vector in telling)
        return any(isinstance(one, Answer) for one in answers)

    def _follows(self, mistake: Mutant, answered: Answered) -> bool:
        """Whether every answer is the one that a mistake leads to; a vector is of many clauses."""
        key = mistake.name, id(answered.vector)
        if key not in self._followed:
            outcomes = self._run(mistake, answered.vector)
            self._followed[key] = all(map(_leads_to, outcomes, answered.entries))
        return self._followed[key]

    def _run(self, mistake: Mutant, vector: Vector) -> list[Outcome]:
        """What a mistake answers to a vector, worked out once."""
        key = mistake.name, id(vector)
        if key not in self._answered:
            functions = PythonFunctions({mistake.operator: mistake.build()})
            self._answered[key] = [functions.run(case) for case in vector.question.cases]
        return self._answered[key]


def _leads_to(outcome: Outcome, entry: Entry) -> bool:
    """Whether a mistake that gives an outcome explains what was answered.

    What is right may be right by sums in any order.
    """
    seen = observed(entry)
    if same(outcome, entry.outcome, seen.slack):
        return True
    return not seen.fails and not observed(replace(entry, outcome=outcome)).fails


def _differ(some: Sequence[Outcome], others: Sequence[Outcome]) -> bool:
    """Whether two answers to one question differ."""
    return any(isinstance(a, Answer) and not same(a, b) for a, b in zip(some, others))
