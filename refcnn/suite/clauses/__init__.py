"""The specification as data: every clause, read from the TOML files beside this one."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, Literal, get_args

from refcnn.suite.registry import OPERATORS, content, families, records

Level = Literal["core", "robust", "pure", "gradient", "extended"]
LEVELS: tuple[Level, ...] = get_args(Level)
EQUATIONS: tuple[Level, ...] = ("core", "gradient")  # levels of clauses about the mathematics
MODEL = "model"  # the subject of clauses about layers and whole models
SHARED = ("common", MODEL)  # what is about all operators, and about our own model
SUBJECTS = (*OPERATORS, MODEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One numbered requirement.

    `requires` names the clauses without which this one cannot be expected to
    hold: when one of them fails too, this failure follows from that one.
    """

    id: str
    operators: tuple[str, ...]
    sentence: str
    formula: str
    source: str
    level: Level = "core"
    requires: tuple[str, ...] = ()
    refusal: bool = False  # whether it is about what must be refused
    optional: bool = False  # libraries differ on purpose, as on NaN: graded only where named


@cache
def clauses() -> dict[str, Clause]:
    """All clauses by id, in the order of the specification."""
    found: dict[str, Clause] = {}
    for text in texts():
        found |= {name: _clause(name, table) for name, table in tomllib.loads(text).items()}
    for clause in found.values():
        if unknown := set(clause.requires) - set(found):
            raise ValueError(f"{clause.id} requires {min(unknown)}, which is not a clause")
    return found


def texts() -> Iterator[str]:
    """The files of clauses: those of each folder of operators, then what they share."""
    for family in families():
        yield content(family, "clauses.toml")
    for name in SHARED:
        yield files(__package__).joinpath(f"{name}.toml").read_text("utf-8")


def _clause(name: str, table: dict[str, Any]) -> Clause:
    if not re.fullmatch(r"[A-Z]+-[1-9][0-9]*", name):
        raise ValueError(f"{name!r} is not a clause id")
    lists = {key: tuple(table.get(key, ())) for key in ("operators", "requires")}
    told = {key: value for key, value in table.items() if key != "by_example"}
    if "operators" not in table:  # it is about all of them, or all that answer by example
        known = records().values()
        about = [one.name for one in known if one.by_example or "by_example" not in table]
        bases = dict.fromkeys(chain(*(one.basis for one in known)))
        lists = {"operators": tuple(about), "requires": (*bases, *lists["requires"])}
    clause = Clause(**{**told, **lists, "id": name})
    if clause.level not in LEVELS:
        raise ValueError(f"{name} has the level {clause.level!r}, which is none of {LEVELS}")
    if not clause.operators or set(clause.operators) - set(SUBJECTS):
        raise ValueError(f"{name} names the operators {clause.operators}, not all of them known")
    return clause
