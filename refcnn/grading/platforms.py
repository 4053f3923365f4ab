"""Whose a file is: the names that students and learning platforms give to files and folders.

A platform puts a name and a number before what a student called a file. Which platform it
was is decided once for a whole hand-in: what a student calls a file can look like the
pattern of another one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from refcnn.grading.report import Person

AGAIN = re.compile(r"-\d+(\.\w+)$", re.ASCII)
MOST_TEXT = 200  # characters of an id, of a name


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform, and the names that it gives: name, number and file of a student."""

    name: str
    pattern: re.Pattern[str]
    numbered: bool = False  # a file that is handed in again gets a number at its end

    def read(self, name: str) -> re.Match[str] | None:
        """What the platform says in the name of a file or folder; None if it gave no such name."""
        return self.pattern.fullmatch(name)


# "lovelaceada_LATE_123_456_cnn-1.py" (-1: handed in again); "Ada Lovelace_123_assignsubmission_
# file_", a folder or the start of a file's name. Of both, the first that fits is the platform's.
CANVAS = Platform(
    "Canvas",
    re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)", re.ASCII),
    numbered=True,
)
MOODLE = Platform(
    "Moodle",
    re.compile(
        r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?",
        re.ASCII,
    ),
)
KNOWN = (CANVAS, MOODLE)


def is_given(name: str) -> bool:
    """Whether some platform gives such names."""
    return any(one.read(name) for one in KNOWN)


def decided(names: Iterable[str]) -> Platform | None:
    """The platform that gave most of the outermost names; of two, the one whose part is shorter."""
    every = [*names]
    read = {one: [*filter(None, map(one.read, every))] for one in KNOWN}
    likely = [one for one in KNOWN if 2 * len(read[one]) > len(every)]

    def rank(one: Platform) -> tuple[int, int]:
        return len(read[one]), -sum(match.end("number") for match in read[one])

    return max(likely, key=rank, default=None)


def base(path: str, platform: Platform | None) -> str:
    """The name that a student gave to a file, without what the platform put around it."""
    own = PurePosixPath(path).name
    match = platform.read(own) if platform else None
    if platform is None or match is None or not match["file"]:
        return own
    return AGAIN.sub(r"\1", match["file"]) if platform.numbered else match["file"]


def shown(path: str, platform: Platform | None) -> str:
    """The name of a file in a sentence, which must not lose its end over it."""
    return base(path, platform)[:MOST_TEXT]


def whose(label: str, file: str, match: re.Match[str] | None) -> Person:
    """Somebody called so, or as the platform has it."""
    name, number = (match["name"], match["number"]) if match else ("", "")
    said = printable(f"{name}_{number}" if match else label)
    return Person(
        id=said or "unnamed", name=printable(name), number=number[:MOST_TEXT], file=printable(file)
    )


def printable(text: str, most: int = MOST_TEXT) -> str:
    """A text without what cannot be shown, and not too much of it."""
    kept = text.encode("utf-8", "replace").decode("utf-8")[:most]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in kept).strip()
