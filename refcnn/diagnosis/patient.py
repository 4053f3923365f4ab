"""The operator in question: all that it was asked, sorted, and a way to ask it more."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from itertools import chain, count, islice, starmap

from refcnn.diagnosis.observed import ALONE, Key, Observed, by_rule, distinct, key_of, same, seen_at
from refcnn.suite.capabilities import Features, features_of
from refcnn.suite.case import Case, Crash, Missing, Outcome, Timeout
from refcnn.suite.generators import domains, indices, question
from refcnn.suite.limits import within
from refcnn.suite.recorder import Entry

MORE_QUESTIONS, MORE_SEED = 200, 1
MOST_SEARCHED = 400  # questions among which those are looked for that are offered
NOT_ASKED = Missing("not asked", asked=False)
EARLY = 300  # entries of the log, for pairs that carry something over

Ask = Callable[[Case], Outcome]


class Patient:
    """One operator with its log; what is asked later is added to what is known of it."""

    def __init__(
        self, operator: str, entries: Sequence[Entry], features: Features, ask: Ask
    ) -> None:
        """Judge every logged case within `features`; what is not offered is left out."""
        self.operator, self.entries, self.features, self.ask = operator, entries, features, ask
        asked = [(n, e) for n, e in enumerate(entries) if _is_within(e, features)]
        self.dialects = tuple(dict.fromkeys(n for _, e in asked for n in e.case.dialects))
        seen = [*filter(None, starmap(seen_at, asked))]
        self.failing = distinct(seen, fails=True)
        self.passing = distinct(seen, fails=False)
        self.early_failing = [one for one in self.failing if one.place < EARLY]
        self.silent = False  # whether it answers no more questions
        self._known = {one.key for one in seen}
        self._questions = {illegal: self._more(illegal=illegal) for illegal in (False, True)}

    @property
    def seen(self) -> list[Observed]:
        """All that is known of it, failing cases first."""
        return [*self.failing, *self.passing]

    @cached_property
    def asked(self) -> list[Case]:
        """All cases of the log in order, in the words of the standard where it has any."""
        plain = (by_rule(entry) for entry in self.entries)
        return [(found or entry).case for found, entry in zip(plain, self.entries)]

    @cached_property
    def unsteady(self) -> bool:
        """Whether a call has had an influence on another one."""
        return _unsteady(self.entries)

    def more_questions(self, *, illegal: bool = False) -> Iterator[Case]:
        """The next ones within what is offered, those not yet asked: legal or illegal."""
        return islice(self._questions[illegal], MORE_QUESTIONS)

    def ask_more(self, until: Callable[[], bool], *, illegal: bool = False) -> None:
        """Ask legal or illegal questions until enough is known, or for as long as is bearable."""
        questions = self.more_questions(illegal=illegal)
        while not (until() or self.silent):
            if (case := next(questions, None)) is None:
                return
            self.question(case)

    def question(self, case: Case) -> Observed | None:
        """Ask one question more and keep the answer; None if nothing can be said of it."""
        outcome = self.ask(case)
        if isinstance(outcome, Crash | Timeout) or not getattr(outcome, "asked", True):
            self.silent = True  # each more of them may take as long as the limit allows
        one = seen_at(ALONE, Entry(case, outcome))
        if one and one.key not in self._known:
            self._known.add(one.key)
            (self.failing if one.fails else self.passing).append(one)
        return one

    def _more(self, *, illegal: bool) -> Iterator[Case]:
        """Cases by chance on which it would be judged by a rule that the standard has, too."""
        for index in _numbers(self.operator, illegal=illegal):
            more = question(self.operator, MORE_SEED, index)
            case = replace(more.case, dialects=self.dialects)
            offered = features_of(case) <= self.features
            inside = illegal or within(case, self.features)
            if offered and inside and by_rule(Entry(case, NOT_ASKED)):
                yield case


def _is_within(entry: Entry, features: Features) -> bool:
    """Whether a case asks for what is offered, and lies within the limits if it is legal."""
    inside = not entry.legal or within(entry.case, features)
    return features_of(entry.case) <= features and inside


def _numbers(operator: str, *, illegal: bool) -> Iterator[int]:
    """The numbers of questions of one kind, domain after domain, again and again."""
    every = range(len(domains(operator)))
    own = [n for n in every if (n in illegal_domains(operator)) is illegal]
    turns = count() if own else ()
    numbers = chain.from_iterable(indices(operator, [turn], own) for turn in turns)
    return islice(numbers, MOST_SEARCHED)


@cache
def illegal_domains(operator: str) -> frozenset[int]:
    """The numbers of the domains of an operator whose questions break a rule."""
    first = enumerate(indices(operator, [0]))
    return frozenset(n for n, index in first if question(operator, MORE_SEED, index).rule)


@cache
def any_legal(operator: str) -> Case:
    """A legal case of an operator."""
    return question(operator, MORE_SEED, next(_numbers(operator, illegal=False))).case


def _unsteady(entries: Sequence[Entry]) -> bool:
    """Whether a call has had an influence on another one."""
    seen: dict[Key, Outcome] = {}
    for entry in entries:
        if any("earlier" in fault for fault in getattr(entry.outcome, "faults", ())):
            return True
        if not same(seen.setdefault(key_of(entry.case), entry.outcome), entry.outcome):
            return True
    return False
