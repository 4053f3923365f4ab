"""The tests of the suite as functions that may be called: one check a clause and operator.

The suite's files are loaded under no name, with marks of their own, so that neither
the modules nor the --strict-markers of whoever runs them have anything to do with it.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from refcnn.suite.clauses import Clause, clauses
from refcnn.suite.paths import suite

_PARAM = type(pytest.param())


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """A test of the suite for one clause and operator: a function and its arguments but `iut`."""

    clause: Clause
    operator: str
    name: str  # of the test function; begins with the clause if all its checks are of one
    id: str  # of the parameters, "" if there are none
    golden: bool
    function: Callable[..., None]
    arguments: Mapping[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        """What may name it, the most telling first."""
        one = (f"{self.name}[{self.id}]",) if self.id else ()
        return (*one, self.name, f"{self.clause.id}/{self.operator}", self.clause.id)


@cache
def checks() -> tuple[Check, ...]:
    """Every check of an implementation: golden vectors first, in the order of the clauses."""
    # It would import TensorFlow, for tests that are about refcnn itself.
    paths = [p for p in sorted(suite().glob("test_*.py")) if not p.stem.startswith("test_keras_")]
    found: list[Check] = []
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setattr(pytest.mark, "_config", None, raising=False)
        warnings.simplefilter("ignore")
        for path in paths:
            found += _of(_loaded(path))
    order = [*clauses()]
    return tuple(sorted(found, key=lambda c: (not c.golden, order.index(c.clause.id))))


def _loaded(path: Path) -> ModuleType:
    loader = SourceFileLoader(f"refcnn.suite.{path.stem}", str(path))
    module = ModuleType(loader.name)
    module.__file__ = str(path)
    loader.exec_module(module)
    return module


def _of(module: ModuleType) -> Iterator[Check]:
    everywhere = getattr(module, "pytestmark", [])
    shared = everywhere if isinstance(everywhere, list) else [everywhere]
    for name, function in vars(module).items():
        if name.startswith("test_"):
            marks = [*shared, *getattr(function, "pytestmark", [])]
            if not {"own", "keras"} & {mark.name for mark in marks}:
                yield from _expanded(function, marks)


class _Row(NamedTuple):
    """One set of parameters."""

    arguments: dict[str, Any]
    id: str
    clauses: list[str]


def _expanded(function: Callable[..., None], marks: list[Any]) -> Iterator[Check]:
    """A check for each set of parameters, with the ids that pytest gives them."""
    mine, golden = _clauses(marks), any(mark.name == "golden" for mark in marks)
    tables = [_rows(mark) for mark in marks if mark.name == "parametrize"]
    for rows in product(*tables):
        arguments = {key: value for row in rows for key, value in row.arguments.items()}
        (named,) = [*mine, *(clause for row in rows for clause in row.clauses)]
        clause, ids = clauses()[named], "-".join(row.id for row in rows)
        name = "test_golden" if golden else f"test_{named.replace('-', '_')}_{_bare(function)}"
        operator = arguments.get("operator", clause.operators[0])
        yield Check(clause, operator, name, ids, golden, function, arguments)


def _rows(mark: Any) -> list[_Row]:
    names, values = mark.args
    names = names.split(",") if isinstance(names, str) else names
    rows = []
    for value in values:
        several = value if len(names) > 1 else (value,)
        param = value if isinstance(value, _PARAM) else pytest.param(*several)
        texts = str(param.id or "-".join(map(str, param.values)))
        rows.append(_Row(dict(zip(names, param.values)), texts, _clauses(param.marks)))
    return rows


def _clauses(marks: Iterable[Any]) -> list[str]:
    return [mark.args[0] for mark in marks if mark.name == "clause"]


def _bare(function: Callable[..., None]) -> str:
    return function.__name__.removeprefix("test_")
