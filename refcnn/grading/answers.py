"""What a submission did with the cases, without a number: the words of a report.

Whatever the confined process says may be made up by the submission, also to carry
private inputs out of it. Words for private cases are therefore chosen from a few.
"""

import builtins
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import is_not

import numpy as np

from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.suite.case import Answer, Case, Crash, Missing, Outcome, Refusal, Rubbish, Timeout
from refcnn.suite.judge import Judgement, Verdict, in_its_dtype
from refcnn.suite.recorder import Entry
from refcnn.suite.vectors import Vector, judge_side_effects, judgements

Ask = Callable[[Sequence[Case]], Sequence[Outcome]]
KNOWN = {
    *(n for n, e in vars(builtins).items() if isinstance(e, type) and issubclass(e, BaseException)),
    *("AxisError", "LinAlgError", "UFuncTypeError"),
}
DTYPE = "wrong dtype: not that of x"
FORBIDDEN = {"pure": "ANY-3", "stable": "ANY-5"}  # laws about side effects, and their clauses
LAWS = {
    "pure": "it changes its input",
    "stable": "an earlier answer changed afterwards",
    "deterministic": "the same question got another answer",
}


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """One vector, all that came, and the word on it."""

    vector: Vector
    entries: tuple[Entry, ...]
    judgement: Judgement
    failing: Entry | None = None  # the first one that is wrong
    other_dtype: bool = False  # whether an answer had another dtype than was asked

    @property
    def fails(self) -> bool:
        """Whether it is not as it should be: what is not there is not, either."""
        return self.judgement.verdict in (Verdict.FAIL, Verdict.NOT_IMPLEMENTED)

    @property
    def missing(self) -> bool:
        """Whether it was not even tried."""
        last = self.entries[-1].outcome
        return isinstance(last, Missing) or _unfinished(last)


def _unfinished(outcome: Outcome) -> bool:
    return isinstance(outcome, Refusal) and outcome.unsupported


def ask(vectors: Sequence[Vector], stated: Statement, run: Ask) -> tuple[Answered, ...]:
    """Ask vectors of one operator, all at once, and judge each."""
    cases = [case for one in vectors for case in one.question.cases]
    outcomes = iter(run([layouts.asked(case, stated) for case in cases]))
    found = []
    for one in vectors:
        entries = tuple(
            Entry(case, layouts.answered(case, next(outcomes), stated))
            for case in one.question.cases
        )
        answered = judged(one, entries)
        found += [answered, *_side_effects(answered)]
    return tuple(found)


def _side_effects(one: Answered) -> Iterator[Answered]:
    """Side effects that a vector about something else has met, as failures of what forbids them."""
    asked = one.vector.question
    if asked.rule or asked.law:
        return
    for law, clause in FORBIDDEN.items():
        entry = next((e for e in one.entries if _has_broken(law, e.outcome)), None)
        if entry and isinstance(entry.outcome, Answer):
            vector = replace(one.vector, question=replace(asked, law=law, clauses=(clause,)))
            word = judge_side_effects(law, entry.outcome)
            yield Answered(vector, one.entries, word, entry)


def _has_broken(law: str, outcome: Outcome) -> bool:
    if not isinstance(outcome, Answer) or not outcome.faults:
        return False
    return judge_side_effects(law, outcome).verdict is Verdict.FAIL


def judged(vector: Vector, came: tuple[Entry, ...]) -> Answered:
    """The word on a vector: the first failure, or that there is none.

    The dtype of an answer is a requirement of its own, and none of any other.
    """
    entries = came if vector.question.rule else tuple(map(_in_its_dtype, came))
    other = any(map(is_not, entries, came))
    if vector.question.rule and _unfinished(entries[-1].outcome):  # no refusal that is meant
        word = Judgement(Verdict.NOT_IMPLEMENTED)
        return Answered(vector, entries, word, entries[-1], other_dtype=other)
    outcomes = iter(entry.outcome for entry in entries)
    judgement = Judgement(Verdict.PASS)
    with np.errstate(all="ignore"):
        words = judgements(vector, lambda _: next(outcomes))
        for entry, (_, _, judgement) in zip(entries, words):
            if judgement.verdict in (Verdict.FAIL, Verdict.NOT_IMPLEMENTED):
                return Answered(vector, entries, judgement, entry, other_dtype=other)
    return Answered(vector, entries, judgement, other_dtype=other)


def _in_its_dtype(entry: Entry) -> Entry:
    """The entry itself, or one whose answer is in the dtype that was asked."""
    case, outcome = entry.case, entry.outcome
    if not isinstance(outcome, Answer):
        return entry
    others = {name: a for name, a in outcome.outputs.items() if a.dtype != case.dtype}
    views = [view for view in case.views if view.looks_at in others]
    if not views:
        return entry
    recast = {view.looks_at: in_its_dtype(view, others[view.looks_at]) for view in views}
    return replace(entry, outcome=replace(outcome, outputs={**outcome.outputs, **recast}))


def about_dtype(answers: Sequence[Answered]) -> list[Answered]:
    """The words on the dtype alone of all that was answered; where nothing was, those that are."""
    legal = [one for one in answers if not one.vector.question.rule and not one.vector.question.law]
    return [*map(_word_on_dtype, filter(_is_answered, legal))] or legal


def _is_answered(answered: Answered) -> bool:
    return all(isinstance(entry.outcome, Answer) for entry in answered.entries)


def _word_on_dtype(answered: Answered) -> Answered:
    if answered.other_dtype:
        return replace(answered, judgement=Judgement(Verdict.FAIL, DTYPE))
    return replace(answered, judgement=Judgement(Verdict.PASS)) if answered.fails else answered


def exception(kind: str) -> str:
    """The name of an exception, if it is none of the submission's own.

    Not where it was raised: a line may be chosen to tell a private number.
    """
    return kind if kind in KNOWN else "an exception of its own"


def reason(answered: Answered) -> str:
    """Why a private vector fails, in words of ours."""
    outcome = answered.failing.outcome if answered.failing else None
    if answered.missing:
        return "not offered" if isinstance(outcome, Missing) else "not implemented yet"
    match outcome:
        case Refusal():  # which one may be chosen to tell a private number: a public one is shown
            return "raised an exception"
        case Rubbish():
            return "answered with something that is not an array of float32 or float64"
        case Timeout():
            return "no answer in time"
        case Crash(_, asked):
            return "the process ended" if asked else "not asked after crashes or timeouts"
    if answered.vector.question.rule:
        return "answered what should be refused"
    if law := answered.vector.question.law:
        return LAWS[law]
    return answered.judgement.reason.partition(":")[0]
