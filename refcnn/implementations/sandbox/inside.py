"""What runs in a confined process: it loads a stranger's code and answers questions about it.

Nothing here is trusted by the grader: the code can change all of it. It can only
make its own answers worse.
"""

import importlib.util
import json
import linecache
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.abc import ExecutionLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from time import monotonic
from types import CodeType, ModuleType
from typing import Any

from refcnn.harness.binding import bound_calls
from refcnn.harness.exceptions import refusal
from refcnn.harness.notebook import NotebookError, as_python, defined
from refcnn.harness.python import PythonFunctions, near_misses
from refcnn.implementations.sandbox import imports
from refcnn.implementations.sandbox.acts import Acts
from refcnn.implementations.sandbox.frames import (
    MOST_STATED,
    MOST_TEXT,
    Frame,
    as_case,
    numbered,
    of_outcome,
    receive,
)
from refcnn.suite.case import Case, Outcome, Refusal
from refcnn.suite.registry import USUAL

MOST_UNSENT, SOON = 2**14, 0.02  # bytes, seconds


class Siblings(ExecutionLoader):
    """Imports the other files of a submission, which are in memory; asked last of all."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        """The module of a file, if there is one of that name."""
        there = f"{name}.py" in self.files
        return importlib.util.spec_from_loader(name, self) if there else None

    def get_filename(self, fullname: str) -> str:
        """The name by which its lines are told."""
        return f"{fullname}.py"

    def get_source(self, fullname: str) -> str:
        """The text of a file."""
        name = self.get_filename(fullname)
        source = importlib.util.decode_source(self.files[name])
        remember(name, source)
        return source


def load(
    kind: str, entry: str, files: Mapping[str, bytes], *, missing: bool = False
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The names that a submission defines, and notes on what was left out of it.

    A script is run as a whole; if it imports what is `missing` here, what it
    defines is taken out of it as from a notebook.
    """
    if kind == "cells":
        return defined(json.loads(files[entry]), Path(entry))
    source = importlib.util.decode_source(files[entry])
    if missing:
        names, notes = defined([source], Path(entry))
        return names, tuple(note.removeprefix("cell 1, ") for note in notes)
    module = ModuleType(f"submission_{Path(entry).stem}")
    module.__file__ = entry
    sys.modules[module.__name__] = module  # where dataclasses, typing and pickle look for it
    remember(entry, source)
    exec(compiled(source, entry), vars(module))  # noqa: S102
    return vars(module), ()


def remember(name: str, source: str) -> None:
    """Have the lines of a file in memory at hand."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)


def files_of(said: Mapping[str, Any], body: bytes) -> dict[str, bytes]:
    """The files of a submission."""
    files, start = dict[str, bytes](), 0
    for name, size in said["files"]:
        files[name] = body[start : start + size]
        start += size
    return files


def programs(said: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[CodeType]:
    """Its programs, as far as they can be read; whoever runs others says what is wrong."""
    for name, raw in files.items():
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            if said["kind"] == "cells" and name == said["entry"]:
                yield from _cells(json.loads(raw))
            elif name.endswith(".py"):
                yield compiled(importlib.util.decode_source(raw), name)


def _cells(sources: Iterable[str]) -> Iterator[CodeType]:
    for source in filter(None, map(as_python, sources)):
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            yield compiled(source, "cell")


@cache
def compiled(source: str, name: str) -> CodeType:
    """A program that is ready to be run; it is looked through first."""
    return compile(source, name, "exec", dont_inherit=True)


def loaded(
    said: Mapping[str, Any], files: Mapping[str, bytes]
) -> tuple[PythonFunctions, tuple[str, ...], str]:
    """The operators of a submission, notes, and its STATEMENT as JSON."""
    sys.meta_path.append(Siblings(files))
    kind, entry = said["kind"], said["entry"]
    try:
        names, notes = load(kind, entry, files)
    except ImportError:
        names, notes = load(kind, entry, files, missing=True)
    calls, more = bound_calls(said["calls"], names, said["layouts"])
    functions = PythonFunctions(names, entry, calls)
    hints: Sequence[str] = ()
    with suppress(Exception):  # code that has replaced `max`, say, gets no hints
        hints = near_misses(names, functions.functions, USUAL)
    return functions, (*notes, *more, *hints), stated(names)


def stated(names: Mapping[str, Any]) -> str:
    """The STATEMENT of a submission as JSON, or "" if there is none."""
    if "STATEMENT" not in names:
        return ""
    try:
        return json.dumps(names["STATEMENT"])[:MOST_STATED]
    except Exception:  # noqa: BLE001 - it may be anything
        return json.dumps("no JSON")


class Channel:
    """The socket to the grader. Answers are sent together: a switch costs more than a case."""

    def __init__(self, fd: int) -> None:
        self.fd, self.rest, self.unsent = fd, bytearray(), bytearray()
        self.sent = monotonic()

    def read(self, size: int) -> bytes:
        """Exactly so many bytes; ends this process when the grader is gone."""
        while len(self.rest) < size:
            self.flush()
            more = os.read(self.fd, 2**16)
            if not more:
                os._exit(0)
            self.rest += more
        found = bytes(self.rest[:size])
        del self.rest[:size]
        return found

    def write(self, data: bytes) -> None:
        """All of it: now, or with what follows soon."""
        self.unsent += data
        if len(self.unsent) > MOST_UNSENT or monotonic() - self.sent > SOON:
            self.flush()

    def flush(self) -> None:
        """Send what is left to be sent."""
        view = memoryview(bytes(self.unsent))
        self.unsent.clear()
        while view:
            view = view[os.write(self.fd, view) :]
        self.sent = monotonic()


def serve(fd: int, seal: Callable[[], None]) -> None:
    """Load what comes first, then answer questions until the grader is gone.

    `seal` takes the files away: after all imports, and before any of the stranger's code.
    """
    channel = Channel(fd)
    number, frame = receive(channel.read, most_body=2**32)
    acts = Acts(frame.header["forbid"], [name for name, _ in frame.header["files"]])
    files = files_of(frame.header, frame.body)
    imports.bring(programs(frame.header, files))
    with acts.quiet():
        seal()
    functions = PythonFunctions({})
    reply: Frame
    try:
        functions, notes, said = loaded(frame.header, files)
        found, notes = [*functions.functions], tuple(note[:MOST_TEXT] for note in notes)
        reply = Frame({"functions": found, "notes": notes, "stated": said})
    except NotebookError as error:
        reply = of_outcome(Refusal("", str(error)))
    except BaseException as error:  # noqa: BLE001 - whatever the code raises is an answer
        reply = of_outcome(refusal(error, frame.header["entry"]))
    while True:
        reply.header["acts"] = acts.new()
        channel.write(numbered(number, reply.packed()))
        number, frame = receive(channel.read, most_body=2**32)
        reply = _asked(functions.run, frame)


def _asked(run: Callable[[Case], Outcome], frame: Frame) -> Frame:
    try:
        return of_outcome(run(as_case(frame)))
    except BaseException as error:  # noqa: BLE001 - such as a MemoryError while it answers
        return of_outcome(refusal(error, ""))
