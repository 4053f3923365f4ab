"""The offline grading worksheet that a teacher downloaded from Moodle, filled in."""

import re
from collections.abc import Sequence
from html import escape

from refcnn.grading.exports.csv_text import ExportError, cell, checked
from refcnn.grading.exports.match import Filled, matched, refuse_duplicates, result
from refcnn.grading.exports.table import Row, Table, differing, read
from refcnn.grading.exports.words import line, points, score, score_of, summary, trouble
from refcnn.grading.report import Graded, Report

NUMBER = re.compile(r"\d+([.,]\d+)?", re.ASCII)
PARTICIPANT = re.compile(r"(\d+)$", re.ASCII)
OURS = "Graded by refcnn"  # a comment with it may be replaced, a teacher's own may not


def fill(
    text: str,
    graded: Sequence[Graded],
    *,
    identifier: str | None = None,
    grade: str | None = None,
    feedback: str | None = None,
) -> Filled:
    """Write grades and comments into the worksheet; raises ExportError.

    Moodle names the columns in its user's language. Unless they are named here, they are
    found by their English names, else by place: the identifier is the first one, the grade
    stands before the maximum grade. Nothing else is touched: Moodle passes over a row whose
    "Last modified (grade)" differs from what it knows.
    """
    checked(graded)
    table = read(text, "Moodle")
    if not graded:
        return Filled(text)
    first = _named(table, identifier, "Identifier") or 0
    people = [row for row in table.rows[1:] if row.cell(first)]
    if not any(_participant(row.cell(first)) for row in people):
        raise ExportError(
            "this is not an offline grading worksheet of Moodle: no row begins with "
            "'Participant' and a number; take it from the assignment's Download grading worksheet"
        )
    target = _grade_column(table, people, grade, graded[0].report.total)
    comments = _named(table, feedback, "Feedback comments")
    if comments is None:
        table.told.append("There is no column 'Feedback comments', so no feedback was written.")
    refuse_duplicates(people, first, "the identifier")
    email = _named(table, None, "Email address")
    number = _named(table, None, "ID number")
    found = matched(
        people,
        graded,
        (
            (lambda row: _participant(row.cell(first)), lambda one: _participant(line(one.number))),
            (lambda row: row.cell(email), lambda one: line(one.id)),
            (lambda row: row.cell(number), lambda one: line(one.id)),
        ),
    )
    filled = sum(_fill(table, people[i], target, comments, one) for i, one in found.items())
    return result(table, people, graded, found, filled=filled, name=first)


def _participant(identifier: str) -> str:
    """The number in "Participant 123", in whatever language."""
    found = PARTICIPANT.search(identifier)
    return found[1] if found else ""


def _named(table: Table, given: str | None, english: str) -> int | None:
    """The column of a name; one that was asked for must be there."""
    header = [name.lower() for name in table.header]
    if (wanted := (given or english).lower()) in header:
        return header.index(wanted)
    if given is None:
        return None
    columns = ", ".join(repr(line(name)) for name in table.header)
    raise ExportError(f"the worksheet of Moodle has no column {line(given)!r}; it has {columns}")


def _holds_most_points(place: int, people: Sequence[Row], total: float) -> bool:
    """Whether a column has the total in all rows, and the one before it numbers or nothing."""
    most = [row.cell(place) for row in people]
    grades = [row.cell(place - 1) for row in people]
    if not all(map(NUMBER.fullmatch, most)) or any(differing(one, total) for one in most):
        return False
    return all(map(NUMBER.fullmatch, filter(None, grades)))


def _grade_column(table: Table, people: Sequence[Row], given: str | None, total: float) -> int:
    if (column := _named(table, given, "Grade")) is not None:
        _mind_the_points(table, people, total)
        return column
    places = range(2, len(table.header)) if people else ()
    found = [place - 1 for place in places if _holds_most_points(place, people, total)]
    if len(found) == 1:
        return found[0]
    columns = ", ".join(repr(line(name)) for name in table.header)
    raise ExportError(
        f"the column of grades was not found in the worksheet of Moodle, which has {columns}; "
        "download it with Moodle set to English"
    )


def _mind_the_points(table: Table, people: Sequence[Row], total: float) -> None:
    """Moodle passes over a grade above its maximum, and says nothing."""
    column = _named(table, None, "Maximum grade")
    stated = [row.cell(column) for row in people if differing(row.cell(column), total)]
    if stated:
        table.told.append(
            f"Moodle has a maximum grade of {line(stated[0])}, the assignment {points(total)} "
            "points: what was written are points of the assignment."
        )


def _fill(table: Table, row: Row, target: int, comments: int | None, one: Graded) -> int:
    """Write one grade with its comment; returns how many were written."""
    earned = score(one.report)
    who = line(one.person.id)
    if row.cell(_named(table, None, "Grade can be changed")).lower() == "no":
        table.told.append(f"The grade of {who} is locked in Moodle and stays as it is.")
        return 0
    if earned is None:
        return 0
    row.fill(target, f"{earned:.2f}")
    if comments is not None:
        if row.cell(comments) and OURS not in row.cell(comments):
            table.told.append(f"The comment on {who} that is there already was kept.")
        else:
            row.fill(comments, cell(_comment(one.report)))
    return 1


def _comment(report: Report) -> str:
    """The result in a few lines of HTML, which is what Moodle takes a comment for."""
    lines = [f"{OURS}: {points(report.earned)} of {points(report.total)} points."]
    lines += [trouble(report)] if report.problem else []
    for item in report.items:
        earned = f"{points(score_of(item) or 0)} of {points(item.points)}"
        lines += [f"{line(item.title)}: {earned}.", *summary(item, example=False).split("\n")]
    return "<br>".join(escape(text, quote=False) for text in lines if text)
