"""Running the specification on an implementation: check after check."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from refcnn.diagnosis.alone import kept_between_calls
from refcnn.diagnosis.as_read import named_as_read
from refcnn.diagnosis.declines import Limits, limits_of
from refcnn.diagnosis.diagnosis import Diagnosis, diagnose
from refcnn.diagnosis.halves import fits_its_forward_pass
from refcnn.diagnosis.identify.failing import MOST_EQUATIONS, deviation
from refcnn.diagnosis.identify.shapes import is_offered
from refcnn.diagnosis.power import REFERENCE
from refcnn.diagnosis.thresholds import threshold
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.process import ProcessIUT
from refcnn.implementations.trial import Result, Stated, Trial, attempt, trial_of, undisturbed
from refcnn.reports.shown import shown
from refcnn.reports.summary import Finding, Summary, findings
from refcnn.suite.case import Answer, Case
from refcnn.suite.checks import VECTORS, Check, checks
from refcnn.suite.context import Vectors
from refcnn.suite.mutants import mutants
from refcnn.suite.recorder import Entry, Runs
from refcnn.suite.registry import OPERATORS, record
from refcnn.suite.sampling import trying


@dataclass(frozen=True, slots=True)
class Options:
    """What to check, and how thoroughly."""

    operators: tuple[str, ...] = ()  # empty: all
    clauses: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    profile: str = "standard"
    seed: int | None = None
    vectors: Vectors | None = None  # None: the public ones
    strict: bool = False  # whether clauses of every level decide


def chosen(options: Options) -> list[Check]:
    """The checks that are wanted, in the order in which they are made."""
    return [check for check in checks() if _wanted(check, options)]


def _wanted(check: Check, options: Options) -> bool:
    if options.profile == "quick" and not check.golden:
        return False  # the vectors alone
    about = not options.operators or check.operator in options.operators
    return about and (not options.clauses or check.clause.id in options.clauses)


def _applies(check: Check, trial: Trial, options: Options) -> bool:
    """Whether who is tried has the operator of a check, or it is usual, or asked for by name."""
    return check.operator in options.operators or not trial.lacks_what_goes_beyond(check)


def check(
    target: str,
    iut: Stated,
    options: Options,
    *,
    begin: Callable[[int], None] = lambda _: None,
    listener: Callable[[Result], None] = lambda _: None,
    name_mistakes: bool = True,
    words: tuple[str, ...] = (),
    command: tuple[str, ...] = ("check",),
    phase: Callable[[str], None] = lambda _: None,
    start: float = 0.0,
) -> Summary:
    """Run the suite on a started implementation and put the results together.

    `words` name the target on a command line that begins with `command` (default:
    `target` alone, after "check"). `begin` is
    told the number of checks, `listener` every result, `phase` what is done next. Mistakes are
    recognised where something failed, unless `name_mistakes` is false. `start` is how many
    seconds were spent before.
    """
    clock = _Clock(start)
    phase("asking")
    needed = {*options.operators, *(op for o in options.operators for op in record(o).needs)}
    offered = tuple(op for op in iut.statement.operators if op in needed)
    trial = trial_of(iut, options.dtypes, offered)
    trial.vectors = options.vectors
    wanted = [one for one in chosen(options) if _applies(one, trial, options)]
    begin(len(wanted))
    results = []
    with undisturbed(), trying(options.profile, options.seed):
        for one in wanted:
            results.append(attempt(one, trial))
            listener(results[-1])
    found = findings(results, iut.statement)
    clock.stop("questions")
    phase("naming mistakes")
    summary = Summary(
        target=target,
        statement=iut.statement,
        offer=trial.offer,
        profile=options.profile,
        seed=options.seed,
        findings=found,
        violations=tuple(getattr(iut, "violations", ())),
        words=words or (target,),
        command=command,
        limits=limits_by_operator(trial, options.operators),
        strict=options.strict,
        whole=not options.clauses,
    )
    if name_mistakes:
        known = replace(
            summary, diagnoses=diagnoses(trial, summary), fitting=fitting(trial, summary)
        )
        summary = shown(trial, known)
    clock.stop("diagnosis")
    return replace(summary, times=clock.times)


class _Clock:
    """Seconds by phase."""

    def __init__(self, start: float) -> None:
        self.times, self._last = {"start": start}, time.perf_counter()

    def stop(self, phase: str) -> None:
        """The phase ends here."""
        now = time.perf_counter()
        self.times[phase], self._last = now - self._last, now


def limits_by_operator(trial: Trial, operators: Collection[str]) -> dict[str, Limits]:
    """The limits of each of the `operators` (none named: of all) that has some."""
    entries, offer = trial.iut.entries, trial.offer
    judged = [op for op in offer.features if op in (operators or offer.features)]
    every = {op: limits_of(op, entries[op], offer) for op in judged}
    return {op: limits for op, limits in every.items() if limits}


def diagnoses(trial: Trial, summary: Summary) -> dict[str, Diagnosis]:
    """By operator that failed a clause which decides: what is wrong with it."""
    failed = {f.operator for f in summary.failed if _is_unexplained(f)} - {"model"}
    logs = {o: trial.iut.entries[o] for o in OPERATORS if o in failed}
    offered, ask = trial.offer.features, trial.iut.iut.run
    known = (diagnose(o, log, offered[o], ask) for o, log in logs.items())
    found = {diagnosis.operator: diagnosis for diagnosis in known if diagnosis}
    return {op: _read(one, summary, logs[op], trial.iut.iut) for op, one in found.items()}


def _read(diagnosis: Diagnosis, summary: Summary, log: Sequence[Entry], iut: Runs) -> Diagnosis:
    """With what it computes otherwise, where it gave wrong numbers to what is legal.

    A mistake that would compute something else is not named.
    """
    wrong = _wrong_numbers(summary, diagnosis.operator)
    if not wrong or diagnosis.is_stated or not record(diagnosis.operator).read_in:
        return diagnosis
    known = [one.case for one in log if one.legal and isinstance(one.outcome, Answer)]
    most = 1 if diagnosis.complete else MOST_EQUATIONS
    features = summary.offer.features[diagnosis.operator]
    offered = partial(is_offered, features=features)
    found = diagnosis.beside(deviation(iut.run, known, wrong, most=most, offered=offered))
    found = named_as_read(found, log, features, iut.run)
    if found.mistakes:
        return found
    if isinstance(iut, ProcessIUT) and (
        kept := kept_between_calls(wrong, iut.restart, iut.run)
    ):  # what was read follows from what was asked before
        return replace(diagnosis, mistakes=(), explained=0, kept=kept)
    said = (threshold(case, iut.run) for case in sorted(wrong, key=lambda case: case.size))
    return replace(found, threshold=next(filter(None, said), ""))


def _wrong_numbers(summary: Summary, operator: str) -> list[Case]:
    """The cases of an operator that were shown to give wrong numbers to what is legal."""
    own = (finding for finding in summary.failed if finding.operator == operator)
    failures = (result.failure for finding in own for result in finding.failed)
    found = [one for one in failures if one and isinstance(one.outcome, Answer) and not one.law]
    return [one.case for one in found]


def fitting(trial: Trial, summary: Summary) -> frozenset[str]:
    """The gradients that fail and yet are those of their own forward pass, which fails, too."""
    failed = {f.operator for f in summary.failed}
    halves = [op for op in OPERATORS if op in failed and record(op).gradient_of in failed]
    entries, ask = trial.iut.entries, trial.iut.iut.run
    return frozenset(op for op in halves if fits_its_forward_pass(op, entries[op], ask))


def _is_unexplained(finding: Finding) -> bool:
    """Whether a clause fails, and not only because something legal is refused."""
    return any(r.failure is None or not r.failure.refused for r in finding.failed)


def killing_properties(name: str, profile: str = "standard") -> list[str]:
    """Names of the checks that a mutant fails, those of vectors left out."""
    mutant = next(m for m in mutants() if m.id == name)
    functions = {**REFERENCE, mutant.operator: mutant.build()}
    options = Options(operators=(mutant.operator,), profile=profile)
    summary = check(mutant.id, LocalIUT(functions), options, name_mistakes=False)
    results = (result for finding in summary.findings for result in finding.failed)
    return [result.test for result in results if not result.test.startswith(VECTORS)]
