"""The items that a new assignment begins with, and samples whose scores follow from them.

What is asked of an operator, and what it is worth, says `assignment.toml` in its folder.
"""

import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import floor
from typing import Any

from refcnn.suite.clauses import clauses
from refcnn.suite.registry import OPERATORS, content, families, family_of

TOTAL = 100
MOST_SAMPLES = 4
MANNERS = tuple(f"ANY-{n}" for n in range(1, 8))


@dataclass(frozen=True, slots=True)
class Sketch:
    """An item as it is written to assignment.toml."""

    id: str
    title: str
    weight: dict[str, float]  # by operator: of 100 points, if all operators are asked for
    clauses: tuple[str, ...] = ()
    credit: str = "part"
    hidden: bool = False
    why: str = ""  # a comment
    requires: tuple[str, ...] = ()
    points: int = 0


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A sample: the solution with one mistake in it, and the items that are lost by it.

    The score of each follows from the items that it loses, whatever the private cases are.
    """

    operator: str
    stem: str
    loses: tuple[str, ...]
    place: int  # the lower, the sooner it is among the few that are chosen
    family: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What one operator adds to the items that all operators have."""

    base: str  # the item that has to work before anything can be said of these
    manners: float
    refusals: float = 0
    refused: tuple[str, ...] = ()  # clauses about what must be refused


@cache
def _tables() -> dict[str, dict[str, Any]]:
    """The assignment.toml of every family."""
    return {name: tomllib.loads(content(name, "assignment.toml")) for name in families()}


def shared() -> dict[str, Shared]:
    """By operator: its part in the items that all have."""
    return {name: _shared(name) for name in OPERATORS}


def _shared(operator: str) -> Shared:
    """What one operator says of it; raises LookupError if that is nothing."""
    family = family_of(operator)
    said = _tables()[family].get("shared", {}).get(operator)
    if said is None:
        raise LookupError(f"operators/{family}/assignment.toml has no [shared.{operator}]")
    return Shared(**{**said, "refused": tuple(said.get("refused", ()))})


def sketches() -> list[Sketch]:
    """All items, each with its weights by operator."""
    own = [_own(said) for table in _tables().values() for said in table["item"]]
    return [*own, *_of_all()]


def _own(said: dict[str, Any]) -> Sketch:
    """An item about one operator.

    Some requirements are so easy that a function which does next to nothing may meet some:
    they are worth something `whole` alone.
    """
    return Sketch(
        id=said["id"],
        title=said["title"],
        weight={said["operator"]: said["weight"]},
        clauses=tuple(said["clauses"]),
        credit="all" if "whole" in said else "part",
        why=said.get("whole", ""),
        requires=tuple(said.get("requires", ())),
    )


def _of_all() -> Iterator[Sketch]:
    """The items that every operator has a part in."""
    known = shared()
    refused = (name for one in known.values() for name in one.refused)
    yield Sketch(
        "refusals",
        "Bad input is refused with an exception",
        {operator: one.refusals for operator, one in known.items() if one.refusals},
        tuple(dict.fromkeys(refused)),
        why="A function that always raises refuses bad input, too: hence `requires`.",
    )
    yield Sketch(
        "manners",
        "Batches and good manners: no call disturbs another",
        {operator: one.manners for operator, one in known.items()},
        MANNERS,
        credit="clause",
        hidden=True,
        why="To give the input back is good manners, too: hence `requires`.",
    )


def items(operators: Collection[str]) -> list[Sketch]:
    """The items about some operators, with points that add up to TOTAL."""
    asked = {*operators}
    found = [_about(one, asked) for one in sketches() if asked & {*one.weight}]
    points = _shared_out([sum(one.weight.values()) for one in found])
    return [replace(one, points=own) for one, own in zip(found, points)]


def _about(one: Sketch, operators: Collection[str]) -> Sketch:
    """An item as far as it is about some operators."""
    weight = {name: points for name, points in one.weight.items() if name in operators}
    kept = tuple(name for name in one.clauses if not weight.keys().isdisjoint(_whose(name)))
    requires = one.requires
    if one.id in ("refusals", "manners"):
        requires = tuple(shared()[name].base for name in weight)
    return replace(one, weight=weight, clauses=kept, requires=requires)


def _whose(clause: str) -> tuple[str, ...]:
    """The operators that a clause is about."""
    return clauses()[clause].operators


def all_samples() -> list[Mistaken]:
    """All samples, the most telling first."""
    said = (
        Mistaken(**{**one, "loses": tuple(one["loses"]), "family": family})
        for family, table in _tables().items()
        for one in table.get("sample", ())
    )
    return sorted(said, key=lambda one: one.place)


def samples(operators: Collection[str]) -> list[tuple[Mistaken, int]]:
    """A few mistakes, each with the score that it leaves."""
    points = {item.id: item.points for item in items(operators)}
    own = [one for one in all_samples() if one.operator in operators][:MOST_SAMPLES]
    return [(one, TOTAL - sum(map(points.__getitem__, one.loses))) for one in own]


def _shared_out(weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to weights, at least 1 each, that add up to TOTAL."""
    left = TOTAL - len(weights)
    shares = [left * weight / sum(weights) for weight in weights]
    points = [1 + floor(share) for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda i: points[i] - shares[i])
    for i in by_rest[: TOTAL - sum(points)]:
        points[i] += 1
    return points
