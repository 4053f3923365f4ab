"""Exact linear algebra, for laws about ranks."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

Row = list[Fraction]


def rank(rows: Iterable[Iterable[Any]]) -> int:
    """Rank of a matrix of integers, by elimination over the rationals."""
    rest, found = [[*map(Fraction, map(int, row))] for row in rows], 0
    for column in range(len(rest[0])):
        pivot = next((row for row in rest if row[column]), None)
        if pivot is not None:
            found += 1
            rest.remove(pivot)
            rest = [_without(row, pivot, column) for row in rest]
    return found


def _without(row: Row, pivot: Row, column: int) -> Row:
    """The row less as much of the pivot as makes it 0 in a column."""
    share = row[column] / pivot[column]
    return [value - share * taken for value, taken in zip(row, pivot, strict=True)]
