"""The `final_grades.csv` of Otter-Grader."""

from collections.abc import Sequence

from refcnn.grading.exports import csv_text
from refcnn.grading.exports.csv_text import cell
from refcnn.grading.exports.words import line, score, score_of, trouble
from refcnn.grading.report import Graded


def text(graded: Sequence[Graded]) -> str:
    """What the questions are worth, then a row for each submission; its status says what failed."""
    csv_text.checked(graded)
    worth = {name: item.points for name, item in sorted(csv_text.items(graded).items())}
    rows = [["file", *map(cell, worth), "total_points_earned", "percent_correct", "grading_status"]]
    if worth:
        total = graded[0].report.total
        rows += [["points-per-question", *map(cell, worth.values()), cell(total), "1", "--"]]
    return csv_text.text([*rows, *(_row(one, list(worth)) for one in graded)])


def _row(one: Graded, names: list[str]) -> list[str]:
    report = one.report
    earned = score(report)
    status = trouble(report) or "Completed"
    file = cell(line(one.person.file) or line(one.person.id))
    if earned is None:
        return [file, *("" for _ in names), "", "", cell(status)]
    scores = {item.id: score_of(item) for item in report.items}
    marks = [cell(scores.get(name, 0.0)) for name in names]
    percent = earned / report.total if report.total else None  # otter's word for a fraction
    return [file, *marks, cell(earned), cell(percent), cell(status)]
