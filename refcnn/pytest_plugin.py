"""The specification under pytest: the `iut` fixture, the clause marker, the verdicts.

Options: `--iut FILE` (default: refcnn's own operators), `--iut-profile`,
`--iut-seed`. Every test of the suite names its clause; what the judge saw is kept
per test, and a failure shows its card in place of a traceback.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import pytest

import refcnn
from refcnn.harness.python import PythonFunctions
from refcnn.harness.statement import Statement
from refcnn.implementations.context import Failure, Record, Subject, Vectors
from refcnn.implementations.process import CouldNotStart, ProcessIUT
from refcnn.implementations.targets import python
from refcnn.reports.asking import STANDARD
from refcnn.reports.asking import reason as why
from refcnn.reports.card import plain_card
from refcnn.suite.capabilities import EVERYTHING, Offer, Said
from refcnn.suite.case import Case, Outcome
from refcnn.suite.clauses import Clause, clauses
from refcnn.suite.dialects import replaced
from refcnn.suite.judge import Verdict
from refcnn.suite.limits import limit
from refcnn.suite.numerics import CLASSES, has_classes
from refcnn.suite.probe import find_out
from refcnn.suite.recorder import Log, Runs
from refcnn.suite.sampling import PROFILES, use_profile

RECORD = pytest.StashKey[Record]()
TRIAL = pytest.StashKey["Trial"]()


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The verdict of one test on one clause for one operator."""

    clause: Clause
    operator: str
    test: str
    verdict: Verdict
    reason: str = ""
    cases: int = 0
    fraction: float = 0.0
    failure: Failure | None = None
    beyond: int = 0  # cases that a limit took away


class Trial:
    """One run of the suite: who is tried, what they offer, and the results so far."""

    def __init__(self, iut: Runs, offer: Offer, *, own: bool, levels: tuple[str, ...] = ()) -> None:
        """Try `iut` within `offer`; `own` if it is refcnn itself, layers and all.

        Clauses are asked of the stated `levels` alone; none stated means all.
        """
        self.iut = iut if isinstance(iut, Log) else Log(iut)
        self.offer, self.own, self.levels = offer, own, levels
        self.vectors: Vectors | None = None  # None: the public ones
        self.results: list[Result] = []
        self.listener: Callable[[Result], None] = lambda _: None

    @property
    def statement(self) -> Statement:
        """What is stated of who is tried."""
        said: Statement = getattr(self.iut.iut, "statement", STANDARD)
        return said

    def add(self, result: Result) -> None:
        """Keep a result and tell the listener."""
        self.results.append(result)
        self.listener(result)


def reference() -> Trial:
    """refcnn's own operators, in this process."""
    return Trial(PythonFunctions(vars(refcnn)), EVERYTHING, own=True)


class Stated(Runs, Protocol):
    """An implementation that has said what it offers."""

    statement: Statement


def _said_of(said: Statement, operator: str, dtypes: tuple[str, ...]) -> Said:
    """What is stated of an operator; only limits that are about it count."""
    about = [name for name in said.of("limits", operator) if operator in limit(name).operators]
    stated = dtypes or said.of("dtypes", operator)
    return Said(stated, tuple(about), said.of("dialects", operator))


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
        for operator in filter(has_classes, offer.features):
            offer.features[operator] |= {said.algorithm}
    return Trial(log, offer, own=False, levels=said.levels)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("refcnn", "the implementation under test")
    group.addoption("--iut", metavar="FILE", help="Python file to check (default: refcnn itself)")
    group.addoption(
        "--iut-profile", choices=list(PROFILES), default="tox", help="how many cases to try"
    )
    group.addoption("--iut-seed", type=int, help="explore other cases than the usual ones")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, set the number of cases, start the implementation."""
    config.addinivalue_line("markers", "clause(id, operator=None): the clause that a test checks")
    config.addinivalue_line("markers", "golden: asks frozen vectors, before any other test")
    config.addinivalue_line("markers", "own: about refcnn itself, not about an implementation")
    config.addinivalue_line("markers", "keras: needs TensorFlow")
    use_profile(config.getoption("--iut-profile"), config.getoption("--iut-seed"))
    if TRIAL in config.stash:
        return
    if target := config.getoption("--iut"):
        if not Path(target).is_file():
            raise pytest.UsageError(f"--iut: there is no file {target}")
        try:
            iut = python(target)
            config.add_cleanup(iut.close)
            config.stash[TRIAL] = trial_of(iut)
        except CouldNotStart as error:
            raise pytest.UsageError(f"--iut: {target} cannot be checked: {error}") from None
    else:
        config.stash[TRIAL] = reference()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Vectors first, what must be refused last; what is about refcnn itself only if it is asked."""
    items.sort(key=_place)
    own = config.stash[TRIAL].own
    left_out = [item for item in items if not own and item.get_closest_marker("own")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    for item in items:
        if clause := clause_of(item):
            operator_of(item, clause)  # a test that names no clause or operator ends the run here


def _place(item: pytest.Item) -> tuple[bool, bool]:
    clause = clause_of(item)
    refusal = clause is not None and clause.refusal
    return refusal, item.get_closest_marker("golden") is None


def clause_of(item: pytest.Item) -> Clause | None:
    """The clause that a test names; raises UsageError if there is no such clause."""
    marker = item.get_closest_marker("clause")
    if marker is None:
        return None
    if marker.args[0] not in clauses():
        raise pytest.UsageError(f"{item.nodeid} names {marker.args[0]}, which is no clause")
    return clauses()[marker.args[0]]


def operator_of(item: pytest.Item, clause: Clause) -> str:
    """The operator that a test is about: its parameter `operator`, else the clause's only one."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    operator = parameters.get("operator", clause.operators[0])
    if operator not in clause.operators or ("operator" not in parameters and clause.operators[1:]):
        raise pytest.UsageError(
            f"{item.nodeid} does not say which operator of {clause.id} it tests"
        )
    return str(operator)


@pytest.fixture
def iut(request: pytest.FixtureRequest) -> Subject:
    """The implementation under test, to be asked and judged."""
    trial, record = request.config.stash[TRIAL], Record()
    request.node.stash[RECORD] = record
    clause = clause_of(request.node)
    if clause is not None:
        operator = operator_of(request.node, clause)
        if operator != "model" and operator not in trial.offer.features:
            record.not_implemented = f"there is no function {operator}"
            pytest.skip(record.not_implemented)
        if trial.levels and clause.level not in trial.levels:
            record.not_judged = f"the statement asks for {' and '.join(trial.levels)} alone"
            pytest.skip(record.not_judged)
    return Subject(trial.iut, trial.offer, record, trial.vectors)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn what the judge saw into a verdict; show a failure as its card."""
    report = yield
    clause = clause_of(item)
    record = item.stash.get(RECORD, None)
    if clause is None or (
        report.when != "call" and not (report.when == "setup" and report.outcome != "passed")
    ):
        return report
    verdict, reason = _verdict(report, record)
    failure = record.failure if record else None
    operator = operator_of(item, clause)
    if verdict is Verdict.FAIL and failure:
        report.outcome = "failed"
        stated = item.config.stash[TRIAL].statement
        report.longrepr, reason = plain_card(clause, failure, stated), why(failure, stated)
    elif verdict in (Verdict.WEAK, Verdict.ERROR) and report.outcome == "passed":
        report.outcome, report.longrepr = "failed", f"{clause.id}: {reason}"
    if verdict is Verdict.PASS:
        dialects = item.config.stash[TRIAL].offer.stated_of(operator)
        if by := replaced(dialects, operator, clause.id):
            verdict, reason = Verdict.SKIPPED, f"right by the rule of the dialect {', '.join(by)}"
    cases, fraction = (record.cases, record.fraction) if record else (1, 0.0)
    beyond = record.beyond if record else 0
    result = Result(clause, operator, item.name, verdict, reason, cases, fraction, failure, beyond)
    item.config.stash[TRIAL].add(result)
    return report


def _verdict(report: pytest.TestReport, record: Record | None) -> tuple[Verdict, str]:
    """The verdict on a test, from what the judge saw first, and what pytest saw second."""
    skipped = crashed = None
    if report.outcome == "skipped":
        longrepr: Any = report.longrepr
        reason = str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)
        skipped = reason.removeprefix("Skipped: ")
    elif report.outcome == "failed" and record is None:
        return Verdict.FAIL, report.longreprtext
    elif report.outcome == "failed":
        crash = getattr(report.longrepr, "reprcrash", None)
        crashed = str(getattr(crash, "message", report.longrepr)).partition("\n")[0]
    return verdict_of(record, skipped, crashed)


def verdict_of(
    record: Record | None, skipped: str | None, crashed: str | None
) -> tuple[Verdict, str]:
    """The verdict on a test that was `skipped` or `crashed` (each with why) or came to its end."""
    if record and record.failure:
        return Verdict.FAIL, record.failure.judgement.reason
    if record and record.not_judged:
        return Verdict.SKIPPED, record.not_judged
    if record and record.not_implemented:
        return Verdict.NOT_IMPLEMENTED, record.not_implemented
    if record and record.set_aside and not record.cases:
        return Verdict.SKIPPED, record.set_aside
    if skipped is not None:
        return Verdict.SKIPPED, skipped
    if crashed is not None:
        return Verdict.ERROR, crashed
    if record and not record.cases:
        return Verdict.ERROR, "the test judged no case"
    if record and record.almost_nothing:
        return Verdict.SKIPPED, f"almost nothing of it could be asked: {record.set_aside}"
    if record and record.weak:
        return Verdict.WEAK, "an implementation that returns zeros would pass too"
    return Verdict.PASS, ""
