"""A failure replayed: three lines of Python beside the file, or one line of the protocol.

Nothing false: `replay` and `replay_program` execute what they show in a process of its
own, and show it only if the implementation does there what was observed. So a failure
that depends on earlier calls is not shown as one that can be replayed.
"""

import ast
import builtins
import keyword
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from refcnn.harness import protocol
from refcnn.harness.calls import HELPERS, WORDS
from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.implementations import targets as doors
from refcnn.implementations.process import Allowance, CouldNotStart
from refcnn.reports.asking import output, plain_call, question, reason
from refcnn.reports.replayed import read
from refcnn.suite.case import Answer, Case, Crash, Outcome, Refusal, Rubbish
from refcnn.suite.context import Failure
from refcnn.suite.numbers import number
from refcnn.suite.tensors import Array

MOST_NUMBERS = 128  # in all tensors: beyond that nobody pastes them
SECONDS = 10.0  # for a process that replays
LONGEST = 120  # characters of a comment
REPLAYED = Path(__file__).with_name("replayed.py")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where names are imported from, and the directory in which that works."""

    name: str  # of a module, or of a file that cannot be imported
    directory: Path

    def line(self, names: Sequence[str]) -> str:
        """A statement that imports names."""
        if not self.name.endswith(".py"):
            return f"from {self.name} import {', '.join(names)}"
        left, right = ", ".join(names), ", ".join(f"found[{name!r}]" for name in names)
        return f"import runpy; found = runpy.run_path({self.name!r}); {left} = {right}"


def source(target: str) -> Origin | None:
    """The source of a target of `refcnn check`; a notebook has none."""
    path = Path(target)
    if path.is_file():
        importable = path.stem.isidentifier() and not keyword.iskeyword(path.stem)
        name = path.stem if importable and path.suffix == ".py" else path.name
        return Origin(name, path.resolve().parent) if path.suffix == ".py" else None
    if target in doors.FRAMEWORKS:
        return Origin(f"refcnn.implementations.adapters.{target}_adapter", Path.cwd())
    return Origin(target, Path.cwd()) if path.suffix != ".py" else None


# --- three lines of Python


def replay(target: str, failure: Failure, stated: Statement, seconds: float = SECONDS) -> list[str]:
    """Three lines that anyone can paste and run beside the file; none unless they replay it."""
    found = source(target)
    size = sum(tensor.size for tensor in failure.case.inputs.values())
    if found is None or size > MOST_NUMBERS or not _can_be_seen(failure.outcome):
        return []
    for call in _calls(failure.case, stated):
        lines = _lines(found, call, failure, stated)
        if _replays(lines, found.directory, failure, stated, seconds):
            return lines
    return []


def _can_be_seen(outcome: Outcome) -> bool:
    """Whether a process that runs the call once can show it: no side effects, no waiting."""
    match outcome:
        case Answer(_, faults):
            return not faults
        case Crash(what, asked=True):
            return what.startswith(("the process was killed", "the process ended"))
    return isinstance(outcome, Refusal | Rubbish)


def _calls(case: Case, stated: Statement) -> list[str]:
    """Ways to write the call: the stated one, else with what may have another place by name."""
    call = question(case, stated).call
    ways = (plain_call(case, by_name) for by_name in ((), ("bias",), ("pool_size",)))
    return [call] if call != plain_call(case) else list(dict.fromkeys(ways))


def _lines(found: Origin, call: str, failure: Failure, stated: Statement) -> list[str]:
    case = failure.case
    given = layouts.asked(case, stated).inputs
    words = {**{n: literal(t) for n, t in given.items()}, **question(case, stated).words}
    first = f"import numpy as np; {found.line(_foreign(call))}"
    if helpers := [name for name in HELPERS if name in _names(call)]:
        first += f"; from refcnn.harness.calls import {', '.join(helpers)}"
    values = "; ".join(f"{name} = {text}" for name, text in words.items())
    laid = [_LAID_OUT[case.memory].format(name) for name in given if case.memory in _LAID_OUT]
    return [first, "; ".join([values, *laid]), f"print({call})  # {_comment(failure, stated)}"]


_LAID_OUT = {  # as tensors of a case are laid out in memory
    "fortran": "{0} = {0}.copy(order='F')",
    "strided": "{0} = np.repeat({0}, 2, axis=-1)[..., ::2]",
    "read-only": "{0}.flags.writeable = False",
}


def _names(call: str) -> list[str]:
    """Names that an expression uses, in its order."""
    nodes = (node for node in ast.walk(ast.parse(call, mode="eval")) if isinstance(node, ast.Name))
    ordered = sorted(nodes, key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(node.id for node in ordered))


def _foreign(call: str) -> list[str]:
    """Names of the file in a call; a word that is called is one of them."""
    tree = ast.parse(call, mode="eval")
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    functions = {node.id for node in nodes if id(node) in called}
    known = {*HELPERS, *vars(builtins), *(WORDS.keys() - functions)}
    return [name for name in _names(call) if name not in known]


def literal(tensor: Array) -> str:
    """A tensor as Python: every number reads back as the same one."""
    if not tensor.size:
        return f'np.zeros({tensor.shape}, "{tensor.dtype}")'
    return f'np.array({_nested(tensor)}, "{tensor.dtype}")'


def _nested(tensor: Array) -> str:
    if tensor.ndim:
        return f"[{', '.join(map(_nested, tensor))}]"
    value = float(tensor)
    if not math.isfinite(value):
        return f"-np.{-value}" if value < 0 else f"np.{value}"
    return "-0.0" if not value and math.copysign(1, value) < 0 else number(value, str(tensor.dtype))


def _comment(failure: Failure, stated: Statement) -> str:
    """What is expected and what comes, on one line."""
    judged, dtype = failure.judgement, failure.case.dtype
    told = reason(failure, stated)
    if judged.index is not None and judged.got is not None and judged.expected is not None:
        where, got = output(stated, failure.case, judged.index), number(judged.got, dtype)
        told = f"{where}: expected {number(judged.expected, dtype)}, got {got}"
    line = " ".join(told.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 4]} ..."


# --- and whether they do


def _replays(
    lines: Sequence[str], directory: Path, failure: Failure, stated: Statement, seconds: float
) -> bool:
    """Whether lines, run in a fresh process, do what was observed."""
    with TemporaryDirectory() as place:
        result = Path(place) / "result"
        command = [sys.executable, "-P", str(REPLAYED), str(result), "\n".join(lines)]
        _run(command, directory, seconds)
        return _is_same(read(result), failure, stated)


def _run(command: Sequence[str], directory: Path, seconds: float) -> None:
    """Run a process to its end or the end of its time; what it started ends with it."""
    quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    process = subprocess.Popen(command, cwd=directory, start_new_session=True, **quiet)  # noqa: S603
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)
    with suppress(OSError):
        if hasattr(os, "killpg"):  # pragma: no branch - Windows has no process groups
            os.killpg(process.pid, Signals.SIGKILL)
    process.kill()
    process.wait()


def _is_same(seen: dict[str, Any], failure: Failure, stated: Statement) -> bool:
    """Whether what a replay came to is the outcome that was observed."""
    match failure.outcome:
        case Answer(outputs):
            operator = failure.case.operator
            given = [layouts.as_stated(operator, a, stated, name) for name, a in outputs.items()]
            return _all_equal(seen.get("arrays", []), given)
        case Refusal(kind):
            return bool(seen.get("raised") == kind)
        case Rubbish(what):
            return bool(seen.get("answer")) and what.startswith(f"returned {seen['answer']}")
        case Crash():
            return not seen
    return False


def _all_equal(some: Sequence[Array], others: Sequence[Array]) -> bool:
    return len(some) == len(others) and all(map(_equal, some, others))


def _equal(one: Array, other: Array) -> bool:
    alike = one.dtype == other.dtype and one.shape == other.shape
    return alike and np.array_equal(one, other, equal_nan=True)


# --- programs


def request_line(case: Case, stated: Statement) -> str:
    """The question as a line of the protocol, to be sent after `start`."""
    asked = layouts.asked(case, stated).to_json()
    return protocol.line(1, command="run", case=asked).decode().rstrip()


def replay_program(
    command: str, failure: Failure, stated: Statement, limits: Allowance | None = None
) -> list[str]:
    """The request of a program that fails; none unless a new process fails the same way."""
    size = sum(tensor.size for tensor in failure.case.inputs.values())
    if size > MOST_NUMBERS or not _can_be_seen(failure.outcome):
        return []
    try:
        with doors.command(command, limits=limits) as program:
            again = program.run(failure.case)
    except CouldNotStart:
        return []
    return [request_line(failure.case, stated)] if _alike(again, failure.outcome) else []


def _alike(again: Outcome, seen: Outcome) -> bool:
    """Whether two outcomes of one question are the same."""
    match again, seen:
        case Answer(some), Answer(others):
            return some.keys() == others.keys() and _all_equal(
                [*some.values()], [others[name] for name in some]
            )
        case Refusal(one), Refusal(other):
            return one == other
    return type(again) is type(seen) and str(again) == str(seen)


def told(lines: Sequence[str]) -> Iterator[str]:
    """Lines of a replay as they are shown below a card."""
    if lines:
        yield "replay:"
        yield from (f"  {line}" for line in lines)
