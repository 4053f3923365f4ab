"""Whose a file is: the names that students and learning platforms give to files and folders."""

import re
from pathlib import PurePosixPath

from refcnn.grading.report import Person

# "lovelaceada_LATE_123_456_cnn-1.py" of Canvas (-1: handed in again),
# "Ada Lovelace_123_assignsubmission_file_" of Moodle, a folder or the start of a file's name.
CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)", re.ASCII)
MOODLE = re.compile(
    r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?",
    re.ASCII,
)
AGAIN = re.compile(r"-\d+(\.\w+)$", re.ASCII)
MOST_TEXT = 200  # characters of an id, of a name


def platform(name: str) -> re.Match[str] | None:
    """What a platform said in the name of a file or folder: name, number, file."""
    return MOODLE.fullmatch(name) or CANVAS.fullmatch(name)


def base(path: str) -> str:
    """The name that a student gave to a file: platforms put theirs around it."""
    own = PurePosixPath(path).name
    if match := MOODLE.fullmatch(own):
        return match["file"] or own
    match = CANVAS.fullmatch(own)
    return AGAIN.sub(r"\1", match["file"]) if match else own


def shown(path: str) -> str:
    """The name of a file in a sentence, which must not lose its end over it."""
    return base(path)[:MOST_TEXT]


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
