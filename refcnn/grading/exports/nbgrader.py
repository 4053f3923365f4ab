"""The table of nbgrader's own CSV exporter, with the quoting that it lacks."""

from collections.abc import Sequence

from refcnn.grading.exports import csv_text
from refcnn.grading.exports.csv_text import cell
from refcnn.grading.exports.words import line, score
from refcnn.grading.report import Graded

COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip


def text(graded: Sequence[Graded]) -> str:
    """A row for each submission; times are unknown and stay blank."""
    csv_text.checked(graded)
    return csv_text.text([COLUMNS, *map(_row, graded)])


def _row(one: Graded) -> list[str]:
    # "Doe, Jane" says which is the family name; of "Jane Doe" nobody can be sure
    last, _, first = line(one.person.name).partition(", ")
    earned = score(one.report)
    named = (line(one.report.title), None, None, line(one.person.id), last, first, None)
    scored = (earned, None if earned is None else 0.0, earned, one.report.total)
    return [*map(cell, named), *map(cell, scored)]
