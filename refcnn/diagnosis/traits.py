"""Where it fails and where not: the predicate, or the two, that tell these cases apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from refcnn.diagnosis.observed import Observed, place_of
from refcnn.suite.case import Refusal
from refcnn.suite.predicates import PREDICATES, true_of

ENOUGH = 10  # legal cases that fail, and that pass, before a rule is made of them
MOST_TO_READ = 160  # characters of the message of an exception

OF_FORMS = ("padding is ", "strides is ", "pool_size is ")
FORMS = frozenset(n for n in PREDICATES if n.startswith(OF_FORMS)) - {"padding is above 1"}

Traits = Sequence[frozenset[str]]  # of cases: what holds of each


@dataclass(frozen=True, slots=True)
class Trait:
    """Where the failing cases lie, and how many cases there are of each kind."""

    where: str
    wrong: int  # failing cases, all of which are there
    right_there: int  # passing cases that are there nevertheless
    right_elsewhere: int
    raised: Refusal | None = None  # with which all the failing cases were answered, if they were
    refuses_what_fits: bool = False  # it states to refuse inexact sizes, and refuses exact ones

    def told(self, raised: str = "") -> str:
        """The sentence, with the exception in the words given, or in the author's own."""
        does = "is wrong"
        if self.raised:
            does = f"raises {raised or in_words(self.raised)}"
        if self.refuses_what_fits:
            does = f"refuses sizes that fit exactly: it {does}"
        if self.right_there:
            such = self.wrong + self.right_there
            return (
                f"It {does} only where {self.where}, in {self.wrong} of {such} such cases; "
                f"the other {self.right_elsewhere} cases are right."
            )
        if self.raised:
            return f"It {does} where {self.where} ({self.wrong} cases), and is right otherwise."
        return f"It {does} whenever {self.where} ({self.wrong} cases) and right otherwise."


def in_words(raised: Refusal) -> str:
    """An exception with its line and the beginning of its message."""
    message = " ".join(raised.message.split())
    if len(message) > MOST_TO_READ:
        message = f"{message[:MOST_TO_READ].rstrip()} ..."
    place = f"line {raised.line}" if raised.line else ""
    said = ": ".join(filter(None, (place, message)))
    return f"{raised.kind} ({said})" if said else raised.kind


def raised_by_all(failing: Sequence[Observed]) -> Refusal | None:
    """The exception of the smallest case, if all are of one kind and come from one place."""
    raised = [one.raised for one in failing if one.raised]
    if len(raised) < len(failing) or len({place_of(one) for one in raised}) != 1:
        return None
    return min(failing, key=lambda one: one.case.size).raised


def what_holds(failing: Sequence[Observed], passing: Sequence[Observed]) -> Trait | None:
    """What legal cases that fail have in common; None if no trait tells them from the others."""
    failing = [one for one in failing if one.legal]
    wrong = [_traits(one) for one in failing]
    right = [_traits(one) for one in passing if one.legal]
    if min(len(wrong), len(right)) < ENOUGH:
        return None
    names = _telling(frozenset.intersection(*wrong), right)
    if not names:
        return None
    there = _holding(names, right)
    where = " and ".join(names)
    return Trait(where, len(wrong), there, len(right) - there, raised_by_all(failing))


def _traits(one: Observed) -> frozenset[str]:
    """What holds of a case: where windows lie is told by the rule that judges it.

    The form of the padding is the one that was asked for.
    """
    plain = true_of(one.case)
    if one.asked is None:
        return plain
    asked = true_of(one.asked)
    if one.case.inputs["x"].shape != one.asked.inputs["x"].shape:
        return asked  # the padding is part of the input, which is not what was asked
    return (plain - FORMS) | (asked & FORMS)


def _telling(common: frozenset[str], right: Traits) -> tuple[str, ...]:
    """The names that few right cases have: one or two that none has, or else the rarest.

    Most right cases must be without them. Two are told only if they say much more than one.
    """
    known = [(_holding(names, right), names) for names in _sets(common)]
    if exact := [names for there, names in known if not there]:
        return exact[0]
    ones = [found for found in known if len(found[1]) == 1]
    if not ones:
        return ()
    one, best = min(ones, key=_count), min(known, key=_count)
    there, names = best if best[0] * 2 < one[0] else one
    return names if there * 2 < len(right) else ()


def _count(found: tuple[int, tuple[str, ...]]) -> int:
    return found[0]


def _sets(common: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Names one by one, then two by two, in the order of the predicates."""
    names = [name for name in PREDICATES if name in common]
    for size in (1, 2):
        yield from combinations(names, size)


def _holding(names: tuple[str, ...], cases: Traits) -> int:
    """Number of cases of which all names hold."""
    return sum(one.issuperset(names) for one in cases)
