"""The conformance statement: what an implementation offers, and how it computes.

It comes from the `start` answer of a program, STATEMENT in a Python file, a TOML
file, a preset by name, or several of these; later ones win member by member.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from refcnn.harness import schema
from refcnn.suite.case import Case
from refcnn.suite.hints import not_known
from refcnn.suite.limits import limit
from refcnn.suite.registry import OPERATORS, USUAL, record
from refcnn.suite.schemas import SchemaError

BY_OPERATOR = ("dtypes", "limits", "dialects")  # members that may differ from operator to operator
PRESETS = Path(__file__).parent / "presets"


@dataclass(frozen=True, slots=True)
class Statement:
    """What an implementation says of itself."""

    name: str
    operators: tuple[str, ...]
    dtypes: tuple[str, ...] = ()  # empty: not said, to be found out
    implementation: tuple[tuple[str, str], ...] = ()  # language, version, libraries
    layout: str = "NHWC"  # axes of activations
    kernel_layout: str = "HWIO"  # axes of convolution kernels
    dense_layout: str = "IO"  # axes of dense kernels
    algorithm: str = "direct"  # class of conv2d and dense, whose bound judges them
    dialects: tuple[str, ...] = ()  # conventions, whose rules replace those of clauses
    limits: tuple[str, ...] = ()  # parts of what is legal that are not offered
    attributes: tuple[str, ...] = ()  # arguments that go beyond, and that it takes nevertheless
    levels: tuple[str, ...] = ()  # of clauses that are asked for; empty: all
    calls: tuple[tuple[str, str], ...] = ()  # operator, expression that calls it
    own: tuple[tuple[str, str, tuple[str, ...]], ...] = ()  # member, operator, what it says there
    source: str = ""
    notes: tuple[str, ...] = ()  # near misses: "found conv2D; is it meant to be conv2d?"

    def of(self, member: str, operator: str) -> tuple[str, ...]:
        """What dtypes, limits or dialects are stated of an operator, by itself or with all."""
        here = (said for name, op, said in self.own if (name, op) == (member, operator))
        everywhere: tuple[str, ...] = getattr(self, member)
        return next(here, everywhere)

    def lacks(self, case: Case) -> str:
        """Why a case is not asked of a program: an argument that it does not state; or ""."""
        beyond = record(case.operator).extensions.keys() & case.attributes.keys()
        unstated = sorted(beyond.difference(self.attributes))
        return f"it does not state that it takes {unstated[0]!r}" if unstated else ""

    def every(self, member: str) -> tuple[str, ...]:
        """All that is stated of any operator."""
        return tuple(dict.fromkeys(said for op in self.operators for said in self.of(member, op)))


def checked(said: Any, where: str) -> dict[str, Any]:
    """A statement as data, as the schema wants it; raises SchemaError in the words of `where`.

    Tuples, as Python files have them, count as lists.
    """
    data = _lists(said)
    schema.validate("statement", data, where)
    limits = data.get("limits", [])
    for name in chain(*limits.values()) if isinstance(limits, dict) else limits:
        try:
            limit(name)
        except ValueError as error:
            raise SchemaError(f"{where}: limits: {error}") from None
    found: dict[str, Any] = data
    return found


def _lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lists(v) for key, v in value.items()}
    return [*map(_lists, value)] if isinstance(value, list | tuple) else value


def statement(said: Mapping[str, Any]) -> Statement:
    """A checked statement as an object: operators in their usual order."""
    offered = said.get("operators", USUAL)
    members: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()}
    tables = {name: said[name] for name in BY_OPERATOR if isinstance(said.get(name), dict)}
    members |= dict.fromkeys(tables, ())
    members["own"] = tuple(
        (name, operator, tuple(said))
        for name, table in tables.items()
        for operator, said in table.items()
    )
    for key in ("implementation", "calls"):
        members[key] = (*said.get(key, {}).items(),)
    members["operators"] = tuple(op for op in OPERATORS if op in offered)
    return Statement(**{"name": "", **members})


def merged(base: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Two checked statements, of which `said` wins: member by member, in tables by operator.

    >>> merged({"calls": {"relu": "f(x)"}, "dialects": []}, {"calls": {"dense": "g(x, kernel)"}})
    {'calls': {'relu': 'f(x)', 'dense': 'g(x, kernel)'}, 'dialects': []}
    """
    both = {name: _by_operator(base[name], said[name]) for name in base.keys() & said.keys()}
    return {**base, **said, **both}


def _by_operator(base: Any, said: Any) -> Any:
    """A member that both have: what a table leaves open is as it was."""
    if not isinstance(said, dict):
        return said
    before = base if isinstance(base, dict) else dict.fromkeys(OPERATORS, base) if base else {}
    return {**before, **said}


def read(path: Path) -> dict[str, Any]:
    """The statement in a TOML file; raises ValueError with one sentence."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    return checked(said, path.name)


def preset(name: str) -> dict[str, Any]:
    """The statement that comes with refcnn for a course's signatures; raises ValueError."""
    known = presets()
    if name not in known:
        raise ValueError(not_known(name, known))
    return read(PRESETS / f"{name}.toml")


def presets() -> list[str]:
    """Names of the presets."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))
