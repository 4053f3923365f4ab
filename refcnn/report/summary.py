"""Results of a run as verdicts on clauses, counted, and as JSON."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import refcnn
from refcnn.detection.diagnosis import Diagnosis
from refcnn.iut.statement import Statement
from refcnn.pytest_plugin import Result
from refcnn.report.card import as_json
from refcnn.spec.clauses import LEVELS, SUBJECTS, Clause, Level, clauses
from refcnn.spec.judge import Verdict
from refcnn.spec.offer import DESCRIPTIONS, Offer

# A clause with several tests has the first of these that any of them has.
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
    seconds: float
    findings: tuple[Finding, ...]
    diagnoses: Mapping[str, Diagnosis] = field(default_factory=dict)  # by operator that failed
    violations: tuple[str, ...] = ()  # of the protocol, that belong to no single case
    words: tuple[str, ...] = ()  # of the command line that name the target and its statement
    command: tuple[str, ...] = ("check",)

    def having(self, *verdicts: Verdict) -> list[Finding]:
        """Findings with one of the verdicts, in the order of the specification."""
        return [f for f in self.findings if f.verdict in verdicts]

    @property
    def failed(self) -> list[Finding]:
        """What does not hold."""
        return self.having(Verdict.FAIL, Verdict.WEAK)

    def roots(self) -> list[Finding]:
        """Failures that do not follow from another one of the same operator.

        Where mistakes that explain every failing case are known, they are of the
        clauses of these mistakes, as far as these have failed.
        """
        failed = {(f.clause.id, f.operator) for f in self.failed}
        roots = [
            f
            for f in self.failed
            if not any((needed, f.operator) in failed for needed in f.clause.requires)
            and not (f.operator == "model" and any(operator != "model" for _, operator in failed))
        ]
        for operator, diagnosis in self.diagnoses.items():
            named = {mistake.clause for mistake in diagnosis.mistakes}
            known = [f for f in self.failed if f.operator == operator and f.clause.id in named]
            if diagnosis.complete and known:
                roots = [f for f in roots if f.operator != operator] + known
        return [f for f in self.failed if f in roots]

    def consequences(self, root: Finding) -> list[Finding]:
        """Other failures of the operator that require, directly or not, what failed in `root`."""
        diagnosis = self.diagnoses.get(root.operator)
        if diagnosis and diagnosis.complete:
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
        if self.failed or self.violations:
            return 1
        judged = self.having(Verdict.PASS)
        return 2 if self.having(Verdict.ERROR) or not judged else 0


def findings(results: Iterable[Result]) -> tuple[Finding, ...]:
    """Results put together by clause and operator, in the order of the specification."""
    grouped: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        grouped[result.clause.id, result.operator].append(result)
    order = list(clauses())
    keys = sorted(grouped, key=lambda k: (SUBJECTS.index(k[1]), order.index(k[0])))
    return tuple(
        Finding(clauses()[name], operator, _verdict(grouped[name, operator]), tuple(found))
        for name, operator in keys
        if (found := grouped[name, operator])
    )


def _verdict(results: list[Result]) -> Verdict:
    present = {r.verdict for r in results}
    return next((v for v in WORST_FIRST if v in present), Verdict.NOT_IMPLEMENTED)


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


def not_offered(offer: Offer) -> list[str]:
    """One sentence for each reason why forms of arguments are not implemented."""
    forms: dict[tuple[str, str], list[str]] = defaultdict(list)
    for operator, reasons in offer.reasons.items():
        for feature, why in reasons.items():
            forms[operator, why].append(DESCRIPTIONS.get(feature, feature))
    return [f"{op}: {', '.join(what)}: {why}" for (op, why), what in forms.items()]


def stated(statement: Statement) -> dict[str, Any]:
    """What a statement says that is not the default, as data."""
    default = Statement(statement.name, statement.operators)
    said = {f.name: getattr(statement, f.name) for f in fields(statement)}
    kept: dict[str, Any] = {k: v for k, v in said.items() if v != getattr(default, k)}
    for key, value in kept.items():
        pairs = key in ("implementation", "calls")
        kept[key] = dict(value) if pairs else list(value) if isinstance(value, tuple) else value
    return {"name": statement.name, "operators": list(statement.operators), **kept}


def to_json(summary: Summary) -> dict[str, Any]:
    """The whole run as data."""
    return {
        "suite": {"name": "refcnn", "version": refcnn.__version__},
        "target": summary.target,
        "implementation": dict(summary.statement.implementation),
        "statement": stated(summary.statement),
        "protocol_violations": list(summary.violations),
        "profile": summary.profile,
        "seed": summary.seed,
        "seconds": round(summary.seconds, 3),
        "exit_status": summary.exit_status,
        "cases": summary.cases,
        "features": {op: sorted(fs) for op, fs in summary.offer.features.items()},
        "not_implemented": not_offered(summary.offer),
        "diagnoses": [
            {
                "operator": d.operator,
                "mistakes": [
                    {"mutant": m.id, "clause": m.clause, "sentence": m.sentence} for m in d.mistakes
                ],
                "explained": d.explained,
                "failing": d.failing,
                "holds": d.holds or None,
                "always": d.always or None,
                "seen": d.seen or None,
                "undeclared": list(d.undeclared),
            }
            for d in summary.diagnoses.values()
        ],
        "findings": [
            {
                "clause": f.clause.id,
                "operator": f.operator,
                "level": f.clause.level,
                "verdict": str(f.verdict),
                "sentence": f.clause.sentence,
                "reason": f.worst.reason,
                "tests": [
                    {
                        "test": r.test,
                        "verdict": str(r.verdict),
                        "cases": r.cases,
                        "largest_fraction_of_bound": r.fraction,
                    }
                    for r in f.results
                ],
                "failure": as_json(f.worst.failure) if f.worst.failure else None,
            }
            for f in summary.findings
        ],
    }
