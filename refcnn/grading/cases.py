"""The cases of an assignment: private ones, that earn points, and public ones, that explain.

The private cases of an operator follow from the secret seed alone: the seed of the
generator is the first 64 bits of HMAC-SHA256(secret, "refcnn cases SUITE OPERATOR").
They are the same for everybody, and whoever has the secret can make them again.
"""

import hmac
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from refcnn.grading.assignment import SEED, Assignment, AssignmentError, ItemSpec, digest, load
from refcnn.grading.evidence import Evidence
from refcnn.grading.kept import Kept
from refcnn.grading.tastes import DTYPE, taste_of
from refcnn.suite.capabilities import Features
from refcnn.suite.clauses import clauses
from refcnn.suite.generators import SUITE
from refcnn.suite.vectors import Vector

CACHE = ".cases"  # as private as the seed that it follows from; may be deleted

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
    every: (
        Vectors  # private ones, also of what no item asks for: to say why a mistake costs nothing
    )
    items: tuple[tuple[ItemSpec, tuple[Unit, ...]], ...]  # in an order that requires allow
    noted: tuple[Unit, ...]  # requirements that are told of, and cost nothing
    features: Mapping[str, Features]  # by operator: forms and limits within which it is asked
    files: tuple[str, ...] = ()  # of the cache, that this follows from

    @classmethod
    def of(
        cls, directory: Path, done: Callable[[str], None] = lambda _: None, *, other: int = 0
    ) -> Self:
        """The setup of an assignment; `done` is told each operator whose cases are there.

        It is that of another seed if `other` is not 0, to see that every seed does as well.

        Raises AssignmentError that says what is wrong with the assignment.
        """
        assignment, seed = load(directory), secret(directory)
        kept = Kept(directory / CACHE, seed)
        if other:
            seed = hmac.digest(seed, f"other seed {other}".encode(), "sha256")
        private, public, found = {}, {}, {}
        for operator in assignment.operators:
            evidence = Evidence(assignment, operator, kept)
            found[operator] = evidence.terms.features
            public[operator] = _asked_for(assignment, evidence.public())
            private[operator] = _asked_for(assignment, evidence.private(seed_of(seed, operator)))
            done(operator)
        known = _known(assignment, private)
        items = _units(assignment, known, private)
        noted = tuple(unit for unit in known if assignment.policy.worth(unit[1]) == "note")
        asked = {*noted, *(unit for _, units in items for unit in units)}
        return cls(
            assignment=assignment,
            digest=digest(assignment),
            commitment=commitment(seed),
            private=_evidence_of(asked, private),
            public=_evidence_of(asked, public),
            every=private,
            items=items,
            noted=noted,
            features=found,
            files=(*kept.used,),
        )


def _evidence_of(asked: Collection[Unit], vectors: Vectors) -> Vectors:
    """The vectors that are evidence of what is asked; the dtype can be told from any of them."""
    found = {}
    for operator, own in vectors.items():
        telling = tuple(one for one in own if is_evidence(one, asked))
        found[operator] = telling or (own if (operator, DTYPE) in asked else ())
    return found


def _asked_for(assignment: Assignment, vectors: Iterable[Vector]) -> tuple[Vector, ...]:
    """The vectors that are about a clause which is asked for."""

    def wanted(one: Vector) -> bool:
        return any(_is_asked_for(assignment, clause) for clause in one.question.clauses)

    return tuple(filter(wanted, vectors))


def _is_asked_for(assignment: Assignment, clause: str) -> bool:
    """Whether a clause is of a level that is asked for, and the policy wants to know of it."""
    levels = assignment.stated.levels
    of_level = not levels or clauses()[clause].level in levels
    return of_level and assignment.policy.worth(clause) != "nothing"


def _known(assignment: Assignment, private: Vectors) -> dict[Unit, None]:
    """What there are cases for; the dtype of the answer can be seen in all of them."""
    known: dict[Unit, None] = {}
    for operator, vectors in private.items():
        named = [clause for one in vectors for clause in one.question.clauses]
        dtype = [DTYPE] if _is_asked_for(assignment, DTYPE) else []
        known |= dict.fromkeys((operator, clause) for clause in named + dtype)
    return known


def _units(
    assignment: Assignment, every: Mapping[Unit, None], private: Vectors
) -> tuple[tuple[ItemSpec, tuple[Unit, ...]], ...]:
    """The requirements of each item; raises AssignmentError for items that nothing can fail."""
    policy = assignment.policy
    known = {unit: None for unit in every if policy.worth(unit[1]) == "points"}
    owner = _owners(assignment, known)
    found = {}
    for item in assignment.item:
        if item.clauses:
            units = tuple(unit for unit in _named(item) if unit in known)
        else:
            left = [unit for unit in known if unit not in owner]
            units = tuple(unit for unit in left if _goes_without_saying(unit, item))
        owner |= {unit: item.id for unit in units if unit not in owner}
        _must_notice(item, units, private)
        found[item.id] = (item, units)
    return tuple(found[name] for name in _in_order(assignment))


def _owners(assignment: Assignment, known: Mapping[Unit, None]) -> dict[Unit, str]:
    """By requirement: the item that names it; raises AssignmentError."""
    policy, owner = assignment.policy, dict[Unit, str]()
    for item in assignment.item:
        if item.clauses and all(policy.worth(clause) != "points" for clause in item.clauses):
            keys = " and ".join(dict.fromkeys(map(taste_of, item.clauses)))
            raise AssignmentError(
                f"item {item.id!r}: by [policy] {keys} nothing of it costs points; leave the "
                "item out, or change the policy"
            )
        for unit in _named(item):
            if policy.worth(unit[1]) == "points":
                _own(owner, unit, item, known)
    return owner


def _own(owner: dict[Unit, str], unit: Unit, item: ItemSpec, known: Mapping[Unit, None]) -> None:
    """Enter the item as the owner of a requirement, if there is evidence of that."""
    operator, clause = unit
    if unit not in known and not _elsewhere(clause, item, known):
        raise AssignmentError(
            f"item {item.id!r}: no case is evidence of {clause} for "
            f"{', '.join(item.operators)}; leave it out, or ask for more forms"
        )
    if unit in known and owner.setdefault(unit, item.id) != item.id:
        raise AssignmentError(
            f"{clause} of {operator} is in the items {owner[unit]!r} and {item.id!r}; "
            "one mistake would cost twice"
        )


def _must_notice(item: ItemSpec, units: tuple[Unit, ...], private: Vectors) -> None:
    """Raise AssignmentError for an item that no mistake fails."""
    about_dtype = any(clause == DTYPE for _, clause in units)
    if not about_dtype and not any(one.kills for one in _evidence(private, units)):
        raise AssignmentError(
            f"item {item.id!r}: there is no mistake that it would notice; "
            "name clauses that have cases, or leave the item out"
        )


def _goes_without_saying(unit: Unit, item: ItemSpec) -> bool:
    """Whether an item that names no clauses asks for this one: not if no network needs it."""
    operator, name = unit
    clause = clauses()[name]
    needed = clause.level != "extended" and not clause.optional
    return needed and operator in item.operators


def _named(item: ItemSpec) -> list[Unit]:
    return [(op, clause) for op in item.operators for clause in item.clauses]


def _elsewhere(clause: str, item: ItemSpec, known: Mapping[Unit, None]) -> bool:
    """Whether another operator of the item has the clause."""
    return any((op, clause) in known for op in item.operators)


def is_evidence(one: Vector, units: Collection[Unit]) -> bool:
    """Whether a vector is evidence of some requirement."""
    return any((one.operator, clause) in units for clause in one.question.clauses)


def _evidence(vectors: Vectors, units: tuple[Unit, ...]) -> list[Vector]:
    return [one for own in vectors.values() for one in own if is_evidence(one, units)]


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
