"""What an implementation declined, put into words, and whether that is consistent."""

from collections.abc import Sequence
from dataclasses import dataclass

from refcnn.suite.capabilities import (
    EVERYTHING,
    Features,
    Offer,
    features_of,
    shortfalls,
    usual_forms,
)
from refcnn.suite.case import Answer, Case, declined
from refcnn.suite.generators import indices, out_of_reach, question
from refcnn.suite.limits import limits_in, told_apart, within
from refcnn.suite.recorder import Entry
from refcnn.suite.tensors import DTYPES

ROUNDS = 8  # questions of each domain that the share is taken of
MOST = 1000  # answered cases that declined ones are told apart from


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """The limits of one operator."""

    words: dict[str, str]  # each limit, with a reason or ""
    share: float  # of the legal questions of the suite that lie beyond them
    untold: tuple[Case, ...] = ()  # declined, although nothing tells them from what is answered

    def __bool__(self) -> bool:
        return bool(self.words or self.untold)


def limits_of(operator: str, entries: Sequence[Entry], offer: Offer) -> Limits:
    """The limits of an operator, from what is known of it and all that it was asked."""
    features, stated = offer.features[operator], offer.stated.get(operator, ())
    forms = features & EVERYTHING.features[operator]
    asked = [e for e in entries if e.legal and getattr(e.outcome, "asked", True)]
    inside = [e for e in asked if features_of(e.case) <= features]
    beyond = [e.case for e in inside if declined(e.outcome)]
    answered = [e.case for e in inside if isinstance(e.outcome, Answer)]
    told = told_apart(operator, answered[:: 1 + len(answered) // MOST], beyond)
    names = {*stated, *(limit.name for limit in told.limits)}
    words = shortfalls(offer, operator, names)
    untold = told.untold if answered else ()
    return Limits(words, share(operator, forms | names), untold)


def _inside(case: Case, features: Features) -> bool:
    return features_of(case) <= features and within(case, features)


def share(operator: str, features: Features) -> float:
    """Which part of the legal questions about an operator lies beyond its forms and limits."""
    if features >= usual_forms(operator) - {*DTYPES} and not [*limits_in(features)]:
        return 0.0
    beyond = out_of_reach(operator, features)
    asked = (question(operator, 0, index) for index in indices(operator, range(ROUNDS)))
    cases = [one.case for one in asked if not one.rule and beyond.isdisjoint(one.clauses)]
    either = features | {*DTYPES}  # what is exact can be asked in either
    return sum(not _inside(case, either) for case in cases) / len(cases)
