"""Naming the mistake: the mutant, or the two, whose answers are those of the implementation.

Answers are equal if they are the same numbers. Where sums round, another order
of the same mistaken sum is allowed for: they may then lie as far apart as two
right answers may, but only if they are much further from the right answer.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from refcnn import ops
from refcnn.detection.traits import what_holds
from refcnn.iut.log import Entry
from refcnn.iut.python import PythonFunctions
from refcnn.spec import bounds
from refcnn.spec.case import Case, Crash, Outcome, Refusal, Tensor, Timeout
from refcnn.spec.judge import Judgement, Verdict, judge, judge_refusal
from refcnn.spec.mutants import Mutant, mutants, pairs
from refcnn.spec.offer import Features
from refcnn.spec.tensors import Array
from refcnn.spec.vectors import features_of

MOST_FAILING, MOST_PASSING = 40, 60  # cases that a mistake is held against
LEAST = 3  # cases that a mistake must explain, where there are as many
CLEARLY = 64  # times the bound: so far off is no matter of rounding


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """What is wrong with one operator: named mistakes, or what still holds."""

    operator: str
    mistakes: tuple[Mutant, ...]  # none, one or two
    explained: int
    failing: int
    holds: str = ""  # where it is right and where wrong, if no mistake was recognised

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
    slack: Array | float = 0.0  # two answers this far apart may be the same sum in another order


def diagnose(operator: str, entries: Sequence[Entry], features: Features) -> Diagnosis | None:
    """The mistake in an operator, from all that it was asked; None if nothing failed.

    What was refused because it is not offered among `features` is left out.
    """
    asked = [e for e in entries if features_of(e.case) <= features]
    observed = [_observed(entry) for entry in asked]
    failing, passing = _distinct(observed, fails=True), _distinct(observed, fails=False)
    if not failing:
        return None
    chosen, held = _spread(failing, MOST_FAILING), _spread(passing, MOST_PASSING)
    best = max(
        (_score(m, chosen, held, entries) for m in _own(operator)), key=lambda found: found[0]
    )
    if best[0] < len(chosen):
        two = _likely(pairs(operator), chosen)
        best = max([best, *(_score(m, chosen, held, entries) for m in two)], key=lambda f: f[0])
    _, explained, mistake = best
    if explained >= min(LEAST, len(chosen)) and explained * 2 >= len(chosen):
        explained = _explained(mistake, failing, entries)
        return Diagnosis(operator, mistake.parts or (mistake,), explained, len(failing))
    holds = what_holds([o.case for o in failing], [o.case for o in passing])
    return Diagnosis(operator, (), 0, len(failing), holds)


def _own(operator: str) -> list[Mutant]:
    return [m for m in mutants() if m.operator == operator]


def _observed(entry: Entry) -> Observed:
    case, outcome = entry.case, entry.outcome
    try:
        with np.errstate(all="ignore"):
            getattr(ops, case.operator)(**case.inputs, **case.attributes)
    except (ValueError, TypeError):
        found = judge_refusal(outcome, "")
        return Observed(case, outcome, found.verdict is Verdict.FAIL)
    found = judge(case, outcome)
    faults = bool(isinstance(outcome, Tensor) and outcome.faults)
    fails = faults or found.verdict is Verdict.FAIL
    return Observed(case, outcome, fails, _slack(case, found) if fails else 0.0)


def _slack(case: Case, found: Judgement) -> Array | float:
    """Twice the general bound, unless the answer is that close to the right one."""
    bound = 2 * bounds.bound(replace(case, exact=False))
    near = found.index is not None and found.expected is not None and found.got is not None
    if near and np.isfinite(found.fraction):
        off = abs(found.got - found.expected)  # type: ignore[operator]
        if off <= CLEARLY * float(bound.max(initial=0)):
            return 0.0
    return bound


def _distinct(observed: Iterable[Observed], *, fails: bool) -> list[Observed]:
    """One of each case that was asked more than once, in the order of asking."""
    found: dict[tuple[object, ...], Observed] = {}
    for one in observed:
        if one.fails == fails and not isinstance(one.outcome, Crash | Timeout):
            found.setdefault(_key(one.case), one)
    return list(found.values())


def _key(case: Case) -> tuple[object, ...]:
    tensors = ((t.shape, t.dtype.name, t.tobytes()) for t in case.inputs.values())
    return (*tensors, repr(case.attributes), case.memory)


def _spread(observed: Sequence[Observed], most: int) -> list[Observed]:
    """At most so many, evenly from first to last."""
    step = max(1, -(-len(observed) // most))
    return list(observed[::step])


def _score(
    mutant: Mutant,
    failing: Sequence[Observed],
    passing: Sequence[Observed],
    entries: Sequence[Entry],
) -> tuple[float, int, Mutant]:
    """How well a mistake fits: failing cases it explains, less passing ones that it would fail."""
    explained = _explained(mutant, failing, entries)
    if not explained:
        return 0, 0, mutant
    contradicted = len(passing) - _explained(mutant, passing, entries)
    return explained - contradicted, explained, mutant


def _likely(found: Iterable[Mutant], failing: Sequence[Observed]) -> list[Mutant]:
    """Those that explain most of a few failing cases, the best first."""
    few = _spread(failing, 6)
    scored = [(_count(m, few, patience=len(few) // 2), m) for m in found]
    best = max((n for n, _ in scored), default=0)
    return [m for n, m in scored if n == best > 0][:40]


def _explained(mutant: Mutant, observed: Sequence[Observed], entries: Sequence[Entry]) -> int:
    """Number of cases to which a mutant gives the answer that was observed."""
    count, function = _count(mutant, observed), mutant.build()
    if count or not _carries_over(function, observed):
        return count
    return _replayed(mutant, observed, entries)


def _count(mutant: Mutant, observed: Iterable[Observed], patience: int = 10**9) -> int:
    """The same, each case asked alone; given up after more than `patience` differences."""
    equal = missed = 0
    for one in observed:
        run = PythonFunctions({mutant.operator: mutant.build()}).run
        if same(run(one.case), one.outcome, one.slack):
            equal += 1
        elif (missed := missed + 1) > patience:
            break
    return equal


def _carries_over(function: Callable[..., Array], observed: Sequence[Observed]) -> bool:
    """Whether a mutant remembers anything from call to call."""
    PythonFunctions({observed[0].case.operator: function}).run(observed[0].case)
    return bool(getattr(function, "memory", None))


def _replayed(mutant: Mutant, observed: Sequence[Observed], entries: Sequence[Entry]) -> int:
    """The same, everything asked again in the order in which it was asked."""
    run, wanted = PythonFunctions({mutant.operator: mutant.build()}).run, len(observed)
    slack = {_key(one.case): one.slack for one in observed}
    found = dict.fromkeys(slack, True)
    for entry in entries:
        outcome, key = run(entry.case), _key(entry.case)
        if key in slack and not same(outcome, entry.outcome, slack[key]):
            found[key] = False
    return min(wanted, sum(found.values()))


def same(a: Outcome, b: Outcome, slack: Array | float = 0.0) -> bool:
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
    if not np.any(slack):
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(a.array.astype(np.float64) - b.array.astype(np.float64))
    apart = np.where((a.array == b.array) | (np.isnan(a.array) & np.isnan(b.array)), 0, apart)
    try:
        return bool((apart <= np.broadcast_to(slack, apart.shape)).all())
    except ValueError:  # the shape is not that of the right answer
        return bool((apart <= np.max(slack)).all())
