"""Running the specification on an implementation: pytest, told quietly."""

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from refcnn import pytest_plugin
from refcnn.diagnosis.declines import Limits, limits_of
from refcnn.diagnosis.diagnosis import Diagnosis, diagnose
from refcnn.implementations.context import Vectors
from refcnn.pytest_plugin import TRIAL, Result, Stated, Trial, clause_of, operator_of, trial_of
from refcnn.reports.summary import Finding, Summary, findings
from refcnn.shown import shown
from refcnn.suite.paths import suite
from refcnn.suite.registry import OPERATORS, record

# How pytest ends when every test has run.
COMPLETE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


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


NOT_NEEDED = (
    "terminal",
    "cacheprovider",
    "logging",
    "faulthandler",
    "unraisableexception",
    "threadexception",
)


class SuiteError(RuntimeError):
    """The suite did not run to its end: a fault of refcnn, not of the implementation."""


class _Quiet:
    """A pytest plugin: brings the trial along, selects tests, reports progress."""

    def __init__(self, trial: Trial, options: Options, begin: Callable[[int], None]) -> None:
        self.trial, self.options, self.begin = trial, options, begin
        self.selected, self.interrupted = -1, False

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[TRIAL] = self.trial

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self._wanted(item)]
        self.selected = len(items)
        self.begin(len(items))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.type is KeyboardInterrupt  # not that collection failed

    def _wanted(self, item: pytest.Item) -> bool:
        clause, options = clause_of(item), self.options
        if clause is None:
            return True  # a test that gives no verdict: `check` will refuse the run
        if options.profile == "quick" and not item.get_closest_marker("golden"):
            return False  # the vectors alone
        operator = operator_of(item, clause)
        return (not options.clauses or clause.id in options.clauses) and (
            not options.operators or operator in options.operators
        )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No foreign plugins or options: the same suite for everybody."""
    mine = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}
    before = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


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
    told the number of tests, `listener` every result, `phase` what is done next. Mistakes are
    recognised where something failed, unless `name_mistakes` is false. `start` is how many
    seconds were spent before. Raises SuiteError unless every test of the suite gave a verdict.
    """
    clock = _Clock(start)
    phase("asking")
    needed = {*options.operators, *(op for o in options.operators for op in record(o).needs)}
    chosen = tuple(op for op in iut.statement.operators if op in needed)
    trial = trial_of(iut, options.dtypes, chosen)
    trial.listener, trial.vectors = listener, options.vectors
    quiet = _Quiet(trial, options, begin)
    with _undisturbed():
        status = pytest.main(_arguments(suite(), options), plugins=[pytest_plugin, quiet])
    if quiet.interrupted:
        raise KeyboardInterrupt
    if status not in COMPLETE or quiet.selected != len(trial.results):
        raise SuiteError(f"{len(trial.results)} of {quiet.selected} tests gave a verdict")
    found = findings(trial.results)
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
        summary = shown(trial, replace(summary, diagnoses=diagnoses(trial, summary)))
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
    return {diagnosis.operator: diagnosis for diagnosis in known if diagnosis}


def _is_unexplained(finding: Finding) -> bool:
    """Whether a clause fails, and not only because something legal is refused."""
    return any(r.failure is None or not r.failure.refused for r in finding.failed)


def _arguments(directory: Path, options: Options) -> list[str]:
    quiet = ["--capture=no", "--noconftest", "--assert=plain", "--import-mode=importlib"]
    without = [f"-pno:{name}" for name in NOT_NEEDED]
    seed = [] if options.seed is None else [f"--iut-seed={options.seed}"]
    slow = "--ignore-glob=*/test_keras_*"  # would import TensorFlow, only to be left out
    place = [
        slow,
        f"--rootdir={directory}",
        f"-c{Path(__file__).parent / 'suite.ini'}",
        str(directory),
    ]
    return [*quiet, *without, "-mnot own", f"--iut-profile={options.profile}", *seed, *place]
