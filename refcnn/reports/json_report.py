"""A whole run as data: all that the terminal shows, and more."""

from typing import Any

import refcnn
from refcnn.diagnosis.declines import Limits
from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.diagnosis.identify.identified import Identified
from refcnn.implementations.trial import Result
from refcnn.reports.card import as_json
from refcnn.reports.explanation import explanation
from refcnn.reports.picture_text import picture_lines
from refcnn.reports.summary import Finding, Summary, not_offered, remark, stated


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
        "times": {name: round(seconds, 3) for name, seconds in summary.times.items()},
        "strict": summary.strict,
        "exit_status": summary.exit_status,
        "cases": summary.cases,
        "features": {op: sorted(fs) for op, fs in summary.offer.features.items()},
        "not_implemented": not_offered(summary.offer),
        "limits": {op: _limits(limits) for op, limits in summary.limits.items()},
        "remarks": [remark(f) for f in summary.remarks],
        "diagnoses": [*map(_diagnosis, summary.diagnoses.values())],
        "findings": [_finding(summary, f) for f in summary.findings],
    }


def _limits(limits: Limits) -> dict[str, Any]:
    """What one operator does not take."""
    return {
        "words": [*limits.words],
        "reasons": [*limits.words.values()],
        "share": round(limits.share, 3),
        "untold": [case.to_json() for case in limits.untold[:1]],
    }


def _diagnosis(found: Diagnosis) -> dict[str, Any]:
    """What is wrong with one operator."""
    mistakes = [
        {"mutant": m.id, "clause": m.clause, "sentence": m.sentence} for m in found.mistakes
    ]
    return {
        "operator": found.operator,
        "mistakes": mistakes,
        "explained": found.explained,
        "failing": found.failing,
        "holds": found.holds or None,
        "always": found.always or None,
        "seen": found.seen or None,
        "undeclared": list(found.undeclared),
        "algorithm": found.algorithm or None,
        "kept": found.kept or None,
        "threshold": found.threshold or None,
        "equations": [*map(_equation, found.deviation.equations)],
        "no_equation": found.deviation.why_not or None,
    }


def _equation(read: Identified) -> dict[str, Any]:
    """What was read of an operator at some shapes, beside what is right there."""
    case = read.case
    return {
        "output": case.looks_at,
        "shapes": {name: list(tensor.shape) for name, tensor in case.inputs.items()},
        "attributes": case.to_json()["attributes"],
        "dtype": case.dtype,
        "yours": list(read.yours),
        "right": list(read.right),
        "differences": list(read.differences),
        "picture": picture_lines(read.picture) if read.picture else [],
        "questions": read.questions,
    }


def _finding(summary: Summary, finding: Finding) -> dict[str, Any]:
    """The verdict on one clause of one operator, and what is told of it."""
    failure = finding.worst.failure
    return {
        "clause": finding.clause.id,
        "operator": finding.operator,
        "level": finding.clause.level,
        "decides": summary.decides(finding),
        "verdict": str(finding.verdict),
        "sentence": finding.clause.sentence,
        "reason": finding.worst.reason,
        "tests": [*map(_result, finding.results)],
        "failure": failure and as_json(failure, summary.statement),
        "explanation": explanation(summary, finding),
        "fails_with_it": [other.clause.id for other in summary.consequences(finding)],
        "replay": list(summary.replays.get((finding.clause.id, finding.operator), ())),
    }


def _result(result: Result) -> dict[str, Any]:
    """The verdict of one check."""
    return {
        "test": result.test,
        "verdict": str(result.verdict),
        "cases": result.cases,
        "largest_fraction_of_bound": result.fraction,
    }
