"""Submissions as they come: a file, a folder of them, a zip from a learning platform.

Everything is read into memory, within bounds; nothing is ever unpacked to disk, and
no link is followed. What is wrong with one submission is a problem of that one.
"""

import json
import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Protocol

from refcnn.grading.archives import Archive, ArchiveError
from refcnn.grading.report import Person

CODE, PACKED = (".py", ".ipynb"), (".zip",)
IGNORED = re.compile(r"^(\..*|__MACOSX|__pycache__|.*\.pyc)$")
MOST_FILES, MOST_NOTEBOOK, DEEPEST = 200, 32 * 2**20, 6
# "lovelaceada_123_456_cnn.py" of Canvas, "Ada Lovelace_123_assignsubmission_file_" of Moodle.
CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)$")
MOODLE = re.compile(
    r"^(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)_(?P<file>.*)$"
)


class Readable(Protocol):
    """Where files are: a folder, or an archive."""

    def names(self) -> Iterator[tuple[str, str]]:
        """Every file, its path with / from here, and why it cannot be read, if so."""
        ...

    def read(self, name: str, most: int) -> bytes:
        """A file of at most so many bytes; raises ArchiveError or OSError."""
        ...


class SubmissionError(ValueError):
    """Nothing can be collected from a path; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on disk."""

    path: Path

    def names(self) -> Iterator[tuple[str, str]]:
        """Every file, without following links."""
        yield from self._below(self.path, "", 0)

    def _below(self, folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if IGNORED.match(entry.name):
                    continue
                name = prefix + entry.name
                if entry.is_symlink():
                    yield name, "it is a symbolic link"
                elif entry.is_dir(follow_symlinks=False):
                    if depth < DEEPEST:
                        yield from self._below(Path(entry.path), f"{name}/", depth + 1)
                else:
                    regular = entry.is_file(follow_symlinks=False)
                    yield name, "" if regular else "it is no regular file"

    def read(self, name: str, most: int) -> bytes:
        """A regular file, which is no link."""
        return read_file(self.path / name, most)


def read_file(path: Path, most: int) -> bytes:
    """A regular file of at most so many bytes; raises ArchiveError or OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ArchiveError("it is no regular file")
        raw = file.read(most + 1)
    if len(raw) > most:
        raise ArchiveError(f"it has more than {most:,} bytes")
    return raw


@dataclass(frozen=True, slots=True)
class Found:
    """One submission that has been found, not read yet."""

    person: Person
    place: Readable
    names: tuple[str, ...]
    problem: str = ""
    conflict: bool = False  # somebody has to decide which of several counts


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission in memory."""

    person: Person
    entry: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    cells: bool = False  # the entry is a notebook, whose cells are a JSON list
    problem: str = ""
    conflict: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of all that is graded: equal work has an equal one."""
        found = sha256(json.dumps([self.entry, self.cells, self.problem]).encode())
        for name in sorted(self.files):
            raw = self.files[name]
            found.update(f"{name}\0{len(raw)}\0".encode("utf-8", "replace") + raw)
        return found.hexdigest()

    @property
    def source(self) -> str:
        """The text of all files, for those who look for copies."""
        return "\n".join(raw.decode("utf-8", "replace") for raw in self.files.values())


def find(paths: Iterable[Path], *, one: bool = False) -> list[Found]:
    """All submissions of some paths, by id; with `one` each folder is a single submission.

    Raises SubmissionError for paths that hold none.
    """
    found = [each for path in paths for each in _of_path(path, one=one)]
    seen: dict[str, int] = defaultdict(int)
    for each in found:
        seen[each.person.id.casefold()] += 1
    twice = "there are several submissions with this id; keep one of them"
    marked = [
        replace(each, problem=twice, conflict=True) if seen[each.person.id.casefold()] > 1 else each
        for each in found
    ]
    return sorted(marked, key=lambda each: (each.person.id, each.person.file))


def _of_path(path: Path, *, one: bool) -> list[Found]:
    if path.is_symlink() or not path.exists():
        why = "is a symbolic link" if path.is_symlink() else "does not exist"
        raise SubmissionError(f"{path} {why}; name a file, a folder or a zip")
    if path.is_dir():
        place = Folder(path)
        names = [*place.names()]
        found = [_single(path.name, place, names)] if one else _grouped(place, names)
    elif path.suffix.lower() in PACKED and not one:
        try:
            place_in = Archive(read_file(path, 2**31), path.name)
        except (ArchiveError, OSError) as error:
            raise SubmissionError(f"{path} cannot be read: {error}") from None
        found = _grouped(place_in, [*place_in.names()])
    elif path.suffix.lower() in (*CODE, *PACKED):
        found = [_single(path.stem, Folder(path.parent), [(path.name, "")])]
    else:
        raise SubmissionError(f"{path} is no .py, .ipynb or .zip file and no folder")
    if not found:
        raise SubmissionError(f"{path} has no submission in it: no .py, .ipynb or .zip file")
    return found


def _single(label: str, place: Readable, names: Sequence[tuple[str, str]]) -> Found:
    person = _person(label, names[0][0] if len(names) == 1 else label)
    return _found(person, place, names)


def _found(person: Person, place: Readable, names: Sequence[tuple[str, str]]) -> Found:
    bad = next((f"{_printable(name)}: {why}" for name, why in names if why), "")
    return Found(person, place, tuple(name for name, _ in names), bad)


def _grouped(place: Readable, names: Sequence[tuple[str, str]]) -> list[Found]:
    """Submissions of a class: by folder, by the names that platforms give, or file by file."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    people: dict[str, Person] = {}
    around = _within(names) if isinstance(place, Archive) else ""
    for name, why in names:
        top, _, rest = name.removeprefix(around).partition("/")
        match = MOODLE.match(top) or CANVAS.match(top)
        if match:
            key = f"{match['name']}_{match['number']}"
            people[key] = _person(key, top, match["name"], match["number"])
        elif rest:
            key = top
            people.setdefault(key, _person(top, top))
        elif PurePosixPath(top).suffix.lower() in (*CODE, *PACKED):
            key = name
            people[key] = _person(PurePosixPath(top).stem, top)
        else:
            continue
        groups[key].append((name, why))
    return [_found(people[key], place, group) for key, group in groups.items()]


def _within(names: Sequence[tuple[str, str]]) -> str:
    """The one folder that many archives have around the folders or files of a class, or ""."""
    tops = {name.partition("/")[0] for name, _ in names}
    inner = {name.partition("/")[2].partition("/")[0] for name, _ in names}
    around = len(tops) == 1 and len(inner) > 1 and "" not in inner
    return f"{tops.pop()}/" if around else ""


def _person(label: str, file: str, name: str = "", number: str = "") -> Person:
    said = _printable(label) or "unnamed"
    return Person(id=said, name=_printable(name), number=number, file=_printable(file))


def _printable(text: str) -> str:
    kept = text.encode("utf-8", "replace").decode("utf-8")[:200]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in kept).strip()


def read(found: Found, entry: str, most: int) -> Submission:
    """A submission in memory: its entry, and the files of code beside it, `most` bytes each."""
    if found.problem:
        return Submission(found.person, problem=found.problem, conflict=found.conflict)
    try:
        place, names = _opened(found)
        name = _entry(names, entry)
        return _read(found.person, place, name, names, most)
    except (ArchiveError, OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Submission(found.person, problem=_printable(said))


def _opened(found: Found) -> tuple[Readable, list[str]]:
    """Where the files of a submission are: in it, or in the one zip that was handed in."""
    code = [n for n in found.names if PurePosixPath(n).suffix.lower() in CODE]
    packed = [n for n in found.names if PurePosixPath(n).suffix.lower() in PACKED]
    if code or not packed:
        return found.place, code
    archive = Archive(found.place.read(packed[0], 4 * MOST_NOTEBOOK), packed[0])
    names = [*archive.names()]
    if bad := next((f"{_printable(name)}: {why}" for name, why in names if why), ""):
        raise ArchiveError(bad)
    return archive, [n for n, _ in names if PurePosixPath(n).suffix.lower() in CODE]


def _entry(names: Sequence[str], wanted: str) -> str:
    """The file that is graded."""
    if not names:
        raise ValueError("there is no .py or .ipynb file in it")
    if len(names) > MOST_FILES:
        raise ValueError(f"it has {len(names)} files of code; at most {MOST_FILES} are read")
    named = [n for n in names if _base(n) == wanted]
    named = named or [
        n for n in names if PurePosixPath(_base(n)).stem == PurePosixPath(wanted).stem
    ]
    if len(named or names) == 1:
        return (named or names)[0]
    some = ", ".join(sorted(_printable(_base(n)) for n in (named or names))[:5])
    raise ValueError(
        f"it has several files and it is not clear which one counts: {some}; "
        f"name the right one {wanted}"
    )


def _base(name: str) -> str:
    """The name that a student gave: platforms put theirs in front."""
    own = PurePosixPath(name).name
    match = MOODLE.match(own) or CANVAS.match(own)
    return match["file"] if match and match["file"] else own


def _read(
    person: Person, place: Readable, name: str, names: Sequence[str], most: int
) -> Submission:
    own = _base(name)
    if own.lower().endswith(".ipynb"):
        from refcnn.iut.cells import cells

        code = json.dumps(cells(place.read(name, MOST_NOTEBOOK), own)).encode()
        if len(code) > most:
            raise ArchiveError(f"its code has more than {most:,} bytes")
        files = {own: code}
    else:
        files = {own: place.read(name, most)}
    folder = PurePosixPath(name).parent
    for other in names:
        if other != name and PurePosixPath(other).parent == folder and other.endswith(".py"):
            files.setdefault(_base(other), place.read(other, most))
    return Submission(person, own, files, own.lower().endswith(".ipynb"))


def collect(
    paths: Iterable[Path], *, entry: str = "cnn.py", most: int = 2**20, one: bool = False
) -> Iterator[Submission]:
    """All submissions of some paths, by id, each read when it is asked for."""
    for each in find(paths, one=one):
        yield read(each, entry, most)
