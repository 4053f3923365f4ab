"""An exception of the author's code as an outcome: where in that code it came up, and why.

The place is the innermost one that the author wrote: a line of the named file, of a
module in its folder, of a cell of a notebook, or the expression of a stated call.
"""

import linecache
import re
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PurePath
from textwrap import shorten
from traceback import walk_tb
from typing import NamedTuple

import numpy as np

from refcnn.harness.absent import why_absent
from refcnn.harness.causes import Seen, known
from refcnn.suite.case import Refusal

LONGEST_CHAIN = 9  # exceptions, each raised from the next
LONGEST_CALL = 100  # characters of an expression that are shown
_CALL = re.compile(r"<(call of \w+)>")
_CELL = re.compile(r"<(cell \d+) of (.*)>")
_PACKAGES = {"site-packages", "dist-packages"}
_NUMPY = PurePath(np.__file__).parent
_REFCNN = PurePath(__file__).parents[1]
_LIBRARIES = (
    _NUMPY,
    PurePath(sysconfig.get_path("stdlib")),
    PurePath(sysconfig.get_path("platstdlib")),
    _REFCNN,
)
# What surfaces from a mistake; other exceptions may well mean "not in this form".
_SLIPS = (NameError, IndexError, ZeroDivisionError)


class Place(NamedTuple):
    """Where an exception came up in what the author wrote."""

    file: str = ""  # what to call it, if it is not the named file
    line: int | None = None
    text: str = ""  # of that line
    direct: bool = False  # by that line itself, or by NumPy when called from there
    call: bool = False  # it is the expression of a stated call


def refusal(error: BaseException, source: str) -> Refusal:
    """An exception as an outcome, of code whose named file is `source`."""
    told = _told(error, source)
    return told if told.cause else replace(told, cause=_comes_of(error, source))


def _told(error: BaseException, source: str) -> Refusal:
    """An exception as an outcome, without those that it was raised from."""
    place, message = where(error, source), _message(error, source)
    why, slip = _why(error, message, place, source)
    said = message.partition("\n")[0].rstrip(".") if why else message
    return Refusal(
        kind=type(error).__name__,
        message=" ".join(said.split()),
        line=place.line,
        deliberate=not slip and _deliberate(error, message),
        unsupported=isinstance(error, NotImplementedError),
        file=place.file,
        cause=why,
    )


def _message(error: BaseException, source: str) -> str:
    """What an exception says; a message that cannot be had is left out."""
    try:
        return str(error.msg if _is_own_syntax(error, source) else error)  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - __str__ is foreign code too
        return "(its message raised another exception)"


def _why(error: BaseException, message: str, place: Place, source: str) -> tuple[str, bool]:
    """The known cause of an exception, and whether it is a slip."""
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        return why_absent(error.name, source), False
    return known(Seen(error, message, place.text, place.direct, place.call))


def _comes_of(error: BaseException, source: str) -> str:
    """The first exception of the author's code that this one was raised from, if any."""
    chain, last = list[Refusal](), error.__cause__
    while last is not None and len(chain) < LONGEST_CHAIN:  # foreign code may tie it to a ring
        chain.append(_told(last, source))
        last = last.__cause__
    placed = [told for told in chain if told.place]
    return f"it comes of {placed[-1]}" if placed else ""


# --- where


def where(error: BaseException, source: str) -> Place:
    """The innermost place of an exception in what the author wrote."""
    if isinstance(error, SyntaxError) and _is_own_syntax(error, source):
        line = error.lineno if type(error.lineno) is int else None  # foreign code may set it
        return Place(_name(error.filename or "", source) or "", line, direct=True)
    direct = True
    for filename, line in reversed([*_frames(error)]):
        name = _name(filename, source)
        if name is not None:
            call = bool(_CALL.fullmatch(filename))
            text = _line(filename, 1 if call else line)
            return Place(name, None if call else line, text, direct, call)
        direct = direct and PurePath(filename).is_relative_to(_NUMPY)
    return Place(direct=False)


def _frames(error: BaseException) -> Iterator[tuple[str, int]]:
    """File name and line of each frame that an exception came through, outermost first."""
    return ((frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__))


def _line(filename: str, number: int) -> str:
    """A line of a file, as far as it can be had."""
    with suppress(Exception):  # a file name may be anything that foreign code has made up
        return linecache.getline(filename, number).strip()
    return ""


def outermost(error: BaseException) -> str:
    """The file that was run first: of a module that could not be loaded, its own."""
    files = [filename for filename, _ in _frames(error) if not filename.startswith("<")]
    if isinstance(error, SyntaxError) and isinstance(error.filename, str):
        files.append(error.filename)
    return next((file for file in files if not _of_library(file)), "")


def _of_library(filename: str) -> bool:
    return any(map(PurePath(filename).is_relative_to, _LIBRARIES))


def _is_own_syntax(error: BaseException, source: str) -> bool:
    """Whether it is about the syntax of a file of the author's."""
    named = isinstance(error, SyntaxError) and isinstance(error.filename, str)
    return named and _name(error.filename, source) is not None  # type: ignore[attr-defined]


def _name(filename: str, source: str) -> str | None:
    """What to call a file of the author's, "" for the named one; None if it is not one."""
    if filename == source:
        return ""
    if cell := _CELL.fullmatch(filename):  # a script, too, may be taken as one cell
        return "" if source.endswith(".py") and cell[2] == PurePath(source).name else cell[1]
    if call := _CALL.fullmatch(filename):
        return f"the {call[1]}, {shorten(_line(filename, 1), LONGEST_CALL, placeholder=' …')}"
    return None if filename.startswith("<") or not source else _beside(filename, source)


@lru_cache(maxsize=1000)
def _beside(filename: str, source: str) -> str | None:
    """The name of a module in the folder of the file, relative to that; None for a library's."""
    path, home = PurePath(filename), _home(source)
    if not path.is_relative_to(home) or home.name in _PACKAGES:
        return None
    inside = path.relative_to(home)
    foreign = [one for one in _LIBRARIES if path.is_relative_to(one)]
    if _PACKAGES & {*inside.parts} or not all(map(home.is_relative_to, foreign)):
        return None
    return inside.as_posix()


def _home(source: str) -> PurePath:
    """The folder whose modules are the author's: of a package, the topmost one."""
    home = Path(source).parent
    if not home.is_absolute():  # files in memory
        return PurePath()
    if home.is_relative_to(_REFCNN):  # an adapter
        return home
    with suppress(OSError):
        while (home / "__init__.py").is_file() and (home.parent / "__init__.py").is_file():
            home = home.parent
    return home


# --- whether it was meant


def _deliberate(error: BaseException, message: str) -> bool:
    """Whether an exception may be a refusal: no slip, no ValueError that nobody raised."""
    if isinstance(error, _SLIPS) or not isinstance(error, Exception):
        return False
    if not isinstance(error, ValueError) or "unpack" in message:
        return True
    filename, number = [("", 0), *_frames(error)][-1]
    line = _line(filename, number)
    return "raise" in line or "assert" in line
