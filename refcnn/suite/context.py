"""The subject of a test: an implementation, asked and judged, with all of it on record."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from unittest import SkipTest

import numpy as np

from refcnn.suite.capabilities import Features, Offer, Refused
from refcnn.suite.case import Answer, Case, Crash, Missing, Outcome, Timeout, declined
from refcnn.suite.dialects import SetAsideError, of_another_forward_pass, ruled
from refcnn.suite.exactness import combination
from refcnn.suite.generators import LAWS, maker
from refcnn.suite.judge import (
    Expected,
    Judgement,
    Verdict,
    compare,
    judge,
    judge_faults,
    judge_refusal,
    settled,
    shape_of,
    wrong_shape,
)
from refcnn.suite.limits import in_words, limits_in, within
from refcnn.suite.numerics import CLASSES, unrounded
from refcnn.suite.recorder import Log
from refcnn.suite.registry import OPERATORS
from refcnn.suite.tensors import Array
from refcnn.suite.vector_files import public
from refcnn.suite.vectors import Vector, judgements, offered, under

Vectors = Mapping[str, Sequence[Vector]]  # by operator

LEAST = 3  # cases that a clause is judged by, where limits take others away
MOST_DRAWN = 20  # cases, in search of one within the limits
ROUNDED = "its numbers are rounded, and nothing follows to the last bit"
ENOUGH = 200  # cases after the first failure in search of a smaller one


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """One failed case: what was asked, what came, and what is wrong with it."""

    case: Case
    outcome: Outcome
    judgement: Judgement
    law: str = ""  # what should be equal, where no oracle is needed
    refused: Refused | None = None  # the part of what is legal that is refused

    def __post_init__(self) -> None:
        if self.judgement.output:  # of several outputs: the case looks at the one that is wrong
            object.__setattr__(self, "case", replace(self.case, output=self.judgement.output))

    @property
    def seen(self) -> Array | None:
        """The array that came where the case looks, if one did."""
        if not isinstance(self.outcome, Answer):
            return None
        return self.outcome.outputs.get(self.case.looks_at)


class NonConformanceError(AssertionError):
    """The implementation failed a case."""

    def __init__(self, failure: Failure) -> None:
        """Keep the failure for the report."""
        super().__init__(failure.judgement.reason)
        self.failure = failure


class EnoughSeenError(SkipTest):
    """Stops a search at once (Hypothesis does not shrink a skip); the record has the failure."""


class Record:
    """What one test saw: how many cases, how close to the bound, the smallest failure."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.cases = 0
        self.beyond = 0  # cases that were not judged, by a limit of the implementation
        self.telling = 0  # cases that an implementation returning zeros would fail
        self.fraction = 0.0
        self.failure: Failure | None = None
        self.after_failure = 0
        self.not_implemented = ""
        self.not_judged = ""
        self.set_aside = ""

    def add(
        self,
        case: Case,
        outcome: Outcome,
        judgement: Judgement,
        law: str = "",
        refused: Refused | None = None,
    ) -> None:
        """Put a judged case on record; raise if it failed or cannot be judged."""
        if judgement.verdict is Verdict.NOT_IMPLEMENTED:
            self.not_implemented = judgement.reason
            raise EnoughSeenError(judgement.reason)
        self.cases += 1
        self.telling += judgement.verdict is not Verdict.WEAK
        if judgement.verdict is not Verdict.FAIL:
            self.fraction = max(self.fraction, judgement.fraction)
            return
        failure = Failure(case, outcome, judgement, law, refused)
        if isinstance(outcome, Crash) and not outcome.asked:
            self.not_judged = judgement.reason
            raise EnoughSeenError(judgement.reason)
        if self.failure is None or case.size <= self.failure.case.size:
            self.failure = failure
        if isinstance(outcome, Timeout):
            raise EnoughSeenError(judgement.reason)
        raise NonConformanceError(failure)

    def before(self) -> None:
        """Stop the search for smaller failures when it has gone on for long enough."""
        self.after_failure += self.failure is not None
        if self.after_failure > ENOUGH:
            raise EnoughSeenError("enough cases were tried")

    @property
    def almost_nothing(self) -> bool:
        """Whether limits took away nearly everything that there was to ask."""
        return self.beyond > 0 and self.cases < LEAST

    @property
    def weak(self) -> bool:
        """Whether an implementation that returns zeros would have passed too."""
        return not self.telling


class Context:
    """What a test of the specification is given: `case`, `check`, `answer`, `same`, `refuses`."""

    def __init__(
        self, iut: Log, offer: Offer, record: Record, vectors: Vectors | None = None
    ) -> None:
        """Ask `iut` within its `offer` and write to `record`; `vectors`: the public ones."""
        self.iut, self.offer, self.record = iut, offer, record
        self._vectors = public() if vectors is None else vectors
        self._had: list[Case] = []  # the cases to which the test has had an answer

    def begin(self) -> None:
        """Forget what the test was answered before: it is tried on something else."""
        self._had.clear()

    def features(self, operator: str) -> Features:
        """The forms of arguments that may be asked for."""
        return self.offer.features[operator]

    def case(self, operator: str, pick: Callable[[int, int], int], **options: Any) -> Case:
        """A legal case of `operator` within the offer."""
        features = self.features(operator)
        for _ in range(MOST_DRAWN):
            case: Case = maker(operator)(pick, features, **options)
            if within(case, features):
                return self.classed(case)
        raise self._beyond(case)

    def classed(self, case: Case) -> Case:
        """The case, to be judged by the class of algorithms and the dialects that are stated."""
        features = self.offer.features.get(case.operator, ())
        algorithm = next((name for name in CLASSES if name in features), "direct")
        dialects = self.offer.stated_of(case.operator)
        if (case.algorithm, case.dialects) == (algorithm, dialects):
            return case
        return replace(case, algorithm=algorithm, dialects=dialects)

    def run(self, case: Case) -> Outcome:
        """Ask a legal case; one that lies beyond a limit, or is declined, is set aside."""
        if not within(case, self.offer.features.get(case.operator, ())):
            raise self._beyond(case)
        if of_another_forward_pass(case):
            self._set_aside("gradients of a forward pass by a stated dialect are not judged")
        self.record.before()
        outcome = self.iut.run(case)
        if declined(outcome) and getattr(outcome, "asked", True):
            raise self._beyond(case, f"it is declined: {outcome}")
        return outcome

    def _beyond(self, case: Case, why: str = "") -> SetAsideError:
        """A case is set aside because of a limit."""
        limits = limits_in(self.offer.features.get(case.operator, ()))
        told = ", ".join(map(in_words, limits))
        self.record.beyond += 1
        self.record.set_aside = why or f"it lies beyond the limits: {told}"
        return SetAsideError(self.record.set_aside)

    def refused_nowhere(self, operator: str) -> None:
        """Nothing legal may be refused; each kind of what is refused is on record."""
        refused = self.offer.refused.get(operator, [])
        for one in refused:
            case = self.classed(one.case)
            with suppress(NonConformanceError):
                self.record.add(case, one.outcome, judge(case, one.outcome), refused=one)
        if not refused:
            case = self.case(operator, lambda low, _: low)
            outcome = self.run(case)
            answered = isinstance(outcome, Answer)
            self.record.add(
                case, outcome, Judgement(Verdict.PASS) if answered else judge(case, outcome)
            )

    def check(self, case: Case, *, bound: Array | None = None) -> Array:
        """The answer to a legal case must be right (within `bound`, if given). Returns it.

        Of several outputs all are judged, and the first comes back, unless the case looks at one.
        """
        case = self.classed(case)
        if bound is not None:
            self.by_standard(case)
        outcome = self.run(case)
        self.record.add(case, outcome, judge(case, outcome, bound))
        self._answered(case)
        first, *_ = [self._settled(view, outcome) for view in case.views]
        return first

    def passes(self, operator: str, vectors: Iterable[Vector]) -> None:
        """All vectors within the offer must be answered as they say; each failure is on record."""
        features, dialects = self.features(operator), self.offer.stated_of(operator)
        within = (offered(v, features) for v in vectors)
        asked = [*filter(None, (under(v, dialects) for v in within if v))]
        if not asked:
            lack = f"{operator} does not offer what the vectors ask for"
            self.record.add(_NOTHING, Missing(lack), Judgement(Verdict.NOT_IMPLEMENTED, lack))
        for vector in asked:
            law = vector.question.rule or LAWS.get(vector.question.law, "")
            run = self.ask_illegal if vector.question.rule else self.run
            with suppress(NonConformanceError, SetAsideError):
                for case, outcome, judgement in judgements(vector, run):
                    self.record.add(case, outcome, judgement, law)

    def vectors(self, operator: str, clause: str) -> list[Vector]:
        """The vectors of an operator that are evidence of a clause."""
        return [v for v in self._vectors[operator] if clause in v.question.clauses]

    def answer(self, case: Case) -> Array:
        """The answer to a legal case, of the right shape, whatever its numbers."""
        case = self.classed(case)
        self._answered(case)
        outcome = self.run(case)
        if not isinstance(outcome, Answer):
            self.record.add(case, outcome, judge(case, outcome))
        assert isinstance(outcome, Answer)
        expected, got = shape_of(case), outcome.seen(case)
        if got.shape != expected:
            self.record.add(case, outcome, wrong_shape(expected, got.shape))
        return self._settled(case, outcome)

    def helper(self, case: Case) -> Array:
        """The right answer of another operator that a law needs; else the law is not judged."""
        case = self.classed(case)
        self.by_standard(case)
        outcome = self.run(case)
        if judge(case, outcome).verdict is Verdict.FAIL:
            self.record.not_judged = f"{case.operator}, which this law needs, is not right"
            raise EnoughSeenError(self.record.not_judged)
        return self._settled(case, outcome)

    def _settled(self, case: Case, outcome: Outcome) -> Array:
        """The answer as laws are tested on it; which case it is to is kept for `same`."""
        assert isinstance(outcome, Answer)
        self._had.append(case)
        return settled(case, outcome.seen(case))

    def has_shape(self, case: Case) -> None:
        """The answer to a legal case must have the right shape, whatever its numbers."""
        case = self.classed(case)
        if ruled(case) is None:
            outcome = self.run(case)
            self.record.add(case, outcome, judge(case, outcome))
        else:
            self.record.add(case, _alone(case, self.answer(case)), Judgement(Verdict.PASS))

    def same(
        self, case: Case, got: Array, expected: Array, law: str, bound: Array | float | None = None
    ) -> None:
        """By `law`, `got` (an answer to `case`) must equal `expected`, or be within `bound`.

        Without a bound, all is set aside unless every answer that the test has had so far
        is what the equation gives, never rounded.
        """
        self.by_standard(case)
        if bound is None and not all(map(_unrounded, self._had)):
            self._set_aside(ROUNDED)
        off = np.asarray(0 if bound is None else bound, np.float64)
        allowed = np.broadcast_to(off, expected.shape)
        judgement = compare(Expected(expected, np.zeros(()), allowed), got, case.dtype)
        self.record.add(case, _alone(case, got), judgement, law)

    def holds(self, case: Case, got: Array, truth: Array, law: str) -> None:
        """By `law`, `truth` must be true at every element of `got`, an answer to `case`."""
        self.by_standard(case)
        judgement = Judgement(Verdict.PASS)
        if not np.all(truth):
            bad = np.argwhere(~np.broadcast_to(truth, got.shape))
            index = tuple(int(i) for i in bad[0])
            judgement = Judgement(
                Verdict.FAIL, f"does not hold: {law}", index, got=float(got[index])
            )
        self.record.add(case, _alone(case, got), judgement, law)

    def refuses(self, case: Case, rule: str) -> None:
        """A case that breaks `rule` must raise an exception."""
        outcome = self.ask_illegal(case)
        self.record.add(case, outcome, judge_refusal(outcome, rule), rule)

    def ask_illegal(self, case: Case) -> Outcome:
        """Ask an illegal case, in a process of its own; what a call cannot say is set aside."""
        self.record.before()
        outcome = self.iut.run_illegal(case)
        if isinstance(outcome, Missing) and outcome.asked:
            raise self._beyond(case, "its calls have no place for what is to be refused")
        return outcome

    def keeps_dtype(self, case: Case) -> None:
        """The answer to a legal case must have its dtype, whatever its numbers."""
        y = self.answer(case)
        self.holds(
            case,
            y,
            np.full(y.shape, y.dtype == case.dtype),
            f"the answer to {case.dtype} is {case.dtype}, not {y.dtype}",
        )

    def has_no_fault(self, case: Case, forbidden: Collection[str], law: str) -> None:
        """A call must have none of the `forbidden` side effects."""
        case = self.classed(case)
        self._answered(case)
        outcome = self.run(case)
        self.record.add(case, outcome, judge_faults(case, outcome, forbidden), law)

    def _answered(self, case: Case) -> None:
        """Set a case aside that a stated dialect refuses."""
        if ruled(case) is None:
            self._set_aside(self._ruled_otherwise)

    def by_standard(self, case: Case) -> None:
        """Set a case aside on which a stated dialect says something else than the laws."""
        case = self.classed(case)
        if ruled(case) is not case:
            self._set_aside(self._ruled_otherwise)

    @property
    def _ruled_otherwise(self) -> str:
        stated = sorted({name for names in self.offer.dialects.values() for name in names})
        return f"it has another rule by the stated dialect {', '.join(stated)}"

    def exactly(self, *terms: tuple[float, Array]) -> Array:
        """The sum of factors times answers, on which a law is tested; aside if it rounds."""
        found = combination(*terms)
        if found is None:
            self._set_aside(ROUNDED)
        return found

    def _set_aside(self, why: str) -> NoReturn:
        self.record.set_aside = why
        raise SetAsideError(why)

    def needs(self, operator: str, *forms: str) -> None:
        """Give the test up as not implemented unless all `forms` ("a|b" is either) are offered."""
        if lack := self.offer.lacks(operator, forms):
            self.record.add(_NOTHING, Missing(lack), Judgement(Verdict.NOT_IMPLEMENTED, lack))


def _unrounded(case: Case) -> bool:
    rule = ruled(case)
    return rule is not None and unrounded(rule)


_NOTHING = Case(operator=OPERATORS[0], inputs={})


def _alone(case: Case, array: Array) -> Answer:
    """An answer of which only the output that a case looks at counts."""
    return Answer({case.looks_at: array})
