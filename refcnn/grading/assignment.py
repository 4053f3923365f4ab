"""An assignment: what is asked for, for how many points, within which limits.

`DIR/assignment.toml` says it; the private seed lies beside it in `DIR/seed.txt`.
"""

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from refcnn.grading.tastes import Worth, taste_of, tastes
from refcnn.harness.statement import Statement, checked, merged, preset, statement
from refcnn.implementations.sayable import sayable
from refcnn.suite.capabilities import DESCRIPTIONS
from refcnn.suite.clauses import clauses
from refcnn.suite.registry import OPERATORS
from refcnn.suite.tensors import DTYPES

FILE, SEED = "assignment.toml", "seed.txt"
FORMS = (*DTYPES, *DESCRIPTIONS)


class AssignmentError(ValueError):
    """An assignment that cannot be used; the message says what, where, and what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _operator(name: str) -> str:
    if name not in OPERATORS:
        raise ValueError(f"{name!r} is not an operator; they are {', '.join(OPERATORS)}")
    return name


Operator = Annotated[str, AfterValidator(_operator)]
_Without = tuple[str, ...] | Mapping[Operator, tuple[str, ...]]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


def _to_two_decimals(value: float) -> float:
    if round(value, 2) != value:
        raise ValueError("points have at most two decimals")
    return value


Points = Annotated[
    float, Field(gt=0, le=100_000, allow_inf_nan=False), AfterValidator(_to_two_decimals)
]


class ItemSpec(_Part):
    """One item: requirements of some operators, and what they are worth."""

    id: Name
    title: str = Field(min_length=1, max_length=200)
    points: Points
    operators: tuple[Operator, ...] = Field(min_length=1)
    clauses: tuple[str, ...] = ()  # none: all that no other names and networks need
    requires: tuple[str, ...] = ()  # ids of items without which nothing can be said of this one
    hidden: bool = False  # students are told category and diagnosis, never values
    # Points for each requirement that holds, for each clause that holds of all, or for all.
    credit: Literal["part", "clause", "all"] = "part"

    @field_validator("clauses")
    @classmethod
    def _known_clauses(cls, found: tuple[str, ...]) -> tuple[str, ...]:
        for name in found:
            if name not in clauses():
                raise ValueError(f"{name!r} is not a clause; `refcnn spec` lists them")
        return found


class Resources(_Part):
    """What a submission may use."""

    seconds: float = Field(2.0, gt=0, le=600)  # of CPU for one case, whatever its size
    microseconds_per_operation: float = Field(200.0, ge=0)  # on top, for its multiply-adds
    seconds_to_load: float = Field(10.0, gt=0, le=600)
    seconds_in_all: float = Field(300.0, gt=0, le=86_400)  # on the wall, for all cases
    mebibytes: int = Field(512, ge=64)  # of memory, beyond what Python and NumPy take
    kibibytes_of_source: int = Field(1024, ge=1)  # of one file of code

    @property
    def bytes_of_source(self) -> int:
        """The size of one file of code."""
        return 1024 * self.kibibytes_of_source


Stateable = Literal["layout", "kernel_layout", "dense_layout", "algorithm", "dialects"]
Module = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]


class Policy(_Part):
    """Rules beside right and wrong."""

    forbid: tuple[Module, ...] = ("torch", "tensorflow", "jax", "scipy", "cv2")  # to be looked at
    allow: tuple[Module, ...] = ()  # that may be imported beside NumPy and the standard library
    carry_mistakes: bool = True  # a mistake that was paid for in one item costs nothing in others
    may_state: tuple[Stateable, ...] = ()  # members of STATEMENT that students may say
    # Matters of taste (tastes.py): what they are worth, where an item asks for them.
    dtype: Worth = "points"
    refusals: Worth = "points"
    empty_batches: Worth = "points"
    memory: Worth = "points"
    ranks: Worth = "points"
    special_numbers: Worth = "points"

    @property
    def tastes(self) -> dict[str, Worth]:
        """What each matter of taste is worth, where an item asks for it."""
        return {key: getattr(self, key) for key in tastes()}

    def worth(self, clause: str) -> Worth:
        """What a clause is worth, where an item asks for it."""
        return self.tastes.get(taste_of(clause), "points")


class Sample(_Part):
    """A submission whose score is known: `refcnn assignment validate` holds them to it."""

    file: str
    score: float = Field(ge=0)


class Assignment(_Part):
    """What assignment.toml says."""

    title: str = Field(min_length=1, max_length=200)
    total: Points
    entry: str = Field("cnn.py", pattern=r"^[^/\\]+\.(py|ipynb)$")  # of several files, the one
    # Forms of arguments and dtypes that are not asked for: a list, or one for each operator.
    without: _Without = ()
    statement: Mapping[str, Any] = Field(default_factory=dict)  # layouts, dialects, calls, like
    policy: Policy = Policy()
    limits: Resources = Resources()
    item: tuple[ItemSpec, ...] = Field(min_length=1)
    sample: tuple[Sample, ...] = ()

    @field_validator("without", mode="before")
    @classmethod
    def _known_forms(cls, found: Any) -> Any:
        """Checked before the types are, for a better sentence."""
        table = found if isinstance(found, Mapping) else {"every operator": found}
        for operator, names in table.items():
            if isinstance(found, Mapping):
                _operator(operator)
            if not isinstance(names, list | tuple):
                raise ValueError(f"{operator} has {names!r}, which is not a list of forms")
            for name in names:
                if name not in FORMS:
                    raise ValueError(f"{name!r} is not a form; they are {', '.join(FORMS)}")
        return found

    @field_validator("statement")
    @classmethod
    def _readable_statement(cls, found: Mapping[str, Any]) -> Mapping[str, Any]:
        sayable(statement(_stated(found)))  # a call that is not an expression is told at once
        return found

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [item.id for item in self.item]
        if twice := next((name for name in ids if ids.count(name) > 1), None):
            raise ValueError(f"two items have the id {twice!r}; give each its own")
        points = round(sum(item.points for item in self.item), 6)
        if points != self.total:
            raise ValueError(f"the items have {points:g} points, but total is {self.total:g}")
        for item in self.item:
            for name in item.requires:
                if name not in ids:
                    raise ValueError(f"item {item.id!r} requires {name!r}, which is not an item")
        self._check_may_state()
        if loop := _cycle({item.id: item.requires for item in self.item}):
            raise ValueError(f"items require each other in a circle: {' -> '.join(loop)}")
        return self

    def _check_may_state(self) -> None:
        """What the assignment itself says, students cannot say."""
        stated = self.stated
        for name in self.policy.may_state:
            if (name == "algorithm" and stated.algorithm != "direct") or (
                name == "dialects" and stated.every("dialects")
            ):
                raise ValueError(f"policy.may_state has {name!r}, which [statement] says already")
            if name.endswith("layout") and stated.calls:
                raise ValueError(f"policy.may_state has {name!r}, but calls have one layout")

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators of all items, in the order of the specification."""
        asked = {name for item in self.item for name in item.operators}
        return tuple(name for name in OPERATORS if name in asked)

    def without_of(self, operator: str) -> tuple[str, ...]:
        """The forms of arguments and dtypes that an operator is not asked for."""
        if isinstance(self.without, Mapping):
            return self.without.get(operator, ())
        return self.without

    @property
    def said(self) -> dict[str, Any]:
        """What is stated of every submission, as data."""
        return {"name": "submission", "operators": [*OPERATORS], **_stated(self.statement)}

    @property
    def stated(self) -> Statement:
        """The statement by which submissions are judged, as far as they may not say more."""
        return statement(self.said)


def _stated(found: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(found)
    base = preset(str(said.pop("like"))) if "like" in said else {}
    return merged(base, checked(said, "statement"))


def _cycle(requires: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The ids along a circle of requirements, or nothing."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        found = next(filter(None, (walk(n, [*path, name]) for n in requires[name])), [])
        done.add(name)
        return found

    return next(filter(None, (walk(name, []) for name in requires)), [])


def load(directory: Path) -> Assignment:
    """The assignment of a directory; raises AssignmentError that says what is wrong with it."""
    path = directory / FILE
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise AssignmentError(
            f"there is no {path}; `refcnn assignment init {directory}` writes one"
        ) from None
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{path} cannot be read: {error}") from None
    try:
        return Assignment.model_validate(found)
    except ValidationError as error:
        raise AssignmentError(f"{path}: {_told(error)}") from None


def _told(error: ValidationError) -> str:
    """The first fault, in one sentence."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{where} is not known; leave it out or mend its name"
    said = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def digest(assignment: Assignment) -> str:
    """SHA-256 of all that grading depends on: comments, order of keys and samples do not count."""
    said = assignment.model_copy(update={"sample": ()})
    return sha256(said.model_dump_json().encode()).hexdigest()
