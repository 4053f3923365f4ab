"""The page of a class, for the teacher: scores, items, mistakes, and what to look at."""

from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

from refcnn.grading.pages.tally import MOST_ROWS, Cohort, Student, row
from refcnn.grading.pages.telling import KINDS, PARTLY, SIGNS, points
from refcnn.grading.pages.templating import template
from refcnn.grading.report import State

__all__ = ["Cohort", "Student", "page", "row"]

MOST = {"clauses": 15, "mistakes": 60, "names": 200, "problems": 200, "acts": 200, "pairs": 100}
ORDER = (State.PASS, PARTLY, State.FAIL, State.NOT_IMPLEMENTED, State.NOT_RUN, State.GRADER_ERROR)


def page(cohort: Cohort) -> str:
    """The page; it does not depend on the order in which submissions were counted."""
    states: set[State | str] = set().union(*(+item.states for item in cohort.items.values()))
    seen = [state for state in ORDER if state in states]
    content = {
        "title": cohort.title or "Nothing was graded",
        "total": points(cohort.total),
        "facts": _facts(cohort),
        "steps": cohort.steps() if cohort.scores else [],
        "items": _items(cohort, seen),
        "states": [(state, KINDS[state], *SIGNS[state]) for state in seen],
        "clauses": _clauses(cohort),
        "mistakes": _capped(_mistakes(cohort), "mistakes"),
        "problems": _capped(sorted(cohort.problems.items()), "problems"),
        "acts": _capped(sorted(cohort.acts.items()), "acts"),
        "pairs": _capped(cohort.pairs(), "pairs"),
        "copies": _capped(cohort.copies(), "pairs"),
        "rows": sorted(cohort.rows, key=lambda r: r.id) if cohort.count <= MOST_ROWS else [],
        "count": cohort.count,
        "names": cohort.names,
        "kinds": KINDS,
    }
    return template("cohort.html.j2").render(content)


def _capped(found: Sequence[Any], what: str) -> tuple[Sequence[Any], int]:
    """The first of them, and how many more there are."""
    return found[: MOST[what]], len(found[MOST[what] :])


def _facts(cohort: Cohort) -> list[tuple[str, str]]:
    """The class in a few numbers."""
    scores = sorted(cohort.scores)
    found = [("submissions", f"{cohort.count:,}")]
    if scores:
        found += [("mean", points(fmean(scores))), ("median", points(median(scores)))]
    found.append(("full marks", f"{cohort.states[State.PASS]:,}"))
    for state, what in ((State.NOT_RUN, "not loaded"), (State.GRADER_ERROR, "not graded")):
        if times := cohort.states[state]:
            found.append((what, f"{times:,}"))
    return found


def _items(cohort: Cohort, seen: Sequence[State | str]) -> list[dict[str, Any]]:
    """The items, the hardest first."""
    rows = [
        {
            "id": name,
            "title": item.title,
            "points": points(item.points),
            "share": 100 * item.share,
            "counts": [*map(item.states.__getitem__, seen)],
            "all": item.states.total(),
        }
        for name, item in cohort.items.items()
    ]
    return sorted(rows, key=lambda r: (r["share"], r["id"]))


def _clauses(cohort: Cohort) -> list[dict[str, Any]]:
    """The requirements that most of those who were judged miss."""
    missed = [(key, tally) for key, tally in cohort.clauses.items() if tally.missed]
    missed.sort(key=lambda pair: (-pair[1].missed, pair[0]))
    return [
        {
            "operator": operator,
            "clause": clause,
            "sentence": tally.sentence,
            "missed": tally.missed,
            "judged": tally.judged,
            "share": 100 * tally.missed / tally.judged,
        }
        for (operator, clause), tally in missed[: MOST["clauses"]]
    ]


def _mistakes(cohort: Cohort) -> list[dict[str, Any]]:
    """The mistakes, the most frequent first."""
    found = sorted(cohort.mistakes.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [
        {
            "sentence": sentence,
            "item": cohort.items[item].title,
            "count": len(ids),
            "ids": _capped(sorted(ids), "names"),
        }
        for (item, sentence), ids in found
    ]
