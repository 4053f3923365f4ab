"""One run of the suite on an implementation: what it offers, and the verdict of each check."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol
from unittest import SkipTest

import numpy as np

from refcnn.harness.python import PythonFunctions
from refcnn.harness.statement import Statement
from refcnn.implementations.process import ProcessIUT
from refcnn.suite.capabilities import EVERYTHING, Offer, Said
from refcnn.suite.case import Case, Outcome
from refcnn.suite.checks import Check
from refcnn.suite.clauses import Clause
from refcnn.suite.context import Context, Failure, Record, Vectors
from refcnn.suite.dialects import replaced
from refcnn.suite.judge import Verdict
from refcnn.suite.limits import limit
from refcnn.suite.numerics import CLASSES, classes_of
from refcnn.suite.probe import find_out
from refcnn.suite.recorder import Log, Runs
from refcnn.suite.registry import OPERATORS, USUAL, records


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The verdict of one check on one clause for one operator."""

    clause: Clause
    operator: str
    test: str  # the name of the check
    verdict: Verdict
    reason: str = ""
    cases: int = 0
    fraction: float = 0.0
    failure: Failure | None = None
    beyond: int = 0  # cases that a limit took away
    error: Exception | None = None  # what went wrong in the check itself


STANDARD = Statement("refcnn", OPERATORS)  # layouts and calls of the specification


class Trial:
    """One run of the suite: who is tried, what they offer, and the results so far."""

    def __init__(self, iut: Runs, offer: Offer, *, levels: tuple[str, ...] = ()) -> None:
        """Try `iut` within `offer`.

        Clauses are asked of the stated `levels` alone; none stated means all.
        """
        self.iut = iut if isinstance(iut, Log) else Log(iut)
        self.offer, self.levels = offer, levels
        self.vectors: Vectors | None = None  # None: the public ones

    @property
    def statement(self) -> Statement:
        """What is stated of who is tried."""
        said: Statement = getattr(self.iut.iut, "statement", STANDARD)
        return said

    def lacks_what_goes_beyond(self, check: Check) -> bool:
        """Whether a check is about an operator that few have, and this one has not."""
        few = check.operator in OPERATORS and check.operator not in USUAL
        return few and check.operator not in self.offer.features

    def context(self, record: Record) -> Context:
        """What a check is given."""
        return Context(self.iut, self.offer, record, self.vectors)


class Stated(Runs, Protocol):
    """An implementation that has said what it offers."""

    statement: Statement


def reference() -> Trial:
    """refcnn's own operators, in this process."""
    return Trial(
        PythonFunctions({name: one.reference for name, one in records().items()}), EVERYTHING
    )


def trial_of(iut: Stated, dtypes: tuple[str, ...] = (), operators: tuple[str, ...] = ()) -> Trial:
    """A started implementation, with what it offers of these operators (none: all) found out."""
    forgive = iut.forgive if isinstance(iut, ProcessIUT) else lambda _: None
    said, log = iut.statement, Log(iut)
    of = {op: _said_of(said, op, dtypes) for op in said.operators}

    def ask(case: Case) -> Outcome:
        dialects = of[case.operator].dialects
        return log.run(replace(case, algorithm=said.algorithm, dialects=dialects))

    offer = find_out(ask, operators or said.operators, of, forgive)
    if said.algorithm in CLASSES:
        for operator in filter(classes_of, offer.features):
            offer.features[operator] |= {said.algorithm}
    return Trial(log, offer, levels=said.levels)


def _said_of(said: Statement, operator: str, dtypes: tuple[str, ...]) -> Said:
    """What is stated of an operator; only limits that are about it count."""
    about = [name for name in said.of("limits", operator) if operator in limit(name).operators]
    stated = dtypes or said.of("dtypes", operator)
    return Said(stated, tuple(about), said.of("dialects", operator))


def attempt(check: Check, trial: Trial) -> Result:
    """Make a check of who is tried; whatever goes wrong in it is a verdict, too."""
    record, error = Record(), None
    if not _give_up(check, trial, record):
        try:
            check.run(trial.context(record))
        except Exception as raised:  # noqa: BLE001 - the record says what it means
            error = raised
    verdict, reason = verdict_of(record, error)
    if verdict is Verdict.PASS:
        stated = trial.offer.stated_of(check.operator)
        if by := replaced(stated, check.operator, check.clause.id):
            verdict, reason = Verdict.SKIPPED, f"right by the rule of the dialect {', '.join(by)}"
    return Result(
        check.clause,
        check.operator,
        check.full_name,
        verdict,
        reason,
        record.cases,
        record.fraction,
        record.failure,
        record.beyond,
        error if verdict is Verdict.ERROR else None,
    )


def _give_up(check: Check, trial: Trial, record: Record) -> bool:
    """Whether a check does not apply; the record says why."""
    if check.operator in OPERATORS and check.operator not in trial.offer.features:
        record.not_implemented = f"there is no function {check.operator}"
        return True
    if trial.levels and check.clause.level not in trial.levels:
        record.not_judged = f"the statement asks for {' and '.join(trial.levels)} alone"
        return True
    return False


@contextmanager
def undisturbed() -> Iterator[None]:
    """Warnings and floating-point flags as a process begins with; none is an error."""
    with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("ignore")
        yield


def verdict_of(record: Record, error: Exception | None) -> tuple[Verdict, str]:
    """The verdict on a check that raised `error`, or came to its end."""
    if record.failure:
        return Verdict.FAIL, record.failure.judgement.reason
    if record.not_judged:
        return Verdict.SKIPPED, record.not_judged
    if record.not_implemented:
        return Verdict.NOT_IMPLEMENTED, record.not_implemented
    if record.set_aside and not record.cases:
        return Verdict.SKIPPED, record.set_aside
    if isinstance(error, SkipTest):
        return Verdict.SKIPPED, str(error)
    if error is not None:
        told = f"{type(error).__name__}: {error}"
        return Verdict.ERROR, told.partition("\n")[0]
    if not record.cases:
        return Verdict.ERROR, "the check judged no case"
    if record.almost_nothing:
        return Verdict.SKIPPED, f"almost nothing of it could be asked: {record.set_aside}"
    if record.weak:
        return Verdict.WEAK, "an implementation that returns zeros would pass too"
    return Verdict.PASS, ""
