"""All grades as plain CSV and as JSON: for a spreadsheet, for a script."""

import json
from collections.abc import Sequence
from typing import Any

from refcnn.grading.exports import csv_text
from refcnn.grading.exports.csv_text import cell
from refcnn.grading.exports.words import clean, line, score, score_of, summary, trouble
from refcnn.grading.report import Graded, Item

COLUMNS = ("id", "name", "number", "file", "state", "earned", "total")


def text(graded: Sequence[Graded], *, bom: bool = False) -> str:
    """A row for each submission, a column for each item; `bom` is for old spreadsheets."""
    csv_text.checked(graded)
    names = csv_text.items(graded)
    rows = [[*COLUMNS, *(f"item:{line(name)}" for name in names), "problem", "to look at"]]
    for one in graded:
        person, report = one.person, one.report
        earned = {item.id: score_of(item) for item in report.items}
        rows += [
            [
                *(cell(line(t)) for t in (person.id, person.name, person.number, person.file)),
                *(cell(v) for v in (report.state.value, score(report), report.total)),
                *(cell(earned.get(name) if report.settled else None) for name in names),
                cell(trouble(report)),
                cell("; ".join(map(line, report.acts))),
            ]
        ]
    return ("\ufeff" if bom else "") + csv_text.text(rows)


def json_text(graded: Sequence[Graded]) -> str:
    """The same as JSON, with what was said of each item; null where there is no score."""
    csv_text.checked(graded)
    content = {
        "title": line(graded[0].report.title) if graded else "",
        "total": graded[0].report.total if graded else 0,
        "submissions": [_submission(one) for one in graded],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _submission(one: Graded) -> dict[str, Any]:
    person, report = one.person, one.report
    return {
        **{name: line(value) for name, value in person.model_dump().items()},
        "state": report.state.value,
        "earned": score(report),
        "problem": trouble(report),
        "items": [_item(item, settled=report.settled) for item in report.items],
        "notes": [clean(note) for note in report.notes],
        "to_look_at": [clean(act) for act in report.acts],
        "submission": report.provenance.submission,
    }


def _item(item: Item, *, settled: bool) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": line(item.title),
        "state": item.state.value,
        "earned": score_of(item) if settled else None,
        "points": item.points,
        "hidden": item.hidden,
        "summary": summary(item),
    }
