"""Exact linear algebra, for laws about ranks."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any


def rank(rows: Iterable[Iterable[Any]]) -> int:
    """Rank of a matrix of integers, by elimination over the rationals."""
    rest, found = [[Fraction(int(v)) for v in row] for row in rows], 0
    for column in range(len(rest[0])):
        pivot = next((row for row in rest if row[column]), None)
        if pivot is not None:
            found += 1
            rest.remove(pivot)
            rest = [
                [v - p * row[column] / pivot[column] for v, p in zip(row, pivot, strict=True)]
                for row in rest
            ]
    return found
