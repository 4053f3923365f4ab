"""What is shown of failures: the most readable case of each, and how it is had again.

All of it was confirmed by asking: a case that is shown fails, the clause fails again when it
alone is asked of a new process, and the lines of a replay do what was observed.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.diagnosis.observed import same
from refcnn.diagnosis.readable import Judge, readable
from refcnn.harness.python import PythonFunctions
from refcnn.implementations.process import ProcessIUT
from refcnn.implementations.trial import Result, Trial
from refcnn.reports.replay import replay, replay_program
from refcnn.reports.summary import Finding, Summary
from refcnn.suite.checks import checks
from refcnn.suite.context import Context, Failure, Record
from refcnn.suite.judge import SIDE_EFFECT, judge_faults
from refcnn.suite.limits import AND, within
from refcnn.suite.mutants.mutant import compose
from refcnn.suite.predicates import true_of
from refcnn.suite.recorder import Log

Keeps = Callable[[Failure], bool]


def shown(trial: Trial, summary: Summary) -> Summary:
    """The summary with the most readable failures on its cards, and how to have them again."""
    cards = {(f.clause.id, f.operator) for f in summary.on_cards()}
    found = tuple(
        _made_readable(trial, summary, f) if (f.clause.id, f.operator) in cards else f
        for f in summary.findings
    )
    told = replace(summary, findings=found)
    again = [f for f in told.on_cards() if _fails_again(trial, f)]
    return replace(
        told,
        replayed=frozenset((f.clause.id, f.operator) for f in again),
        replays={(f.clause.id, f.operator): tuple(_lines(told, f)) for f in told.on_cards()},
    )


def _made_readable(trial: Trial, summary: Summary, finding: Finding) -> Finding:
    """The finding with the most readable case that shows the same."""
    worst = finding.worst
    if worst.failure is None:
        return finding
    keeps = _keeps(summary.diagnoses.get(finding.operator), worst.failure)
    better = readable(
        worst.failure,
        trial.iut.iut.run,
        clause=finding.clause.id,
        keeps=keeps,
        judged=_by_side_effects(worst.failure),
    )
    better = replace(better, refused=worst.failure.refused)
    results = tuple(_with(better, r) if r is worst else r for r in finding.results)
    return replace(finding, results=results)


def _by_side_effects(failure: Failure) -> Judge | None:
    """The judge of what a call must leave as it was, if a failure is of that kind."""
    if failure.judgement.reason.startswith(SIDE_EFFECT):
        return partial(judge_faults, forbidden=getattr(failure.outcome, "faults", ()))
    return None


def _with(failure: Failure, result: Result) -> Result:
    return replace(result, failure=failure, reason=failure.judgement.reason)


def _keeps(diagnosis: Diagnosis | None, failure: Failure) -> Keeps:
    """What must stay true of a case that is shown in place of a failure."""
    if refused := failure.refused:
        names = [limit.name for limit in refused.limits]
        return lambda one: not within(one.case, names)
    if diagnosis is None:
        return lambda _: True
    if diagnosis.complete and diagnosis.mistakes:
        function = compose(diagnosis.mistakes).build()
        run = PythonFunctions({diagnosis.operator: function}).run
        return lambda one: same(run(one.case), one.outcome)
    where = {*diagnosis.trait.where.split(AND)} if diagnosis.trait else set()
    return lambda one: where <= true_of(one.case)


def _fails_again(trial: Trial, finding: Finding) -> bool:
    """Ask the tests of a clause of a new process."""
    iut = trial.iut.iut
    if isinstance(iut, ProcessIUT):
        iut.restart()
    for check in checks():
        if (check.clause.id, check.operator) == (finding.clause.id, finding.operator):
            record = Record()
            context = Context(Log(iut), trial.offer, record, trial.vectors)
            with suppress(Exception), np.errstate(all="ignore"):
                check.run(context)
            if record.failure:
                return True
    return False


def _lines(summary: Summary, finding: Finding) -> list[str]:
    """Lines that replay the failure that is shown, if there are some that do."""
    failure = finding.worst.failure
    if failure is None or summary.command != ("check",) or failure.law:
        return []
    if "--exec" in summary.words:
        return replay_program(summary.target, failure, summary.statement)
    return replay(summary.target, failure, summary.statement)
