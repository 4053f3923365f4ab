"""What was seen, and nothing more: how many cases failed, and how."""

from collections import Counter
from collections.abc import Sequence

from refcnn.diagnosis.observed import Observed, place_of
from refcnn.diagnosis.traits import in_words, raised_by_all
from refcnn.suite.case import Answer, Refusal, Rubbish

MOST_KINDS = 4  # of failures that are told
REASONS = {  # by the beginning of the judge's reason
    "wrong shape": "gave a wrong shape",
    "wrong dtype": "gave a wrong dtype",
    "wrong class": "gave NaN or an infinity for a number, or the reverse",
    "wrong numbers": "gave wrong numbers",
}


def what_was_seen(failing: Sequence[Observed], passing: Sequence[Observed]) -> str:
    """One sentence: of how many cases how many failed, by kind."""
    kinds = Counter(map(_kind, failing)).most_common()
    told = [f"{count} {kind}" for kind, count in kinds[:MOST_KINDS]]
    if rest := sum(count for _, count in kinds[MOST_KINDS:]):
        told.append(f"{rest} failed in other ways")
    together = " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))
    return f"{len(failing)} of {len(failing) + len(passing)} cases failed: {together}."


def raised_always(failing: Sequence[Observed], passing: Sequence[Observed]) -> str:
    """That every legal call raises, and what; "" if one was answered, or refused by rights."""
    legal = [one for one in failing if one.legal]
    raised = [one.raised for one in legal if one.raised]
    if not raised or len(raised) < len(legal) or any(one.legal for one in passing):
        return ""
    if one := raised_by_all(legal):
        message = in_words(one).removeprefix(one.kind)
        return f"It raises {one.kind} at every call{message}."
    kinds = Counter(map(_place, raised)).most_common(MOST_KINDS)
    told = ", ".join(f"{place} in {count}" for place, count in kinds)
    return f"It raises an exception at every call: {told} of {len(raised)} cases."


def _kind(one: Observed) -> str:
    """What happened in a failing case."""
    match one.outcome:
        case Refusal():
            return f"raised {_place(one.outcome)}"
        case Rubbish():
            return "returned no array of float32 or float64"
        case Answer() if not one.legal:
            return "answered what should be refused"
        case Answer() if one.reason:
            kind = (said for begin, said in REASONS.items() if one.reason.startswith(begin))
            return next(kind, one.reason)
        case _:
            return "had a side effect"


def _place(raised: Refusal) -> str:
    kind, _ = place_of(raised)
    return f"{kind} (line {raised.line})" if raised.line else kind
