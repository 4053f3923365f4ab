"""The operators there are: found by listing the folders of `refcnn.operators`.

A folder is one operator, or a family of several that share their clauses. It has RECORDS,
TEXTS, and modules: each is one of PARTS, or helps the one whose name it begins with. What is
about an argument that goes beyond lies in EXTENDED modules of its own: "checks_dilation".
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from refcnn.suite.operator import Operator

PACKAGE = "refcnn.operators"  # by its name: what is listed there imports from this package
TABLES = ("domains", "lattice", "numerics", "steps", "trace")  # by operator
LISTS = ("alternatives", "checks", "mutants")
EXTENDED = ("domains", "checks", "mutants")  # each a list, of one further argument
OPTIONAL = ("dialects",)  # a list, where there is any
HELPERS = ("cases",)  # modules that others are made of
TEXTS = ("clauses.toml", "assignment.toml", "starter.py.tmpl", "solution.py.tmpl")
SAMPLES = "samples"  # a folder of wrong solutions
PARTS = (*TABLES, *LISTS, *OPTIONAL, *HELPERS)


@cache
def families() -> dict[str, tuple[Operator, ...]]:
    """The records of every folder, by its name, in the order of their places."""
    found = {}
    for folder in files(PACKAGE).iterdir():
        if folder.joinpath("__init__.py").is_file():
            found[folder.name] = tuple(import_module(f"{PACKAGE}.{folder.name}").RECORDS)
    return dict(sorted(found.items(), key=lambda family: family[1][0].place))


@cache
def records() -> dict[str, Operator]:
    """All operators by name."""
    return {one.name: one for family in families().values() for one in family}


OPERATORS = tuple(records())
# Those that are meant where none is named; the others are asked of who has them alone.
USUAL = tuple(name for name, one in records().items() if not one.extension)


def record(operator: str) -> Operator:
    """The record of an operator; raises KeyError if there is none."""
    return records()[operator]


def simplest() -> str:
    """An operator that takes one tensor and nothing else."""
    return next(name for name, one in records().items() if one.by_place == ("x",))


def extensions() -> tuple[str, ...]:
    """The names of all arguments that go beyond."""
    return tuple(dict.fromkeys(name for one in records().values() for name in one.extensions))


@cache
def family_of(operator: str) -> str:
    """The folder that an operator lies in."""
    return next(name for name, family in families().items() if record(operator) in family)


@cache
def part(operator: str, kind: str) -> Any:
    """What the part of a kind says of an operator: the entry in the table named like the part.

    Raises LookupError with one sentence if there is none.
    """
    family = family_of(operator)
    if not _has(family, f"{kind}.py"):
        raise LookupError(f"refcnn/operators/{family} has no {kind}.py")
    table = _table(family, kind)
    if operator not in table:
        raise LookupError(f"refcnn/operators/{family}/{kind}.py says nothing of {operator}")
    return table[operator]


def parts(kind: str) -> Iterator[Any]:
    """The part of a kind of every family, and of what extends its operators."""
    for family, known in families().items():
        if kind not in OPTIONAL or _has(family, f"{kind}.py"):
            yield _table(family, kind)
        if kind in EXTENDED:
            yield from (extension(one.name, name, kind) for one in known for name in one.extensions)


def extension(operator: str, argument: str, kind: str) -> Any:
    """The list of a kind of EXTENDED about an argument that goes beyond."""
    return _table(family_of(operator), kind, f"_{argument}")


def _table(family: str, kind: str, about: str = "") -> Any:
    return getattr(import_module(f"{PACKAGE}.{family}.{kind}{about}"), kind.upper())


@cache
def _has(family: str, name: str) -> bool:
    return files(PACKAGE).joinpath(family, name).is_file()


def content(family: str, name: str) -> str:
    """A file that is not a module, of a family."""
    return files(PACKAGE).joinpath(family, name).read_text("utf-8")
