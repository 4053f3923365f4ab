"""Mistakes held against what was seen: what each explains, and what speaks against it.

Answers are equal if they are the same numbers. Where sums round, another order
of the same mistaken sum is allowed for: they may then lie as far apart as two
right answers may, but only if they are much further from the right answer.
Exceptions are equal if they are of one kind and their places go together one to one.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache

import numpy as np

from refcnn.diagnosis.afresh import AskedMutant, right, single
from refcnn.diagnosis.observed import ALONE, Keyed, Observed, is_right, place_of, same
from refcnn.diagnosis.patient import Patient, any_legal, illegal_domains
from refcnn.harness.python import PythonFunctions
from refcnn.suite.case import Answer, Case, Outcome, Refusal
from refcnn.suite.generators import indices, question
from refcnn.suite.judge import Verdict
from refcnn.suite.mutants import Mutant
from refcnn.suite.numerics import positive

MOST_ANSWERS = 2**15  # that are kept, of some hundred numbers each
LEAST = 3  # failing cases that are evidence of a mistake
ROUNDS = 8  # questions of each domain from which it is read which clause a rule is of


class Suspect:
    """One mistake, or two at once, held against all that is known of an operator."""

    def __init__(self, mutant: Mutant, patient: Patient) -> None:
        """Nothing is asked of the mutant before it is needed."""
        self.mutant, self.patient = mutant, patient
        self._answered: list[Outcome] = []

    @property
    def parts(self) -> tuple[Mutant, ...]:
        """The single mistakes."""
        return self.mutant.parts or (self.mutant,)

    @cached_property
    def remembers(self) -> bool:
        """Whether it carries anything over from call to call."""
        return any(map(_carries_over, self.parts))

    def held_against(self, seen: Iterable[Observed]) -> list[Observed]:
        """Those cases that can tell: what remembers answers only to the log, from its start."""
        return [one for one in seen if one.place != ALONE or not self.remembers]

    def answers(self, seen: Sequence[Observed]) -> Iterator[tuple[Observed, Outcome]]:
        """Cases with the mutant's answers: each asked alone, or after all before it in the log."""
        if self.remembers:
            return ((one, self._replayed(one.place)) for one in self.held_against(seen))
        return self._alone(seen)

    def _alone(self, seen: Sequence[Observed]) -> Iterator[tuple[Observed, Outcome]]:
        if not self.mutant.parts:
            return ((one, _answer(self.mutant, one.keyed)) for one in seen)
        return self._afresh(seen)

    def _afresh(self, seen: Sequence[Observed]) -> Iterator[tuple[Observed, Outcome]]:
        asked = AskedMutant(self.mutant)
        return ((one, asked.alone(one.case)) for one in seen)

    def _replayed(self, place: int) -> Outcome:
        """The answer at a place of the log, after all that was asked before it."""
        for case in self.patient.asked[len(self._answered) : place + 1]:
            self._answered.append(self._running.run(case))
        return self._answered[place]

    @cached_property
    def _running(self) -> AskedMutant:
        return AskedMutant(self.mutant)

    def ask(self, case: Case) -> Outcome:
        """The answer to one question that is asked alone."""
        return AskedMutant(self.mutant).run(case)

    def count(self, few: Sequence[Observed], patience: int = 10**9) -> int:
        """Number of answers that are the observed ones; given up after `patience` others."""
        equal = missed = 0
        for one, answer in self.answers(few):
            if explains(answer, one):
                equal += 1
            elif (missed := missed + 1) > patience:
                break
        return equal

    def explained(self, failing: Sequence[Observed]) -> list[Observed]:
        """The cases to which it gives the observed answer; exceptions all or none."""
        pairs = [(one, answer) for one, answer in self.answers(failing) if explains(answer, one)]
        if _one_to_one(pairs):
            return [one for one, _ in pairs]
        return [one for one, _ in pairs if not one.raised]

    def stands(self, passing: Sequence[Observed]) -> bool:
        """Whether it gives a right answer wherever one was seen.

        That something is refused speaks only against mistakes about that rule: an author
        who makes any other may well have looked at the rule first.
        """
        pairs = self.answers(passing)
        return all(keeps(answer, one) or not self._shows(answer, one) for one, answer in pairs)

    def _shows(self, answer: Outcome, one: Observed) -> bool:
        """Whether the mistake is what makes an answer differ, and not the route it is added to."""
        if one.legal:
            return not same(answer, in_right_steps(one.case))
        clauses = {part.clause for part in self.parts}
        return not clauses.isdisjoint(clauses_broken(one.case))


def explains(answer: Outcome, one: Observed) -> bool:
    """Whether an answer is the observed one; if only nearly, it must be wrong, too."""
    if same(answer, one.outcome):
        return True
    if not one.legal or one.slack <= 0 or not same(answer, one.outcome, one.slack):
        return False
    if positive(one.case.operator) and not _zero_alike(answer, one.outcome):
        return False
    return one.keyed.judged(answer).verdict is Verdict.FAIL


def _zero_alike(*outcomes: Outcome) -> bool:
    """Whether the same numbers are 0: no order of a sum of positive terms makes one 0."""
    first, *others = (one.outputs for one in outcomes if isinstance(one, Answer))
    return all(
        np.array_equal(array == 0, other[name] == 0)
        for other in others
        for name, array in first.items()
    )


def keeps(answer: Outcome, one: Observed) -> bool:
    """Whether an answer is as right as the observed one."""
    if not one.legal:
        return isinstance(answer, Refusal)
    return same(answer, one.outcome) or is_right(one.case, answer)


def evidence(mutant: Mutant, explained: Iterable[Observed]) -> list[Observed]:
    """The explained cases that speak for a mistake.

    What should have been refused speaks for a mistake about that rule alone; a case that a
    stated dialect puts in other words, for none.
    """
    return [one for one in explained if _speaks_for(mutant, one)]


def _speaks_for(mutant: Mutant, one: Observed) -> bool:
    if one.legal:
        return not one.reworded
    return mutant.clause in clauses_broken(one.case)


def _one_to_one(pairs: Iterable[tuple[Observed, Outcome]]) -> bool:
    """Whether every place at which it raised belongs to one place of the mutant, and back."""
    links = {
        (place_of(one.raised), place_of(answer))
        for one, answer in pairs
        if one.raised and isinstance(answer, Refusal)
    }
    ours = {place for place, _ in links}
    theirs = {place for _, place in links}
    return len(links) == len(ours) == len(theirs)


@lru_cache(maxsize=MOST_ANSWERS)
def _answer(mutant: Mutant, keyed: Keyed) -> Outcome:
    """What a single mistake answers to one question alone: asked again for each of a class."""
    return single(mutant).alone(keyed.case)


@cache
def _carries_over(mutant: Mutant) -> bool:
    function = mutant.build()
    PythonFunctions({mutant.operator: function}).run(any_legal(mutant.operator))
    return bool(getattr(function, "memory", None))


def clauses_broken(case: Case) -> frozenset[str]:
    """The clauses whose rule an illegal case breaks, as far as the suite asks for it."""
    rule = _refused(case)
    return _rules(case.operator).get(rule, frozenset()) if rule else frozenset()


def in_right_steps(case: Case) -> Outcome:
    """The answer by the route of all mutants, without any mistake."""
    return right(case.operator).alone(case)


def _refused(case: Case) -> tuple[str, object] | None:
    """By which rule the operator in steps refuses a case."""
    outcome = in_right_steps(case)
    return place_of(outcome) if isinstance(outcome, Refusal) else None


@cache
def _rules(operator: str) -> dict[tuple[str, object], frozenset[str]]:
    """By rule of the operator in steps: the clauses of the questions that break it."""
    found: dict[tuple[str, object], frozenset[str]] = {}
    for index in indices(operator, range(ROUNDS), illegal_domains(operator)):
        asked = question(operator, 0, index)
        if rule := _refused(asked.case):
            found[rule] = found.get(rule, frozenset()) | {*asked.clauses}
    return found
