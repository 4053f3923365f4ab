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

from refcnn import ops
from refcnn.detection.traits import what_holds
from refcnn.iut.log import Entry
from refcnn.iut.python import PythonFunctions
from refcnn.spec import bounds
from refcnn.spec.case import Case, Crash, Missing, Outcome, Refusal, Tensor, Timeout
from refcnn.spec.dialects import DIALECTS, ruled
from refcnn.spec.domains import question
from refcnn.spec.judge import Verdict, expect, judge, judge_refusal
from refcnn.spec.mutants import Mutant, mutants, pairs
from refcnn.spec.offer import BASES, Features, probe
from refcnn.spec.vectors import features_of

MOST_FAILING, MOST_PASSING = 40, 60  # cases that a mistake is held against
LEAST = 3  # cases that a mistake must explain, where there are as many
CLEARLY = 8  # times the bound: farther off than this is no matter of rounding
FEW = 6  # failing cases that every pair of mistakes is tried on
EARLY = 300  # entries of the log, for pairs that carry something over
MOST_LIKELY = 40  # pairs that are tried on all of them
MOST_RIVALS = 12  # mistakes that fit best, told apart by more questions
MORE_QUESTIONS, MORE_SEED = 200, 1

Key = tuple[object, ...]
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


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """One logged case with its verdict, and how close is close enough for it."""

    case: Case
    outcome: Outcome
    fails: bool
    legal: bool = True
    slack: float = 0.0  # two answers this far apart may be the same sum in another order


class Patient:
    """The operator in question: all that it was asked, and a way to ask more."""

    def __init__(
        self, operator: str, entries: Sequence[Entry], features: Features, ask: Ask
    ) -> None:
        """Judge every logged case within `features`; what is not offered is left out."""
        self.operator, self.entries, self.features, self.ask = operator, entries, features, ask
        asked = [e for e in entries if features_of(e.case) <= features]
        self.dialects = tuple(dict.fromkeys(n for e in asked for n in e.case.dialects))
        observed = [_observed(entry) for entry in map(_by_rule, asked) if entry]
        self.failing = _distinct(observed, fails=True)
        self.passing = _distinct(observed, fails=False)
        self.some_passing = _spread(self.passing, MOST_PASSING)
        self.early_failing = _spread(_distinct(observed[:EARLY], fails=True), FEW)

    def stands_as(self, **stated: Any) -> bool:
        """Whether every legal case that failed, and others, are right if that is `stated`."""
        failing = [one for one in self.failing if one.legal]
        return bool(failing) and all(
            _right_if(one, stated) for one in [*failing, *self.some_passing] if one.legal
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
    more = [_observed(entry) for entry in asked if not isinstance(entry.outcome, Missing)]
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
        seen = _observed(Entry(case, patient.ask(case)))
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


def _right_if(one: Observed, stated: dict[str, Any]) -> bool:
    """Whether an answer would be right if that were `stated`."""
    if isinstance(one.outcome, Tensor) and one.outcome.faults:
        return False
    with np.errstate(all="ignore"):
        return judge(replace(one.case, **stated), one.outcome).verdict is not Verdict.FAIL


def _by_rule(entry: Entry) -> Entry | None:
    """The entry as if its case had been asked in the standard's words; None: to be refused."""
    try:
        case = ruled(entry.case)
    except (ValueError, TypeError):
        return entry  # illegal: no dialect has a say
    return Entry(replace(case, dialects=()), entry.outcome) if case else None


def _observed(entry: Entry) -> Observed:
    case, outcome = entry.case, entry.outcome
    try:
        with np.errstate(all="ignore"):
            getattr(ops, case.operator)(**case.inputs, **case.attributes)
    except (ValueError, TypeError):
        found = judge_refusal(outcome, "")
        return Observed(case, outcome, found.verdict is Verdict.FAIL, legal=False)
    found = judge(case, outcome)
    faults = bool(isinstance(outcome, Tensor) and outcome.faults)
    fails = faults or found.verdict is Verdict.FAIL
    return Observed(case, outcome, fails, slack=_slack(case, outcome) if fails else 0.0)


def _slack(case: Case, outcome: Outcome) -> float:
    """Twice the largest general bound, unless every number is close to the right one."""
    bound = bounds.bound(replace(case, exact=False))
    right = expect(case).hi
    if not isinstance(outcome, Tensor) or outcome.array.shape != right.shape:
        return 2 * float(bound.max(initial=0))
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(outcome.array.astype(np.float64) - right) <= CLEARLY * bound
    return 0.0 if near.all() else 2 * float(bound.max(initial=0))


def _distinct(observed: Iterable[Observed], *, fails: bool) -> list[Observed]:
    """One of each case that was asked more than once, in the order of asking."""
    found: dict[Key, Observed] = {}
    for one in observed:
        if one.fails == fails and not isinstance(one.outcome, Crash | Timeout):
            found.setdefault(_key(one.case), one)
    return list(found.values())


def _key(case: Case) -> Key:
    tensors = ((t.shape, t.dtype.name, t.tobytes()) for t in case.inputs.values())
    return (*tensors, repr(case.attributes), case.memory)


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
        if not same(seen.setdefault(_key(entry.case), entry.outcome), entry.outcome):
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
    case = probe(mutant.operator, BASES.get(mutant.operator, ("plain",))[0], "float32")
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
    slack = {_key(one.case): one.slack for one in observed}
    found = dict.fromkeys(slack, False)
    for entry in entries:
        outcome, key = run(entry.case), _key(entry.case)
        if key in slack:
            found[key] = same(outcome, entry.outcome, slack[key])
    return sum(found.values())


def same(a: Outcome, b: Outcome, slack: float = 0.0) -> bool:
    """Whether two outcomes are the same in kind, shape, dtype, numbers and side effects."""
    if isinstance(a, Refusal) and isinstance(b, Refusal):
        return True
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return type(a) is type(b) and str(a) == str(b)
    if (a.array.shape, a.array.dtype, set(a.faults)) != (
        b.array.shape,
        b.array.dtype,
        set(b.faults),
    ):
        return False
    if np.array_equal(a.array, b.array, equal_nan=True):
        return True
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(a.array.astype(np.float64) - b.array.astype(np.float64))
    alike = (a.array == b.array) | (np.isnan(a.array) & np.isnan(b.array))
    return slack > 0 and bool((alike | (apart <= slack)).all())
