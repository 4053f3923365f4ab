"""What the commands share: usage errors, and lists of known names."""

from collections.abc import Iterable
from enum import StrEnum

import typer


class Profile(StrEnum):
    """How many cases a property is tried on."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"


class UsageError(typer.BadParameter):
    """A mistake of the user's, told in one sentence; exit status 2."""


def names_in(text: str | None, known: tuple[str, ...], option: str) -> tuple[str, ...]:
    """A comma-separated list of known names."""
    names = tuple(name.strip() for name in (text or "").split(",") if name.strip())
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"; known are {', '.join(known)}"
            raise UsageError(f"{option}: {name!r} is not known{hint}")
    return names


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest of some names as the end of a sentence, or "" if none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, [*known], n=1)
    return f"; did you mean {near[0]}?" if near else ""
