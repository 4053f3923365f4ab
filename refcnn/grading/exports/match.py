"""Whose row is whose submission: told for both sides, never guessed."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from refcnn.grading.exports.csv_text import ExportError
from refcnn.grading.exports.table import Row, Table
from refcnn.grading.exports.words import line, score
from refcnn.grading.report import Graded, Person


@dataclass(frozen=True, slots=True)
class Filled:
    """A file with grades filled in, and all that a teacher should hear of it."""

    text: str
    filled: int = 0
    unmatched_rows: tuple[str, ...] = ()  # people in the file without a submission
    unmatched_submissions: tuple[str, ...] = ()  # ids that are not in the file
    told: tuple[str, ...] = ()  # what else is to be known, a sentence each

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it as sentences."""
        rows, missing = self.unmatched_rows, self.unmatched_submissions
        said = [f"Grades filled in: {self.filled}."]
        if rows:
            said += [f"No submission was found for {_named(rows)}; their cells are as they came."]
        if missing:
            said += [f"Not in the file, hence without a grade there: {_named(missing)}."]
        return (*said, *self.told)


Key = tuple[Callable[[Row], str], Callable[[Person], str]]


def matched(
    rows: Sequence[Row], graded: Sequence[Graded], keys: Sequence[Key]
) -> dict[int, Graded]:
    """Submissions by the index of their row: the strongest key first, none used twice.

    A key that several rows or several submissions share matches none of them. Where the
    first key is known on both sides and differs, they are different people.
    """
    found: dict[int, Graded] = {}
    first_of_row, first_of_person = keys[0]
    for of_row, of_person in keys:
        used = {one.person.id for one in found.values()}
        left = [one for one in graded if one.person.id not in used]
        free = {i: of_row(row) for i, row in enumerate(rows) if i not in found}
        for i, one in _pairs(free, [(of_person(one.person), one) for one in left]):
            known = first_of_row(rows[i]), first_of_person(one.person)
            if not all(known) or known[0] == known[1]:
                found[i] = one
    return found


def _pairs(
    rows: Mapping[int, str], graded: Sequence[tuple[str, Graded]]
) -> Iterator[tuple[int, Graded]]:
    """Rows and submissions that have a key which nobody else has, on either side."""
    in_rows, in_graded = Counter(rows.values()), Counter(key for key, _ in graded)
    by_key = {key: one for key, one in graded if key and in_graded[key] == 1}
    for i, key in rows.items():
        if key in by_key and in_rows[key] == 1:
            yield i, by_key[key]


def refuse_duplicates(rows: Sequence[Row], column: int, name: str) -> None:
    """Raise ExportError if two rows have the same id."""
    times = Counter(row.cell(column) for row in rows)
    for row in rows:
        if (key := row.cell(column)) and times[key] > 1:
            raise ExportError(
                f"{name} {line(key)!r} occurs {times[key]} times (line {row.at}); export it again"
            )


def result(
    table: Table,
    rows: Sequence[Row],
    graded: Sequence[Graded],
    found: dict[int, Graded],
    *,
    filled: int,
    name: int,
) -> Filled:
    """The filled table, with who is missing on either side; `name` is the column that tells."""
    used = {one.person.id for one in found.values()}
    unsettled = [one.person.id for one in found.values() if score(one.report) is None]
    told = [*table.told]
    if unsettled:
        told += [f"No score because of a grader error, so nothing written: {_named(unsettled)}."]
    return Filled(
        table.text(),
        filled,
        tuple(
            line(row.cell(name)) or f"line {row.at}" for i, row in enumerate(rows) if i not in found
        ),
        tuple(line(one.person.id) for one in graded if one.person.id not in used),
        tuple(told),
    )


def _named(people: Sequence[str]) -> str:
    return "; ".join(map(line, people))  # there are commas in names
