"""Matters of taste: what one course gives points for, and another does not ask.

Each is one key of `[policy]`, and a sentence for students. What costs points is up to the
items, where the policy says "points"; "note" tells students and costs nothing; "nothing" is
not even asked. The levels of the statement decide first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from refcnn.suite.clauses import clauses

Worth = Literal["points", "note", "nothing"]
DTYPE = "ANY-6"  # the clause about the dtype of an answer


@dataclass(frozen=True, slots=True)
class Taste:
    """Some clauses, and what students read about them on the starter, by what they are worth."""

    clauses: frozenset[str]
    rules: Mapping[Worth, str]


@cache
def tastes() -> Mapping[str, Taste]:
    """All matters of taste, by the key of the policy."""
    every = clauses().values()
    refusals = frozenset(clause.id for clause in every if clause.refusal)
    special = frozenset(clause.id for clause in every if clause.optional)
    return {
        "dtype": Taste(
            frozenset({DTYPE}),
            {
                "points": "The answer has the dtype of x.",
                "note": "The answer should have the dtype of x, and costs nothing if it has not.",
                "nothing": "The answer may be of float32 or of float64.",
            },
        ),
        "refusals": Taste(
            refusals,
            {
                "points": "Arguments that make no sense are refused with an exception.",
                "note": "Arguments that make no sense should be refused; it costs nothing if not.",
                "nothing": "Arguments that make no sense are not asked.",
            },
        ),
        "empty_batches": Taste(
            frozenset({"ANY-2"}),
            {
                "points": "A batch may be empty.",
                "note": "A batch may be empty; it costs nothing if that is not answered.",
                "nothing": "A batch is never empty.",
            },
        ),
        "memory": Taste(
            frozenset({"ANY-7"}),
            {
                "points": "Arrays may be views in any order, or read-only.",
                "note": "Arrays may be views in any order; it costs nothing if that goes wrong.",
                "nothing": "Arrays lie in memory as NumPy makes them.",
            },
        ),
        "ranks": Taste(
            frozenset({"RELU-6", "SOFT-13"}),
            {
                "points": "An activation takes any number of axes.",
                "note": "An activation should take any number of axes; else it costs nothing.",
                "nothing": "An activation takes the axes that layers have.",
            },
        ),
        "special_numbers": Taste(
            special,
            {
                "points": "NaN and infinity are answered as the specification says.",
                "note": "What comparing and computing make of NaN costs nothing.",
                "nothing": "What comparing and computing make of NaN is not asked.",
            },
        ),
    }


def rules(worth: Mapping[str, Worth], asked: Collection[str]) -> list[str]:
    """What students should read: of what is asked or noted, of the dtype, of what is left out.

    `worth` is the policy by key, `asked` the clauses that items ask for.
    """
    found = []
    for key, taste in tastes().items():
        own = worth[key]
        if own == "points" and taste.clauses.isdisjoint(asked):
            if key != "dtype":
                continue
            own = "nothing"
        found.append(taste.rules[own])
    return found


def taste_of(clause: str) -> str:
    """The key of the policy that a clause falls under, or ""."""
    return next((key for key, taste in tastes().items() if clause in taste.clauses), "")
