"""A whole run as data: all that the terminal shows, and more."""

from typing import Any

import refcnn
from refcnn.reports.card import as_json
from refcnn.reports.explanation import explanation
from refcnn.reports.summary import Summary, not_offered, remark, stated


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
        "limits": {
            op: {
                "words": [*limits.words],
                "reasons": [*limits.words.values()],
                "share": round(limits.share, 3),
                "untold": [case.to_json() for case in limits.untold[:1]],
            }
            for op, limits in summary.limits.items()
        },
        "remarks": [remark(f) for f in summary.remarks],
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
                "algorithm": d.algorithm or None,
            }
            for d in summary.diagnoses.values()
        ],
        "findings": [
            {
                "clause": f.clause.id,
                "operator": f.operator,
                "level": f.clause.level,
                "decides": summary.decides(f),
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
                "failure": f.worst.failure and as_json(f.worst.failure, summary.statement),
                "explanation": explanation(summary, f),
                "fails_with_it": [other.clause.id for other in summary.consequences(f)],
                "replay": list(summary.replays.get((f.clause.id, f.operator), ())),
            }
            for f in summary.findings
        ],
    }
