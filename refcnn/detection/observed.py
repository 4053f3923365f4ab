"""What was seen of an operator: each case with its outcome, judged, and made comparable."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refcnn import ops
from refcnn.iut.log import Entry
from refcnn.spec import bounds
from refcnn.spec.case import Case, Crash, Outcome, Refusal, Tensor, Timeout
from refcnn.spec.dialects import ruled
from refcnn.spec.judge import Verdict, expect, judge, judge_refusal

CLEARLY = 8  # times the bound: farther off than this is no matter of rounding

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """One logged case with its verdict, and how close is close enough for it."""

    case: Case
    outcome: Outcome
    fails: bool
    legal: bool = True
    slack: float = 0.0  # two answers this far apart may be the same sum in another order


def observed(entry: Entry) -> Observed:
    """A logged case, judged."""
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


def by_rule(entry: Entry) -> Entry | None:
    """The entry as if its case had been asked in the standard's words; None: to be refused."""
    try:
        case = ruled(entry.case)
    except (ValueError, TypeError):
        return entry  # illegal: no dialect has a say
    return Entry(replace(case, dialects=()), entry.outcome) if case else None


def right_if(one: Observed, stated: dict[str, Any]) -> bool:
    """Whether an answer would be right if that were `stated`."""
    if isinstance(one.outcome, Tensor) and one.outcome.faults:
        return False
    with np.errstate(all="ignore"):
        return judge(replace(one.case, **stated), one.outcome).verdict is not Verdict.FAIL


def _slack(case: Case, outcome: Outcome) -> float:
    """Twice the largest general bound, unless every number is close to the right one."""
    bound = bounds.bound(replace(case, exact=False))
    right = expect(case).hi
    if not isinstance(outcome, Tensor) or outcome.array.shape != right.shape:
        return 2 * float(bound.max(initial=0))
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(outcome.array.astype(np.float64) - right) <= CLEARLY * bound
    return 0.0 if near.all() else 2 * float(bound.max(initial=0))


def distinct(seen: Iterable[Observed], *, fails: bool) -> list[Observed]:
    """One of each case that was asked more than once, in the order of asking."""
    found: dict[Key, Observed] = {}
    for one in seen:
        if one.fails == fails and not isinstance(one.outcome, Crash | Timeout):
            found.setdefault(key_of(one.case), one)
    return list(found.values())


def key_of(case: Case) -> Key:
    """What makes two questions the same."""
    tensors = ((t.shape, t.dtype.name, t.tobytes()) for t in case.inputs.values())
    return (*tensors, repr(case.attributes), case.memory)


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
