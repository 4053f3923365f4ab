"""Naming the mistake: the mutant, or the two, whose answers are those of the implementation.

Answers are equal if they are the same numbers. Where sums round, another order
of the same mistaken sum is allowed for: they may then lie as far apart as two
right answers may, but only if they are much further from the right answer.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import combinations
from typing import Any

import numpy as np

from refcnn.detection.observed import (
    Key,
    Observed,
    by_rule,
    distinct,
    key_of,
    observed,
    right_if,
    same,
)
from refcnn.detection.traits import what_holds
from refcnn.iut.log import Entry
from refcnn.iut.python import PythonFunctions
from refcnn.spec import bounds
from refcnn.spec.case import Case, Missing, Outcome
from refcnn.spec.dialects import DIALECTS, ruled
from refcnn.spec.domains import question
from refcnn.spec.judge import Verdict, judge
from refcnn.spec.lattice import case_at, searched
from refcnn.spec.mutants import Mutant, mutants, pairs
from refcnn.spec.offer import Features, features_of
from refcnn.spec.tensors import DTYPES

MOST_FAILING, MOST_PASSING = 40, 60  # cases that a mistake is held against
LEAST = 3  # cases that a mistake must explain, where there are as many
FEW = 6  # failing cases that every pair of mistakes is tried on
EARLY = 300  # entries of the log, for pairs that carry something over
MOST_LIKELY = 40  # pairs that are tried on all of them
MOST_RIVALS = 12  # mistakes that fit best, told apart by more questions
MORE_QUESTIONS, MORE_SEED = 200, 1

Ask = Callable[[Case], Outcome]


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """What is wrong with one operator: named mistakes, or what still holds."""

    operator: str
    mistakes: tuple[Mutant, ...]  # none, one or two
    explained: int
    failing: int
    holds: str = ""  # where it is right and where wrong, if no mistake was recognised
    undeclared: tuple[str, ...] = ()  # dialects that explain every failing case
    algorithm: str = ""  # class of algorithms that explains every failing case

    @property
    def complete(self) -> bool:
        """Whether the mistakes explain every failing case."""
        return bool(self.mistakes) and self.explained == self.failing


class Patient:
    """The operator in question: all that it was asked, and a way to ask more."""

    def __init__(
        self, operator: str, entries: Sequence[Entry], features: Features, ask: Ask
    ) -> None:
        """Judge every logged case within `features`; what is not offered is left out."""
        self.operator, self.entries, self.features, self.ask = operator, entries, features, ask
        asked = [e for e in entries if features_of(e.case) <= features]
        self.dialects = tuple(dict.fromkeys(n for e in asked for n in e.case.dialects))
        seen = [observed(entry) for entry in map(by_rule, asked) if entry]
        self.failing = distinct(seen, fails=True)
        self.passing = distinct(seen, fails=False)
        self.some_passing = _spread(self.passing, MOST_PASSING)
        self.early_failing = _spread(distinct(seen[:EARLY], fails=True), FEW)

    def stands_as(self, **stated: Any) -> bool:
        """Whether every legal case that failed, and others, are right if that is `stated`."""
        failing = [one for one in self.failing if one.legal]
        return bool(failing) and all(
            right_if(one, stated) for one in [*failing, *self.some_passing] if one.legal
        )

    @cached_property
    def unsteady(self) -> bool:
        """Whether a call has had an influence on another one."""
        return _unsteady(self.entries)

    def more_questions(self) -> Iterator[Case]:
        """Legal ones, within what is offered, on which no stated dialect has a say."""
        for index in range(MORE_QUESTIONS):
            more = question(self.operator, MORE_SEED, index)
            if not more.rule and features_of(more.case) <= self.features:
                case = replace(more.case, dialects=self.dialects)
                if ruled(case) is case:
                    yield more.case


def diagnose(
    operator: str, entries: Sequence[Entry], features: Features, ask: Ask
) -> Diagnosis | None:
    """The mistake in an operator, from all that it was asked; None if nothing failed.

    One mistake is looked for first, then two. Where several explain as much, the
    implementation is asked more questions, on which they differ.
    """
    patient = Patient(operator, entries, features, ask)
    failing = len(patient.failing)
    if not failing:
        return None
    sample = _spread(patient.failing, MOST_FAILING)
    singles = [m for m in mutants() if m.operator == operator]
    best = _ranked(singles, patient, sample)
    explained = _explained(best[0], patient, patient.failing) if best else 0
    if explained < failing and (algorithm := _undeclared_class(patient)):
        return Diagnosis(operator, (), 0, failing, algorithm=algorithm)
    undeclared = _undeclared_dialects(patient)
    if undeclared and explained < failing:
        return Diagnosis(operator, (), 0, failing, undeclared=undeclared)
    if explained < failing:
        rest = [o for m in best[:3] for o in _unexplained(m, patient)[:FEW]]
        two = _likely(pairs(operator), patient, _spread(patient.failing, FEW))
        two += _likely([p for p in pairs(operator) if {*p.parts} & {*best[:3]}], patient, rest)
        best = _ranked([*best[:1], *two], patient, [*sample, *rest]) or best
        explained = _explained(best[0], patient, patient.failing) if best else 0
    if best and explained >= min(LEAST, failing) and explained * 2 >= failing:
        named = best[0].parts or (best[0],)
        return Diagnosis(operator, named, explained, failing, undeclared=undeclared)
    asked = (Entry(case, ask(case)) for case in patient.more_questions())
    more = [observed(entry) for entry in asked if not isinstance(entry.outcome, Missing)]
    wrong = [o.case for o in (*patient.failing, *more) if o.fails]
    right = [o.case for o in (*patient.passing, *more) if not o.fails]
    return Diagnosis(operator, (), 0, failing, what_holds(wrong, right))


def _ranked(
    candidates: Iterable[Mutant], patient: Patient, failing: Sequence[Observed]
) -> list[Mutant]:
    """Mistakes by how well they fit: failing cases explained, less passing ones contradicted."""
    scores = []
    for mutant in dict.fromkeys(candidates):
        if explained := _explained(mutant, patient, failing):
            kept = _explained(mutant, patient, patient.some_passing)
            scores.append((explained + kept - len(patient.some_passing), mutant))
    ranked = sorted(scores, key=lambda s: -s[0])
    rivals = [m for score, m in ranked if score == ranked[0][0]]
    first = _told_apart(rivals[:MOST_RIVALS], patient) if len(rivals) > 1 else rivals
    return [*first, *(m for score, m in ranked if score > 0 and m not in first)]


def _told_apart(rivals: list[Mutant], patient: Patient) -> list[Mutant]:
    """Of mistakes that fit equally well, those that more questions confirm."""
    if any(map(_remembers, rivals)):
        return rivals
    for case in patient.more_questions():
        answers = [PythonFunctions({m.operator: m.build()}).run(case) for m in rivals]
        if all(same(answers[0], answer) for answer in answers):
            continue
        seen = observed(Entry(case, patient.ask(case)))
        confirmed = [m for m, a in zip(rivals, answers) if same(a, seen.outcome, seen.slack)]
        rivals = confirmed or rivals
        if len(rivals) == 1:
            break
    return rivals


def _unexplained(mutant: Mutant, patient: Patient) -> list[Observed]:
    """Failing cases that a mistake does not explain."""
    if _remembers(mutant):
        return []
    return [o for o in patient.failing if not _count(mutant, [o])]


def _undeclared_class(patient: Patient) -> str:
    """The class of algorithms from which every failing answer would be right, or ""."""
    if patient.operator not in bounds.FAST or len(patient.failing) < LEAST:
        return ""
    known = (name for name in bounds.CLASSES if patient.stands_as(algorithm=name))
    return next(known, "")


def _undeclared_dialects(patient: Patient) -> tuple[str, ...]:
    """The dialects, one or two, by which all is right that was answered, if any are."""
    mine = [name for name, d in DIALECTS.items() if patient.operator in d.operators]
    sets = [*((name,) for name in mine), *combinations(mine, 2)]
    unstated = (names for names in sets if not {*names} & {*patient.dialects})
    return next((names for names in unstated if patient.stands_as(dialects=names)), ())


def _spread(observed: Sequence[Observed], most: int) -> list[Observed]:
    """At most so many, evenly from first to last."""
    step = max(1, -(-len(observed) // most))
    return list(observed[::step])


def _likely(
    candidates: Iterable[Mutant], patient: Patient, few: Sequence[Observed]
) -> list[Mutant]:
    """Pairs of mistakes that explain most of a few failing cases."""
    scored = []
    for pair in candidates if few else ():
        if not _remembers(pair):
            scored.append((_count(pair, few, patience=len(few) // 2), pair))
        elif patient.unsteady:
            early = patient.early_failing
            scored.append((_replayed(pair, early, patient.entries[:EARLY]), pair))
    best = max((n for n, _ in scored), default=0)
    return [m for n, m in scored if n == best > 0][:MOST_LIKELY]


def _unsteady(entries: Sequence[Entry]) -> bool:
    """Whether a call has had an influence on another one."""
    seen: dict[Key, Outcome] = {}
    for entry in entries:
        if any("earlier" in fault for fault in getattr(entry.outcome, "faults", ())):
            return True
        if not same(seen.setdefault(key_of(entry.case), entry.outcome), entry.outcome):
            return True
    return False


def _explained(mutant: Mutant, patient: Patient, observed: Sequence[Observed]) -> int:
    """Number of cases to which a mutant gives the answer that was observed."""
    if _remembers(mutant):
        return _replayed(mutant, observed, patient.entries)
    return _count(mutant, observed)


def _remembers(mutant: Mutant) -> bool:
    """Whether a mutant carries anything over from call to call."""
    return any(map(_carries_over, mutant.parts or (mutant,)))


@cache
def _carries_over(mutant: Mutant) -> bool:
    function = mutant.build()
    case = case_at(mutant.operator, next(searched(mutant.operator, DTYPES)))
    PythonFunctions({mutant.operator: function}).run(case)
    return bool(getattr(function, "memory", None))


def _count(mutant: Mutant, observed: Iterable[Observed], patience: int = 10**9) -> int:
    """Number of cases explained, each asked alone; given up after `patience` others."""
    equal = missed = 0
    functions = PythonFunctions({mutant.operator: mutant.build()})
    for one in observed:
        functions.forget()
        if _explains(functions.run(one.case), one):
            equal += 1
        elif (missed := missed + 1) > patience:
            break
    return equal


def _explains(answer: Outcome, one: Observed) -> bool:
    """Whether an answer is the observed one; if only nearly, it must be wrong, too."""
    if same(answer, one.outcome):
        return True
    if not one.legal or not same(answer, one.outcome, one.slack):
        return False
    with np.errstate(all="ignore"):
        return judge(one.case, answer).verdict is Verdict.FAIL


def _replayed(mutant: Mutant, observed: Sequence[Observed], entries: Sequence[Entry]) -> int:
    """Number of cases explained, everything asked again in the order in which it was asked."""
    run = PythonFunctions({mutant.operator: mutant.build()}).run
    slack = {key_of(one.case): one.slack for one in observed}
    found = dict.fromkeys(slack, False)
    for entry in entries:
        outcome, key = run(entry.case), key_of(entry.case)
        if key in slack:
            found[key] = same(outcome, entry.outcome, slack[key])
    return sum(found.values())
