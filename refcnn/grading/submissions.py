"""Submissions as they come: a file, a folder of them, a zip from a learning platform.

Everything is read into memory, within bounds. What is wrong with one submission is a
problem of that one.
"""

import codecs
import json
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from refcnn.grading.archives import LINK, Archive, ArchiveError, Folder, Readable
from refcnn.grading.platforms import Platform, base, decided, is_given, printable, shown, whose
from refcnn.grading.report import Person

CODE, PACKED = (".py", ".ipynb"), (".zip",)
UNREADABLE = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")  # whose owner must be told
MOST_FILES = 200  # of code in one submission
MOST_BYTES = 16 * 2**20  # of code in one submission
MOST_NOTEBOOK = 32 * 2**20  # with its outputs
MOST_PACKED = 128 * 2**20  # of a zip that a student handed in
MOST_SAID = 2000  # characters of a sentence, with names of files in it

Names = Sequence[tuple[str, str]]  # paths, and why they cannot be read


class SubmissionError(ValueError):
    """Nothing can be collected from a path; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Found:
    """One submission that has been found, not read yet."""

    person: Person
    place: Readable
    names: tuple[str, ...]
    problem: str = ""
    conflict: bool = False  # somebody has to decide which of several counts
    platform: Platform | None = None  # that gave the files their names


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
        about = [self.entry, self.cells, self.problem, self.conflict]
        found = sha256(json.dumps(about).encode())
        for name in sorted(self.files):
            raw = self.files[name]
            found.update(json.dumps([name, len(raw)]).encode() + raw)
        return found.hexdigest()

    @property
    def source(self) -> str:
        """The text of all files, for those who look for copies: of a notebook, its cells."""
        return "\n".join(
            "\n".join(json.loads(raw))
            if self.cells and name == self.entry
            else raw.decode("utf-8", "replace")
            for name, raw in self.files.items()
        )


def find(paths: Iterable[Path], *, one: bool = False, but: Collection[Path] = ()) -> list[Found]:
    """All submissions of some paths, by id; with `one` each path is a single submission.

    Folders in them that are in `but` are left out. Raises SubmissionError for a path that
    holds no submission.
    """
    found: list[Found] = []
    single: dict[Path, list[tuple[str, str]]] = defaultdict(list)  # files by their folders
    for path in dict.fromkeys(paths):
        if path.is_dir() and not path.is_symlink():
            found += _of_folder(path, one=one, but=but)
        elif not os.path.lexists(path):
            raise SubmissionError(f"{path} does not exist; name a file, a folder or a zip")
        elif not one and _is_class(path):
            found += _of_archive(path)
        elif path.suffix.lower() in (*CODE, *PACKED):
            single[path.parent].append((path.name, LINK if path.is_symlink() else ""))
        elif path.is_symlink():
            raise SubmissionError(f"{path} is a symbolic link; name what it leads to")
        else:
            raise SubmissionError(f"{path} is neither a .py, .ipynb or .zip file nor a folder")
    found += [each for folder, names in single.items() for each in _grouped(Folder(folder), names)]
    return sorted(_settled(found), key=lambda each: (each.person.id, each.person.file))


def _of_folder(path: Path, *, one: bool, but: Collection[Path]) -> list[Found]:
    without = frozenset(os.path.relpath(each.resolve(), path.resolve()) for each in but)
    place = Folder(path, without)
    try:
        names = [*place.names()]
    except OSError as error:
        raise SubmissionError(f"{path} cannot be read: {error.strerror}") from None
    if one:
        name = path.resolve().name
        return [_found(whose(name, name, None), place, names)]
    return _some(path, _grouped(place, names))


def _is_class(path: Path) -> bool:
    """Whether it is a zip, and not the one of a student as a platform names it."""
    regular = path.is_file() and not path.is_symlink()
    return regular and _suffix(path.name) in PACKED and not is_given(path.name)


def _of_archive(path: Path) -> list[Found]:
    try:
        place = Archive(path, str(path))
    except ArchiveError as error:
        raise SubmissionError(str(error)) from None
    names = [*place.names()]
    return _some(path, _grouped(place, names, _around(names)))


def _some(path: Path, found: list[Found]) -> list[Found]:
    if not found:
        raise SubmissionError(f"{path} has no submission in it: no .py, .ipynb or .zip file")
    return found


def _settled(found: Sequence[Found]) -> Iterator[Found]:
    """None of several submissions with one id counts before somebody has chosen."""
    files: dict[str, list[str]] = defaultdict(list)
    for each in found:
        files[_folded(each.person.id)].append(each.person.file)
    twice = "There are several submissions with this id; keep one of them."
    for each in found:
        if len(own := files[_folded(each.person.id)]) > 1:
            person = each.person.model_copy(update={"file": ", ".join(sorted(own))})
            yield replace(each, person=person, problem=twice, conflict=True)
        else:
            yield each


def _folded(text: str) -> str:
    return normalize("NFC", text).casefold()


def _grouped(place: Readable, names: Names, around: str = "") -> list[Found]:
    """Submissions of a class: by folder, by the names that a platform gives, or file by file."""
    tops = {name: name.removeprefix(around).partition("/")[0] for name, _ in names}
    within = {name for name in tops if "/" in name.removeprefix(around)}
    every = [name for name in tops if name in within or _is_work(tops[name])]
    platform = decided(dict.fromkeys(tops[name] for name in every))
    groups = dict[str, _Group]()
    for name, why in names:
        top = tops[name]
        match = platform.read(top) if platform else None
        if match is None and name not in every:
            continue
        label = top if name in within else PurePosixPath(top).stem
        person = whose(label, around + top, match)
        odd = None if match else platform
        groups.setdefault(_key(top, match), _Group(person, odd)).names.append((name, why))
    return [group.found(place, platform) for group in groups.values()]


def _key(top: str, match: re.Match[str] | None) -> str:
    """What tells the files of one person from those of others."""
    return f"{match['name']}_{match['number']}" if match else top


@dataclass(slots=True)
class _Group:
    """The files of one person; `odd` is the platform whose pattern their name does not have."""

    person: Person
    odd: Platform | None
    names: list[tuple[str, str]] = field(default_factory=list)

    def found(self, place: Readable, platform: Platform | None) -> Found:
        """The submission; one that nobody knows the owner of is not graded."""
        one = _found(self.person, place, self.names, platform)
        if self.odd is None:
            return one
        why = f"Its name is not one of those that {self.odd.name} gives, as most are"
        return replace(one, problem=f"{why}; rename it, or take it out.", conflict=True)


def _is_work(name: str) -> bool:
    """Whether a file of the outermost folder may be somebody's work."""
    return _suffix(name) in (*CODE, *PACKED, *UNREADABLE) or is_given(name)


def _around(names: Names) -> str:
    """The one folder that many archives have around the folders or files of a class, or ""."""
    paths = [name.split("/") for name, why in names if not why]
    tops = {path[0] for path in paths}
    inner = {path[1] for path in paths if len(path) > 1}
    lone = len(tops) == 1 and len(inner) > 1 and min(map(len, paths)) > 1
    return f"{top}/" if lone and not is_given(top := tops.pop()) else ""


def _found(
    person: Person, place: Readable, names: Names, platform: Platform | None = None
) -> Found:
    bad = _bad(names, platform)
    good = tuple(name for name, why in names if not why)
    return Found(person, place, good, _problem(bad) if bad else "", platform=platform)


def _bad(names: Names, platform: Platform | None) -> str:
    """What is wrong with files, if they matter: others would not be read anyway."""
    for name, why in names:
        if why and (name.endswith("/") or _suffix(name) in (*CODE, *PACKED)):
            return f"{shown(name, platform)}: {why}"
    return ""


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _problem(said: str) -> str:
    return f"It cannot be graded: {printable(said, MOST_SAID)}."


def read(found: Found, entry: str, most: int) -> Submission:
    """A submission in memory: its entry, and the files of code beside it, `most` bytes each."""
    if found.problem:
        return Submission(found.person, problem=found.problem, conflict=found.conflict)
    try:
        return _read(found, entry, most)
    except ValueError as error:  # also of an archive or a notebook
        return Submission(found.person, problem=_problem(str(error)))


def _opened(found: Found) -> tuple[Readable, list[str]]:
    """Where the files of a submission are: in it, or in the one zip that was handed in."""
    code = [name for name in found.names if _suffix(name) in CODE]
    packed = [name for name in found.names if _suffix(name) in PACKED]
    if code or not packed:
        return found.place, code
    if len(packed) > 1:
        raise ValueError("there are several zip files in it; only one is opened")
    name = base(packed[0], found.platform)
    archive = Archive(found.place.read(packed[0], MOST_PACKED), name)
    names = [*archive.names()]
    if bad := _bad(names, None):
        raise ArchiveError(bad)
    return archive, [name for name, why in names if not why and _suffix(name) in CODE]


def _entry(names: Sequence[str], wanted: str, platform: Platform | None) -> str:
    """The file that is graded: the one of that name or stem, if need be the outermost one."""
    if not names:
        raise ValueError("there is no .py or .ipynb file in it")
    if len(names) > MOST_FILES:
        raise ValueError(f"it has {len(names)} files of code; at most {MOST_FILES} are read")
    own = {name: base(name, platform) for name in names}
    same = [n for n in names if own[n] == wanted]
    named = same or [n for n in names if _stem(own[n]) == _stem(wanted)]
    depth = min((n.count("/") for n in named), default=0)
    fitting = [n for n in named if n.count("/") == depth] or names
    if len(fitting) == 1:
        return fitting[0]
    some = ", ".join(sorted(shown(name, platform) for name in fitting)[:5])
    raise ValueError(
        f"it has several files and it is not clear which one counts ({some}); "
        f"name the right one {wanted}"
    )


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.casefold()


def _read(found: Found, wanted: str, most: int) -> Submission:
    place, names = _opened(found)
    platform = found.platform if place is found.place else None  # in a zip names are the student's
    name = _entry(names, wanted, platform)
    own, cells = base(name, platform), _suffix(name) == ".ipynb"
    files = {own: _cells(place, name, own, most) if cells else _text(place.read(name, most))}
    folder = PurePosixPath(name).parent
    for other in sorted(names, key=lambda n: (len(n), n)):  # util.py is before util-1.py
        if other != name and other.endswith(".py") and PurePosixPath(other).parent == folder:
            files.setdefault(base(other, platform), place.read(other, most))
        if sum(map(len, files.values())) > MOST_BYTES:
            raise ValueError(f"its files have more than {MOST_BYTES:,} bytes together")
    if len(files) == 1:  # its name is of no account: where all lie in one folder, it is the id
        same = str(PurePosixPath(wanted).with_suffix(_suffix(name)))
        return Submission(found.person, same, {same: files[own]}, cells)
    return Submission(found.person, own, files, cells)


def _cells(place: Readable, name: str, own: str, most: int) -> bytes:
    """The cells of a notebook as a JSON list."""
    from refcnn.harness.cells import cells

    code = json.dumps(cells(place.read(name, MOST_NOTEBOOK), own)).encode()
    if len(code) > most:
        raise ArchiveError(f"its code has more than {most:,} bytes")
    return code


def _text(raw: bytes) -> bytes:
    """A file of code, if it is one as far as its first bytes tell."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("it is saved as UTF-16; save it as UTF-8")
    if not raw.removeprefix(codecs.BOM_UTF8).strip():
        raise ValueError("the file is empty")
    return raw


def collect(
    paths: Iterable[Path], *, entry: str = "cnn.py", most: int = 2**20, one: bool = False
) -> Iterator[Submission]:
    """All submissions of some paths, by id, each read when it is asked for."""
    for each in find(paths, one=one):
        yield read(each, entry, most)
