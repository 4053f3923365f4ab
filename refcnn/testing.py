"""The specification in another library's own test-suite, in three lines.

    from refcnn import testing
    import mylib
    globals().update(testing.conformance(mylib, xfails={"CONV-25": "large kernels: #12"}))

What comes back are plain test functions. They are not a plugin: pytest runs them by its
own rules, and a test that is not one of them never hears of refcnn.
"""

import contextlib
import inspect
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from refcnn.diagnosis.identify.implementation import read_all, readable
from refcnn.harness.statement import checked, merged, preset
from refcnn.implementations import targets as doors
from refcnn.implementations.process import Allowance, CouldNotStart
from refcnn.reports.equations import other_layouts
from refcnn.reports.equations_page import Explained, explained
from refcnn.suite.checks import Check, checks
from refcnn.suite.clauses import LEVELS, MODEL, SUBJECTS
from refcnn.suite.clauses import clauses as all_clauses
from refcnn.suite.hints import did_you_mean, not_known
from refcnn.suite.registry import OPERATORS, USUAL
from refcnn.suite.sampling import PROFILES
from refcnn.testing_trial import InProcess, Library
from refcnn.training_tasks import Task, training_tasks

__all__ = [
    "DoorError",
    "Explained",
    "Program",
    "Task",
    "conformance",
    "explain",
    "program",
    "training_tasks",
]

NOTHING: Mapping[str, Any] = MappingProxyType({})


class DoorError(pytest.Collector.CollectError, ValueError):
    """The tests cannot be made as asked; at collection pytest shows the sentence alone."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command, whose process is asked within limits."""

    command: str
    limits: Allowance


def program(command: str, *, timeout: float = 5.0, memory: int = 4096) -> Program:
    """Any program that speaks the protocol; a case may take `timeout` seconds, `memory` MiB."""
    return Program(command, Allowance(seconds=timeout, mebibytes=memory))


def conformance(
    implementation: Any,
    *,
    statement: Mapping[str, Any] = NOTHING,
    like: str | None = None,
    xfails: Mapping[str, str] = NOTHING,
    operators: Iterable[str] = (),
    clauses: Iterable[str] = (),
    levels: Iterable[str] = (),
    profile: str = "standard",
    seed: int | None = None,
) -> dict[str, Callable[..., None]]:
    """Tests of every clause, by name, for the `globals()` of a test module.

    `implementation` is a module, a mapping of functions by name of operator, or an
    object that has them, which are called in this process; or the path of a Python
    file, or a `program`, which are asked in a child process. `like` is a preset of
    the statement; `statement` wins over it, and both over STATEMENT in the code.

    `operators`, `clauses` and `levels` choose tests. The tests of an operator that is
    missing are skipped, but fail if it is named here. `profile` is how much to try:
    quick (golden vectors alone), standard, tox (Hypothesis, too), thorough; a `seed`
    gives other cases than the usual ones.

    `xfails` gives reasons by clause ("CONV-25"), by clause and operator
    ("POOL-4/max_pool2d") or by test. A test named there that passes is an error.

    Raises DoorError with one sentence.
    """
    choice = {
        "operator": _names("operators", operators, SUBJECTS),
        "clause": _names("clauses", clauses, all_clauses()),
        "level": _names("levels", levels, LEVELS),
    }
    _names("profile", profile, PROFILES)
    _check_reasons(xfails)
    name, start, offered = _found(implementation, statement, like)
    asked = {*USUAL, *offered, *choice["operator"], MODEL}
    named: dict[str, list[Check]] = {}
    for check in checks():
        wanted = check.operator in asked and (profile != "quick" or check.golden)
        if wanted and _chosen(check, choice):
            named.setdefault(check.test, []).append(check)
    if not named:
        raise DoorError("operators, clauses, levels and profile leave no test")
    library = Library(name, start, choice["operator"], xfails, profile, seed)
    module = sys._getframe(1).f_globals  # noqa: SLF001 - of whoever asks
    if taken := [name for name in named if name in module]:
        raise DoorError(f"this file has a {taken[0]} already; a library has a file of its own")
    return {name: _test(library, these, module["__name__"]) for name, these in named.items()}


def explain(
    implementation: Any,
    *,
    statement: Mapping[str, Any] = NOTHING,
    like: str | None = None,
    operators: Iterable[str] = (),
) -> Explained:
    """What an implementation computes, as equations beside the right ones, with pictures.

    `implementation`, `statement` and `like` are those of `conformance`; `operators` are those to
    be read, of all that can be. Printed it is text; at the end of a cell a notebook shows it
    with its pictures; `page()` is an HTML page. Raises DoorError with one sentence.

        >>> from refcnn import testing
        >>> import refcnn
        >>> read = testing.explain({"relu": refcnn.relu})
        >>> print(str(read).splitlines()[1].strip())
        yours: Y = 0 where X < 0, X where X > 0
    """
    wanted = _names("operators", operators, readable())
    name, start, _ = _found(implementation, statement, like)
    try:
        iut = start()
    except (ValueError, CouldNotStart) as error:
        raise DoorError(str(error)) from None
    with contextlib.ExitStack() as stack:
        if hasattr(iut, "__exit__"):
            stack.enter_context(iut)
        return explained(name, read_all(iut, wanted), other_layouts(iut.statement))


def _found(
    implementation: Any, statement: Mapping[str, Any], like: str | None
) -> tuple[str, Callable[[], Any], tuple[str, ...]]:
    """What `_opened` tells of an implementation and its statement; raises DoorError."""
    try:
        said = merged(preset(like) if like else {}, checked(statement, "the statement"))
        return _opened(implementation, said)
    except ValueError as error:
        raise DoorError(str(error)) from None


def _opened(
    implementation: Any, said: Mapping[str, Any]
) -> tuple[str, Callable[[], Any], tuple[str, ...]]:
    """The name of an implementation, what starts it, and its operators; raises ValueError.

    Of what is not started yet these may be any.
    """
    if isinstance(implementation, Program):
        command, limits = implementation.command, implementation.limits
        return command, partial(doors.command, command, said, limits), OPERATORS
    if isinstance(implementation, str | os.PathLike):
        path = Path(implementation)
        if not path.is_file():
            raise ValueError(f"there is no file {path}; a command is given as program(...)")
        return path.name, partial(doors.python, str(path.resolve()), said), OPERATORS
    functions = InProcess(implementation, said)
    return functions.statement.name, lambda: functions, functions.statement.operators


def _names(option: str, given: str | Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if name not in known:
            raise DoorError(f"{option}: {not_known(name, known)}")
    return names


def _chosen(check: Check, choice: Mapping[str, tuple[str, ...]]) -> bool:
    own = {"operator": check.operator, "clause": check.clause.id, "level": check.clause.level}
    return all(own[what] in names for what, names in choice.items() if names)


def _check_reasons(xfails: Mapping[str, str]) -> None:
    """Raise DoorError for a key that is about no test, and for a reason that is none."""
    if not isinstance(xfails, Mapping):
        raise DoorError("xfails is a dict: a reason for each clause, clause/operator or test")
    known = {key for check in checks() for key in check.keys}
    for key, reason in xfails.items():
        if key not in known:
            raise DoorError(f"xfails names {key}, {_why_unknown(str(key), known)}")
        if not isinstance(reason, str) or not reason.strip():
            raise DoorError(f"xfails gives no reason for {key}; say why in a sentence")


def _why_unknown(key: str, known: Collection[str]) -> str:
    name, _, operator = key.partition("/")
    clause = all_clauses().get(name)
    if clause and operator:
        return f"but {name} is about {', '.join(clause.operators)}"
    if clause:
        return "a clause about what an implementation is not asked"
    if re.fullmatch(r"[A-Z]+-[0-9]+", name):
        return "which is not a clause"
    return "which is not a clause or test" + did_you_mean(key, known)


def _test(library: Library, asked: list[Check], module: str) -> Callable[..., None]:
    """A test function of `module` that makes these checks, one or by parameter."""
    first = asked[0]

    def alone(request: pytest.FixtureRequest) -> None:
        library.judge(first, request)

    def each(request: pytest.FixtureRequest, check: Check) -> None:
        library.judge(check, request)

    test: Callable[..., None] = alone
    if first.id:
        params = [pytest.param(check, id=check.id) for check in asked]
        test = pytest.mark.parametrize("check", params)(each)
    test.__name__ = test.__qualname__ = first.test
    test.__module__ = module  # else collect_imported_tests=false leaves it out
    about = {
        "__test__": True,  # whatever python_functions is
        "__signature__": inspect.signature(test),
        "__wrapped__": first.function,  # where its source is
    }
    if not first.golden:
        test.__doc__ = first.clause.sentence
        about[first.clause.id] = True  # for -k CONV-6
    vars(test).update(about)
    return test
