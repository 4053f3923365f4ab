"""CSV that no spreadsheet takes for formulas, and that every reader reads back."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from io import StringIO

from refcnn.grading.exports.words import clean, line, points
from refcnn.grading.report import Graded, Item

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # the last four: full-width = + - @


class ExportError(ValueError):
    """Grades that cannot be exported; the message says what, where, and what to do."""


def cell(value: str | float | None) -> str:
    """A value as a cell: blank for None, a quote before what a spreadsheet would calculate."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return points(value)
    text = clean(value).strip(" \n\ufeff")
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text


def row_text(cells: Sequence[str], delimiter: str = ",") -> str:
    """One row as RFC 4180 quotes it, without its line end."""
    file = StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return file.getvalue().removesuffix("\r\n")


def text(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as a file."""
    return "".join(f"{row_text(cells)}\n" for cells in rows)


def checked(graded: Sequence[Graded]) -> None:
    """Raise ExportError unless these are submissions of different people to one assignment."""
    ids = [line(one.person.id) for one in graded]
    numbers = [number for one in graded if (number := line(one.person.number))]
    for what, names in (("id", ids), ("number", numbers)):
        if twice := [name for name, times in Counter(names).items() if times > 1]:
            raise ExportError(
                f"two submissions have the {what} {twice[0]!r}; leave one of them out"
            )
    if len({(one.report.title, one.report.total) for one in graded}) > 1:
        raise ExportError("these are submissions to different assignments; export each by itself")


def items(graded: Sequence[Graded]) -> dict[str, Item]:
    """The items of all reports by id, in the order of the assignment: some reports have none."""
    return {item.id: item for one in reversed(graded) for item in one.report.items}
