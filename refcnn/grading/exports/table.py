"""A CSV file that a teacher exported: cells are filled in, all else stays as it came."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO

from refcnn.grading.exports.csv_text import ExportError, row_text

BOM = "\ufeff"
FIRST_CELL = re.compile(r'(?:"(?:[^"]|"")*"|[^",;\t\r\n]*)([,;\t])')


@dataclass(slots=True)
class Row:
    """One record: its cells, and the very text that it came as."""

    cells: list[str]
    raw: str
    at: int  # the line that it ends on
    changed: bool = False

    def cell(self, column: int | None) -> str:
        """The text of a cell; "" where there is none."""
        return self.cells[column].strip() if column is not None and column < self.width else ""

    @property
    def width(self) -> int:
        """The number of cells."""
        return len(self.cells)

    def fill(self, column: int, text: str) -> None:
        """Put text into a cell."""
        if column >= self.width:
            raise ExportError(
                f"line {self.at} has {self.width} cells, fewer than the header; export it again"
            )
        self.changed |= self.cells[column] != text
        self.cells[column] = text


@dataclass(slots=True)
class Table:
    """All records, the header first."""

    rows: list[Row]
    delimiter: str
    bom: str = ""
    told: list[str] = field(default_factory=list)

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [name.strip() for name in self.rows[0].cells]

    def text(self) -> str:
        """The file; records without a change are the bytes that they came as."""
        return self.bom + "".join(map(self._row, self.rows))

    def _row(self, row: Row) -> str:
        if not row.changed:
            return row.raw
        return row_text(row.cells, self.delimiter) + row.raw[len(row.raw.rstrip("\r\n")) :]


def read(text: str, whose: str) -> Table:
    """A file with a header as a table; raises ExportError."""
    bom = BOM if text.startswith(BOM) else ""
    text = text.removeprefix(BOM)
    if not (found := FIRST_CELL.match(text)):
        raise ExportError(f"this is not a CSV file of {whose}: its first line is not a header")
    rows = list(_records(text, found[1], whose))
    return Table(rows, found[1], bom)


def _records(text: str, delimiter: str, whose: str) -> Iterator[Row]:
    lines = list(StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = 0
    try:
        for cells in reader:
            yield Row(cells, "".join(lines[start : reader.line_num]), reader.line_num)
            start = reader.line_num
    except csv.Error as error:
        raise ExportError(
            f"line {reader.line_num} of the file of {whose} is not CSV ({error}); export it again"
        ) from None


def differing(stated: str, total: float) -> bool:
    """Whether the LMS states another number of points than the assignment."""
    try:
        return abs(float(stated.replace(",", ".")) - total) > 0.005
    except ValueError:
        return False
