"""The cases of an assignment: private ones, that earn points, and public ones, that explain.

The private cases of an operator follow from the secret seed alone: the seed of the
generator is the first 64 bits of HMAC-SHA256(secret, "refcnn cases SUITE OPERATOR").
They are the same for everybody, and whoever has the secret can make them again.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np

from refcnn.detection.select import NotCoveredError, build, needed, unselected
from refcnn.grading.assignment import SEED, Assignment, AssignmentError, ItemSpec, digest, load
from refcnn.iut.files import write_whole
from refcnn.iut.statement import Statement
from refcnn.spec import vector_files
from refcnn.spec.bounds import CLASSES
from refcnn.spec.case import Case
from refcnn.spec.clauses import clauses
from refcnn.spec.dialects import DIALECTS, replaced
from refcnn.spec.domains import SUITE
from refcnn.spec.offer import EVERYTHING, Features
from refcnn.spec.vectors import Vector, offered, under

CACHE = ".cases"  # as private as the seed that it follows from; may be deleted

RECIPE = "each mistake once, one more of each domain"  # how the private cases are chosen

Vectors = Mapping[str, tuple[Vector, ...]]
Unit = tuple[str, str]  # operator, clause


def secret(directory: Path) -> bytes:
    """The private seed of an assignment; raises AssignmentError unless it is 32 bytes in hex."""
    path = directory / SEED
    try:
        said = path.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise AssignmentError(f"the private seed {path} cannot be read: {error}") from None
    if not re.fullmatch(r"[0-9a-fA-F]{64}", said):
        raise AssignmentError(f"{path} must hold 64 hexadecimal digits and nothing else")
    return bytes.fromhex(said)


def commitment(seed: bytes) -> str:
    """What may be published before the deadline: the SHA-256 of the seed, in hex."""
    return sha256(seed).hexdigest()


def seed_of(seed: bytes, operator: str) -> int:
    """The seed of the generator for an operator."""
    message = f"refcnn cases {SUITE} {operator}".encode()
    return int.from_bytes(hmac.digest(seed, message, "sha256")[:8], "big")


@dataclass(frozen=True, slots=True)
class Setup:
    """All that grading needs: it can be sent to another process or another machine."""

    assignment: Assignment
    digest: str
    commitment: str
    private: Vectors
    public: Vectors
    items: tuple[tuple[ItemSpec, tuple[Unit, ...]], ...]  # in an order that requires allow

    @classmethod
    def of(cls, directory: Path, done: Callable[[str], None] = lambda _: None) -> Self:
        """The setup of an assignment; `done` is told each operator whose cases are there.

        Raises AssignmentError that says what is wrong with the assignment.
        """
        assignment, seed = load(directory), secret(directory)
        raw = {}
        for operator in assignment.operators:
            raw[operator] = _cached(directory / CACHE, operator, seed_of(seed, operator))
            done(operator)
        private = {op: _asked(assignment, vectors) for op, vectors in raw.items()}
        known = vector_files.public()
        public = {op: _asked(assignment, known[op]) for op in assignment.operators}
        units = _units(assignment, private)
        return cls(assignment, digest(assignment), commitment(seed), private, public, units)


def features(assignment: Assignment, operator: str) -> Features:
    """The forms of arguments that an assignment asks for."""
    stated = assignment.stated
    classes = {stated.algorithm} & {*CLASSES}
    dtypes = {"float32", "float64"} - {*(stated.dtypes or ("float32", "float64"))}
    return (EVERYTHING.features[operator] - {*assignment.without} - dtypes) | classes


def _asked(assignment: Assignment, vectors: tuple[Vector, ...]) -> tuple[Vector, ...]:
    """The vectors as they are asked and judged under what the assignment states."""
    stated = assignment.stated
    found = []
    for one in vectors:
        levels = {clauses()[name].level for name in one.question.clauses}
        if stated.levels and levels.isdisjoint(stated.levels):
            continue
        forms = features(assignment, one.operator)
        within = offered(one if "no_bias" in forms else _biased(one), forms)
        asked = under(within, _own(stated, one.operator)) if within else None
        if asked:
            found.append(asked)
    return tuple(found)


def _biased(one: Vector) -> Vector:
    """The same with a bias of zeros, where the calls that are asked for cannot do without."""
    asked = one.question
    if one.operator not in ("conv2d", "dense") or asked.rule:
        return one
    first, *others = (_with_zeros(case) for case in asked.cases)
    return replace(one, question=replace(asked, case=first, then=tuple(others)))


def _with_zeros(case: Case) -> Case:
    zeros = np.zeros(case.inputs["kernel"].shape[-1], case.dtype)
    return case.given(**{"bias": zeros, **case.inputs})


def _own(stated: Statement, operator: str) -> tuple[str, ...]:
    from refcnn.spec.dialects import DIALECTS

    return tuple(name for name in stated.dialects if operator in DIALECTS[name].operators)


def _cached(directory: Path, operator: str, seed: int) -> tuple[Vector, ...]:
    """The private vectors of an operator, made once and kept in a file."""
    catalogue = " ".join(sorted(needed(operator)))  # the choice of cases depends on it
    about = f"{SUITE} {RECIPE} {operator} {seed} {catalogue}"
    name = sha256(about.encode()).hexdigest()[:16]
    path = directory / f"{operator}-{name}.json"
    if not path.is_file():
        try:
            made = [*build(seed, [operator], kills=1)[operator], *unselected(operator, seed)]
        except NotCoveredError as error:
            raise AssignmentError(f"this seed makes no good cases: {error}; take another") from None
        try:
            directory.mkdir(mode=0o700, exist_ok=True)
            write_whole(path, vector_files.text(made, seed))
        except OSError:  # a read-only assignment works, only slower
            return tuple(made)
    return vector_files.load_one(path)


def _units(
    assignment: Assignment, private: Vectors
) -> tuple[tuple[ItemSpec, tuple[Unit, ...]], ...]:
    """The requirements of each item; raises AssignmentError for items that nothing can fail."""
    known: dict[Unit, None] = {
        (op, clause): None
        for op, vectors in private.items()
        for one in vectors
        for clause in one.question.clauses
    }
    owner: dict[Unit, str] = {}
    for item in assignment.item:
        for unit in _named(item):
            if unit not in known and not _elsewhere(unit[1], item, known):
                raise AssignmentError(
                    f"item {item.id!r}: no case is evidence of {unit[1]} for "
                    f"{', '.join(item.operators)}; leave it out, or ask for more forms"
                )
            if unit in known and owner.setdefault(unit, item.id) != item.id:
                raise AssignmentError(
                    f"{unit[1]} of {unit[0]} is in the items {owner[unit]!r} and {item.id!r}; "
                    "one mistake would cost twice"
                )
    found = {}
    for item in assignment.item:
        open_ones = (u for u in known if u not in owner and _goes_without_saying(u, item))
        units = (
            tuple(open_ones) if not item.clauses else tuple(u for u in _named(item) if u in known)
        )
        for unit in units:
            owner.setdefault(unit, item.id)
        if not any(one.kills for one in _evidence(private, units)):
            raise AssignmentError(
                f"item {item.id!r}: there is no mistake that it would notice; "
                "name clauses that have cases, or leave the item out"
            )
        found[item.id] = (item, units)
    return tuple(found[name] for name in _in_order(assignment))


def _goes_without_saying(unit: Unit, item: ItemSpec) -> bool:
    """Whether an item that names no clauses asks for this one.

    Not if no network needs it, nor if right libraries differ on what is special about it.
    """
    operator, clause = unit
    level = clauses()[clause].level
    disputed = level == "robust" and replaced(DIALECTS, operator, clause)
    return operator in item.operators and level != "extended" and not disputed


def _named(item: ItemSpec) -> list[Unit]:
    return [(op, clause) for op in item.operators for clause in item.clauses]


def _elsewhere(clause: str, item: ItemSpec, known: Mapping[Unit, None]) -> bool:
    """Whether another operator of the item has the clause."""
    return any((op, clause) in known for op in item.operators)


def _evidence(vectors: Vectors, units: tuple[Unit, ...]) -> list[Vector]:
    return [
        one
        for op, own in vectors.items()
        for one in own
        if any((op, clause) in units for clause in one.question.clauses)
    ]


def _in_order(assignment: Assignment) -> list[str]:
    """The ids of the items, each after those that it requires."""
    needs = {item.id: item.requires for item in assignment.item}
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in done:
            for needed in needs[name]:
                visit(needed)
            done[name] = None

    for name in needs:
        visit(name)
    return [*done]
