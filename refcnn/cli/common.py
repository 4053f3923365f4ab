"""What the commands share: usage errors, and lists of known names."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import chain
from pathlib import Path

import typer

from refcnn.suite.hints import not_known


class ProfileName(StrEnum):
    """How many cases a property is tried on."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


class UsageError(typer.BadParameter):
    """A mistake of the user's, told in one sentence; exit status 2."""


def names_in(text: str | None, known: tuple[str, ...], option: str) -> tuple[str, ...]:
    """A comma-separated list of known names."""
    names = tuple(list_in(text))
    for name in names:
        if name not in known:
            raise UsageError(f"{option}: {not_known(name, known)}")
    return names


def list_in(text: str | None) -> list[str]:
    """A comma-separated list of any names."""
    names = (name.strip() for name in (text or "").split(","))
    return [name for name in names if name]


def writable(path: Path | None, option: str = "--json") -> None:
    """Refuse a file that cannot be written, before the work is done."""
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise UsageError(f"{option}: no file can be written at {path}")


def again(options: Mapping[str, object], target: str | None) -> tuple[str, ...]:
    """The words of a command line: those options that have a value, and the target, if any."""
    given = ((option, str(value)) for option, value in options.items() if value)
    words = tuple(chain.from_iterable(given))
    if target is None:
        return words
    return (*words, "--", target) if target.startswith("-") else (*words, target)
