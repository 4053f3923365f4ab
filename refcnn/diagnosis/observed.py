"""What was seen of an operator: each case with its outcome, judged, and made comparable."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from refcnn.suite.case import Answer, Case, Crash, Outcome, Refusal, Timeout, declined
from refcnn.suite.dialects import ruled
from refcnn.suite.judge import (
    Expected,
    Judgement,
    Verdict,
    compare_all,
    expectations,
    judge,
    judge_refusal,
)
from refcnn.suite.numerics import bound, numerics
from refcnn.suite.recorder import Entry
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

CLEARLY = 8  # times the bound: farther off than this is no matter of rounding
MOST_CASES = 4096  # of which it is kept what they are
ALONE = -1  # place of what was asked for the diagnosis, after everything in the log

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Keyed:
    """A case that is the same as any other with the same question: a class is asked one set."""

    key: Key
    case: Case = field(compare=False)

    def judged(self, outcome: Outcome) -> Judgement:
        """The judgement on an outcome; what is right is worked out once."""
        with np.errstate(all="ignore"):
            if self.case.dialects or not isinstance(outcome, Answer):
                return judge(self.case, outcome)
            return compare_all(self.expected, outcome, self.case.dtype)

    @property
    def expected(self) -> dict[str, Expected]:
        """What is right, by the class of algorithms that is stated."""
        return _expected(self, self.case.algorithm, exact=self.case.exact)


@lru_cache(maxsize=MOST_CASES)
def _expected(keyed: Keyed, _algorithm: str, *, exact: bool) -> dict[str, Expected]:
    return expectations(replace(keyed.case, exact=exact))


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """One case with its outcome and the verdict, and how close is close enough for it."""

    case: Case  # in the words of the standard, where a stated dialect has others
    outcome: Outcome
    fails: bool
    legal: bool = True
    slack: float = 0.0  # two answers this far apart may be the same sum in another order
    reason: str = ""  # of a failure, in the words of the judge
    place: int = ALONE  # of its entry in the log
    asked: Case | None = None  # in the author's words, if a dialect has others
    key: Key = ()  # of its case, worked out if it is not given

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", key_of(self.case))

    @property
    def keyed(self) -> "Keyed":
        """The case as what is known of it is kept."""
        return Keyed(self.key, self.case)

    @property
    def reworded(self) -> bool:
        """Whether the arguments are others than those that were asked."""
        return self.asked is not None and self.asked.attributes != self.case.attributes

    @property
    def raised(self) -> Refusal | None:
        """The exception with which a legal case was answered."""
        return self.outcome if self.legal and isinstance(self.outcome, Refusal) else None


def observed(entry: Entry) -> Observed:
    """A logged case, judged: all outputs, whichever of them a check looked at."""
    case, outcome = replace(entry.case, output=""), entry.outcome
    keyed = Keyed(key := key_of(case), case)
    if not _known_to_be_legal(keyed):
        found = judge_refusal(outcome, "")
        return Observed(case, outcome, found.verdict is Verdict.FAIL, legal=False, key=key)
    found = keyed.judged(outcome)
    faults = bool(isinstance(outcome, Answer) and outcome.faults)
    fails = faults or found.verdict is Verdict.FAIL
    slack = _slack(keyed, outcome) if fails else 0.0
    return Observed(case, outcome, fails, slack=slack, reason=found.reason, key=key)


def seen_at(place: int, entry: Entry) -> Observed | None:
    """An entry as it is held against mistakes; None if nothing can be said of it.

    Under stated dialects its case is told in the words of the standard, which has none
    for what a dialect refuses. What was declined neither passes nor fails.
    """
    plain = None if declined(entry.outcome) else by_rule(entry)
    if plain is None or isinstance(entry.outcome, Crash | Timeout):
        return None
    asked = entry.case if entry.case.dialects else None
    return replace(observed(plain), place=place, asked=asked)


@lru_cache(maxsize=MOST_CASES)
def _known_to_be_legal(keyed: Keyed) -> bool:
    return is_legal(keyed.case)


def is_legal(case: Case) -> bool:
    """Whether the reference answers a case."""
    try:
        with np.errstate(all="ignore"):
            record(case.operator).reference(**case.inputs, **case.attributes)
    except (ValueError, TypeError):
        return False
    return True


def by_rule(entry: Entry) -> Entry | None:
    """The entry as if its case had been asked in the standard's words; None: to be refused."""
    try:
        case = ruled(entry.case)
    except (ValueError, TypeError):
        return entry  # illegal: no dialect has a say
    return Entry(replace(case, dialects=()), entry.outcome) if case else None


def is_right(case: Case, outcome: Outcome, **stated: Any) -> bool:
    """Whether an answer to a legal case is right, or would be if that were `stated`."""
    if isinstance(outcome, Answer) and outcome.faults:
        return False
    if not stated:
        return Keyed(key_of(case), case).judged(outcome).verdict is not Verdict.FAIL
    with np.errstate(all="ignore"):
        return judge(replace(case, **stated), outcome).verdict is not Verdict.FAIL


def _slack(keyed: Keyed, outcome: Outcome) -> float:
    """How far apart two orders of one mistaken sum may lie; 0 if all is close to what is right.

    A mistake may take other numbers together than the equation does: each counts as the
    largest of them.
    """
    bounds = _bounds(keyed, keyed.case.algorithm)
    farthest = [size.max(initial=0) for pair in bounds.values() for size in pair]
    if isinstance(outcome, Answer) and _is_near(keyed.expected, outcome, bounds):
        return 0.0
    return 2 * float(max(farthest))


Bounds = dict[str, tuple[Array, Array]]  # by output


def _is_near(expected: Mapping[str, Expected], outcome: Answer, bounds: Bounds) -> bool:
    """Whether all that was answered is so close to what is right that it may be rounding."""
    if expected.keys() != outcome.outputs.keys():
        return False
    for name, got in outcome.outputs.items():
        right, (allowed, _) = expected[name].hi, bounds[name]
        if got.shape != right.shape:
            return False
        with np.errstate(invalid="ignore", over="ignore"):
            near = np.abs(got.astype(np.float64) - right) <= CLEARLY * allowed
        if not near.all():
            return False
    return True


@lru_cache(maxsize=MOST_CASES)
def _bounds(keyed: Keyed, _algorithm: str) -> Bounds:
    """How far sums may lie apart, as they are and over an input that is all as its largest."""
    case = replace(keyed.case, exact=False)
    both = [(bound(one), _of_the_largest(one)) for one in case.views]
    return dict(zip(keyed.expected, both, strict=True))


def _of_the_largest(case: Case) -> Array:
    """The bound of the same sums over an input that is its own largest number throughout."""
    if not numerics(case.operator, case.output).adds:
        return np.zeros(1)
    x = case.inputs["x"]
    largest = np.abs(x[np.isfinite(x)]).max(initial=0)
    return bound(replace(case.given(x=np.full_like(x, largest)), exact=False))


def distinct(seen: Iterable[Observed], *, fails: bool) -> list[Observed]:
    """One of each case that was asked more than once, in the order of asking."""
    found: dict[Key, Observed] = {}
    for one in seen:
        if one.fails == fails:
            found.setdefault(one.key, one)
    return list(found.values())


def key_of(case: Case) -> Key:
    """What makes two questions the same."""
    tensors = ((t.shape, t.dtype.name, t.tobytes()) for t in case.inputs.values())
    return (case.operator, *tensors, repr(case.attributes), case.memory)


def place_of(raised: Refusal) -> tuple[str, object]:
    """Kind and place of an exception: its line; where it has none, its words without numbers."""
    return raised.kind, raised.line or re.sub(r"\(.*?\)|\d+", "", raised.message)


def same(a: Outcome, b: Outcome, slack: float = 0.0) -> bool:
    """Whether two outcomes are the same in kind, shape, dtype, numbers and side effects.

    Of exceptions the kind alone can be compared: two programs have no lines in common.
    """
    if isinstance(a, Refusal) and isinstance(b, Refusal):
        return a.kind == b.kind
    if not isinstance(a, Answer) or not isinstance(b, Answer):
        return type(a) is type(b) and str(a) == str(b)
    if a.outputs.keys() != b.outputs.keys() or {*a.faults} != {*b.faults}:
        return False
    return all(_same(array, b.outputs[name], slack) for name, array in a.outputs.items())


def _same(a: Array, b: Array, slack: float) -> bool:
    """Whether two arrays are the same in shape, dtype and numbers, or nearly."""
    if (a.shape, a.dtype) != (b.shape, b.dtype):
        return False
    alike = a == b
    if not alike.all():
        alike |= np.isnan(a) & np.isnan(b)
    if alike.all() or slack <= 0:
        return bool(alike.all())
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(a.astype(np.float64) - b.astype(np.float64))
    return bool((alike | (apart <= slack)).all())
