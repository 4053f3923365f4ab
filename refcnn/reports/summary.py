"""Results of a run as verdicts on clauses, counted, and as JSON."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields, replace
from typing import Any

from refcnn.diagnosis.declines import Limits
from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.diagnosis.observed import is_right
from refcnn.harness.statement import Statement
from refcnn.implementations.trial import Result
from refcnn.reports.asking import plain_call, reason
from refcnn.suite.capabilities import Offer
from refcnn.suite.clauses import EQUATIONS, LEVELS, SUBJECTS, Clause, Level, clauses
from refcnn.suite.context import Failure
from refcnn.suite.dialects import known_dialects
from refcnn.suite.judge import Verdict

# A clause with several tests has the first of these that any of them has.
MOST_CARDS = 3  # for one operator, unless all are asked for
DECIDING = (*EQUATIONS, "pure")  # levels that the exit status depends on, unless more are stated
WORST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.WEAK, Verdict.PASS, Verdict.SKIPPED)


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """The verdict on one clause for one operator, from all its tests."""

    clause: Clause
    operator: str
    verdict: Verdict
    results: tuple[Result, ...]

    @property
    def partly(self) -> bool:
        """Whether it holds, but some of its tests found nothing to ask."""
        left_out = any(r.verdict is Verdict.NOT_IMPLEMENTED for r in self.results)
        return left_out and self.verdict is Verdict.PASS

    @property
    def is_refusal(self) -> bool:
        """Whether it fails because something legal is refused."""
        return any(r.failure is not None and r.failure.refused for r in self.failed)

    @property
    def failed(self) -> list[Result]:
        """The results that are failures."""
        return [r for r in self.results if r.verdict is Verdict.FAIL]

    @property
    def worst(self) -> Result:
        """The result to show: of the failed ones, that with the smallest case."""
        shown = [r for r in self.results if r.verdict is self.verdict]
        return min(shown, key=lambda r: r.failure.case.size if r.failure else 0)


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """One run of the suite on one implementation."""

    target: str
    statement: Statement
    offer: Offer
    profile: str
    seed: int | None
    findings: tuple[Finding, ...]
    diagnoses: Mapping[str, Diagnosis] = field(default_factory=dict)  # by operator that failed
    fitting: frozenset[str] = frozenset()  # wrong gradients that fit their own forward pass
    violations: tuple[str, ...] = ()  # of the protocol, that belong to no single case
    words: tuple[str, ...] = ()  # of the command line that name the target and its statement
    command: tuple[str, ...] = ("check",)
    limits: Mapping[str, Limits] = field(default_factory=dict)  # by operator that has some
    times: Mapping[str, float] = field(default_factory=dict)  # seconds: start, questions, diagnosis
    strict: bool = False  # whether clauses of every level decide
    whole: bool = True  # whether all clauses of an operator were asked, and not some by name
    replayed: frozenset[tuple[str, str]] = frozenset()  # clause, operator: fail again alone
    replays: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """All that it took."""
        return sum(self.times.values())

    def decides(self, finding: Finding) -> bool:
        """Whether the verdict depends on a clause: by its level."""
        return self.strict or finding.clause.level in {*DECIDING, *self.statement.levels}

    @property
    def remarks(self) -> list[Finding]:
        """What does not hold, but does not decide."""
        failed = {(f.clause.id, f.operator) for f in self.failed}
        failing = [f for f in self.having(Verdict.FAIL, Verdict.WEAK) if not self.decides(f)]
        return [f for f in failing if not _follows(f, failed)]

    @property
    def inconsistent(self) -> list[str]:
        """Operators that decline what nothing tells from what they answer."""
        return [operator for operator, limits in self.limits.items() if limits.untold]

    def having(self, *verdicts: Verdict) -> list[Finding]:
        """Findings with one of the verdicts, in the order of the specification."""
        return [f for f in self.findings if f.verdict in verdicts]

    @property
    def failed(self) -> list[Finding]:
        """What does not hold, and decides."""
        return [f for f in self.having(Verdict.FAIL, Verdict.WEAK) if self.decides(f)]

    def roots(self) -> list[Finding]:
        """Failures that do not follow from another one of the same operator.

        Where one thing explains every failing case, there is one root: the clause of the
        mistake that is named, as far as it has failed, else the first.
        """
        return [f for operator in SUBJECTS for f in self._roots(operator)]

    def _roots(self, operator: str) -> list[Finding]:
        failed = [f for f in self.failed if f.operator == operator]
        if operator == "model" and len(failed) < len(self.failed):
            return []  # it follows from its operators
        keys = {(f.clause.id, f.operator) for f in failed}
        plain = [f for f in failed if not _follows(f, keys)]
        diagnosis = self.diagnoses.get(operator)
        if diagnosis is None or not diagnosis.has_one_cause:
            return plain
        named = {mistake.clause for mistake in diagnosis.mistakes}
        told = [f for f in failed if f.is_refusal or f.clause.id in named]
        return told or plain[:1]

    def on_cards(self) -> list[Finding]:
        """The failures that have a card, if not all are asked for."""
        shown: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.roots():
            shown[finding.operator].append(finding)
        return [f for found in shown.values() for f in found[:MOST_CARDS]]

    def consequences(self, root: Finding) -> list[Finding]:
        """Other failures of the operator that require, directly or not, what failed in `root`."""
        diagnosis = self.diagnoses.get(root.operator)
        if diagnosis and diagnosis.has_one_cause:
            roots = self.roots()
            return [f for f in self.failed if f.operator == root.operator and f not in roots]
        reached = {root.clause.id}
        followers = []
        for finding in self.failed:
            if finding.operator == root.operator and reached & set(finding.clause.requires):
                reached.add(finding.clause.id)
                followers.append(finding)
        return followers

    @property
    def cases(self) -> int:
        """Cases judged in all."""
        return sum(r.cases for f in self.findings for r in f.results)

    @property
    def exit_status(self) -> int:
        """0 conforms, 1 does not, 2 could not be judged."""
        if self.failed or self.violations or self.inconsistent:
            return 1
        judged = [f for f in self.having(Verdict.PASS) if self.decides(f)]
        return 2 if self.having(Verdict.ERROR) or not judged else 0


def findings(results: Iterable[Result], stated: Statement) -> tuple[Finding, ...]:
    """Results put together by clause and operator, in the order of the specification.

    Why something fails is told in the `stated` layouts.
    """
    grouped: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        grouped[result.clause.id, result.operator].append(_told(result, stated))
    order = list(clauses())
    keys = sorted(grouped, key=lambda k: (SUBJECTS.index(k[1]), order.index(k[0])))
    return tuple(
        Finding(clauses()[name], operator, _verdict(grouped[name, operator]), tuple(found))
        for name, operator in keys
        if (found := grouped[name, operator])
    )


def _told(result: Result, stated: Statement) -> Result:
    if result.verdict is Verdict.FAIL and result.failure:
        return replace(result, reason=reason(result.failure, stated))
    return result


def _verdict(results: list[Result]) -> Verdict:
    present = {r.verdict for r in results}
    return next((v for v in WORST_FIRST if v in present), Verdict.NOT_IMPLEMENTED)


def _follows(finding: Finding, failed: AbstractSet[tuple[str, str]]) -> bool:
    """Whether a clause cannot be expected to hold, as another that it requires does not."""
    return any((needed, finding.operator) in failed for needed in finding.clause.requires)


def in_words(limits: Limits) -> str:
    """The limits of an operator in one line."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for words, why in limits.words.items():
        reasons[why].append(words)
    told = [
        f"{', '.join(words)} ({why})" if why else ", ".join(words) for why, words in reasons.items()
    ]
    share = f"{limits.share:.0%}" if limits.share else "None"
    return f"{'; '.join(told)}. {share} of the questions about it lie beyond"


def counts(summary: Summary) -> list[tuple[str, dict[Level, tuple[int, int, int]]]]:
    """By operator, by level: clauses that hold, that were judged, and that there are."""
    table = []
    for operator in SUBJECTS:
        row: dict[Level, tuple[int, int, int]] = {}
        for level in LEVELS:
            here = [
                f for f in summary.findings if (f.operator, f.clause.level) == (operator, level)
            ]
            unjudged = (Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED)
            judged = [f for f in here if f.verdict not in unjudged]
            holds = sum(f.verdict is Verdict.PASS for f in judged)
            row[level] = (holds, len(judged), len(here))
        table.append((operator, row))
    return table


def remark(finding: Finding) -> str:
    """A failure that does not decide, in one line."""
    failure = finding.worst.failure
    asked = f" ({plain_call(failure.case)})" if failure else ""
    sentence = finding.clause.sentence.split(". ")[0].rstrip(".")
    meant = "".join(
        f"; right by the dialect {name}, if that is stated" for name in by_dialect(finding)
    )
    told = f"{finding.clause.id} {finding.operator}: {sentence}: {finding.worst.reason}"
    return f"{told}{asked}{meant}"


def by_dialect(finding: Finding) -> list[str]:
    """The dialects with a rule in place of the clause by which all that failed would be right."""
    failures = [r.failure for r in finding.failed if r.failure and not r.failure.law]
    every = [n for n, d in known_dialects().items() if finding.operator in d.operators]
    about = [name for name in every if finding.clause.id in known_dialects()[name].clauses]
    return [name for name in about if failures and _all_right_by(name, failures)]


def _all_right_by(dialect: str, failures: Sequence[Failure]) -> bool:
    return all(_is_right_by(dialect, one) for one in failures)


def _is_right_by(dialect: str, failure: Failure) -> bool:
    case = failure.case
    return is_right(case, failure.outcome, dialects=(*case.dialects, dialect))


def not_offered(offer: Offer) -> list[str]:
    """Operators that are there, but not implemented, each with why."""
    missing = {op: why for op, why in offer.reasons.items() if op not in offer.features}
    return [f"{op}: {', '.join(why.values())}" for op, why in missing.items()]


def stated(statement: Statement) -> dict[str, Any]:
    """What a statement says that is not the default, as data."""
    default = Statement(statement.name, statement.operators)
    said = {f.name: getattr(statement, f.name) for f in fields(statement)}
    kept: dict[str, Any] = {k: v for k, v in said.items() if v != getattr(default, k)}
    for key, value in kept.items():
        pairs = key in ("implementation", "calls")
        kept[key] = dict(value) if pairs else list(value) if isinstance(value, tuple) else value
    return {"name": statement.name, "operators": list(statement.operators), **kept}
