"""The gradebook that a teacher exported from Canvas, with one column filled in."""

import re
from collections.abc import Sequence

from refcnn.grading.exports.csv_text import ExportError, checked
from refcnn.grading.exports.match import Filled, matched, refuse_duplicates, result
from refcnn.grading.exports.table import Row, Table, differing, read
from refcnn.grading.exports.words import line, points, score
from refcnn.grading.report import Graded

SECTION_WITHIN = 9  # columns that may say who somebody is
TITLED = re.compile(r"(?P<title>.*\S)\s+\((?P<id>\d+)\)", re.DOTALL)
SCORES = re.compile(r"(Current|Final|Override) (Score|Points|Grade|Status)")  # no assignments
POINTS_POSSIBLE, READ_ONLY = "Points Possible", re.compile(r"read\s+only", re.IGNORECASE)
KEPT = ("EX", "N/A")  # excused, and not assigned


def fill(text: str, graded: Sequence[Graded], column: str | None = None) -> Filled:
    """Write the scores into the column of this title, or of the assignment's; raises ExportError.

    All other cells, their order, delimiter and line ends stay. Blank means "no grade".
    """
    checked(graded)
    table = read(text, "Canvas")
    section = _last_information(table.header)
    if not graded:
        return Filled(text)
    title = graded[0].report.title if column is None else column
    target = _column(table.header, section, title)
    _mind_the_points(table, target, graded[0].report.total)
    names = _information(table.header)
    people = [row for row in table.rows[1:] if _is_student(row)]
    refuse_duplicates(people, names["ID"], "the Canvas ID")
    found = matched(
        people,
        graded,
        (
            (lambda row: row.cell(names["ID"]), lambda one: line(one.number)),
            (lambda row: row.cell(names.get("SIS User ID")), lambda one: line(one.id)),
            (lambda row: row.cell(names.get("SIS Login ID")), lambda one: line(one.id)),
            (lambda row: _name(row, names), lambda one: _given_name_first(line(one.name))),
        ),
    )
    filled = sum(_fill(table, people[i], target, one) for i, one in found.items())
    return result(table, people, graded, found, filled=filled, name=0)


def _last_information(header: Sequence[str]) -> int:
    """The column "Section", after which the assignments begin."""
    split = header[:3] == ["LastName", "FirstName", "ID"]
    if split or ("Student" in header[0] and "ID" in header[1:2]):
        for i, name in enumerate(header[:SECTION_WITHIN]):
            if "Section" in name:
                return i
    raise ExportError(
        "this is not a gradebook of Canvas: its header must begin with Student, ID, ... Section; "
        "take the file from Grades > Export, unchanged"
    )


def _information(header: Sequence[str]) -> dict[str, int]:
    """The columns that say who somebody is, by name: the first of each."""
    return {name: i for i, name in reversed(list(enumerate(header[:SECTION_WITHIN])))}


def _column(header: Sequence[str], section: int, title: str) -> int:
    """The one column of this title, with or without its "(id)"."""
    offered = {
        i: name for i, name in enumerate(header) if i > section and name and not SCORES.search(name)
    }
    wanted = line(title)
    exact = [i for i, name in offered.items() if line(name) == wanted]
    found = exact or [
        i
        for i, name in offered.items()
        if (parts := TITLED.fullmatch(name)) and wanted in (line(parts["title"]), parts["id"])
    ]
    if len(found) == 1:
        return found[0]
    columns = ", ".join(repr(line(name)) for name in offered.values()) or "none"
    fault = f"{len(found)} columns have the title" if found else "no column has the title"
    raise ExportError(
        f"{fault} {wanted!r} in the gradebook of Canvas; "
        f"name one with --canvas-column; it has {columns}"
    )


def _is_student(row: Row) -> bool:
    return bool(row.cell(0)) and POINTS_POSSIBLE not in row.cell(0)


def _mind_the_points(table: Table, target: int, total: float) -> None:
    """Refuse a read-only column; say so if Canvas counts other points than the assignment."""
    for row in table.rows[1:]:
        if POINTS_POSSIBLE not in row.cell(0):
            continue
        stated = row.cell(target)
        if READ_ONLY.search(stated):
            raise ExportError(
                f"the column {line(table.header[target])!r} is read-only in Canvas; "
                "name another one with --canvas-column"
            )
        if differing(stated, total):
            table.told.append(
                f"Canvas has {line(stated)} points possible, the assignment {points(total)}: "
                "what was written are points of the assignment."
            )


def _fill(table: Table, row: Row, target: int, one: Graded) -> int:
    """Write one score; returns how many were written."""
    earned = score(one.report)
    if row.cell(target).upper() in KEPT:
        table.told.append(f"{line(row.cell(0))} is {row.cell(target)} in Canvas and stays so.")
        return 0
    if earned is None:
        return 0
    row.fill(target, f"{earned:.2f}")
    return 1


def _name(row: Row, names: dict[str, int]) -> str:
    if "FirstName" in names:
        return f"{row.cell(names['FirstName'])} {row.cell(names['LastName'])}".strip()
    return _given_name_first(row.cell(0))


def _given_name_first(name: str) -> str:
    """Both "Doe, Jane", which Canvas exports, and "Jane Doe", which it shows, as the latter."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else name
