"""Where the files of submissions are: folders, and zip archives read in memory within bounds.

Nothing is ever unpacked to disk, and no link is followed.
"""

import io
import os
import re
import stat
import struct
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

MOST_MEMBERS = 200_000
MOST_RATIO = 300  # bytes out of one byte in; source code has 3 to 10
MOST_NAME = 1000  # characters of a path in an archive
DEEPEST = 6  # folders within a folder
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others take memory without bounds
LINK = "it is a symbolic link; the file itself is needed"
# What zipfile meets in damaged archives.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    IndexError,
)


class ArchiveError(ValueError):
    """A file or an archive that is not read; the message says why."""


class Readable(Protocol):
    """Where files are: a folder, or an archive."""

    def names(self) -> Iterator[tuple[str, str]]:
        """Every file, its path with / from here, and why it cannot be read, if so.

        A folder that cannot be looked into is one of them; its path ends with /.
        """
        ...

    def read(self, name: str, most: int) -> bytes:
        """A file of at most so many bytes; raises ArchiveError."""
        ...


def ignored(part: str) -> bool:
    """Whether a file or folder of this name is none that a student wrote."""
    hidden = part.startswith(".") and not part.startswith("..")
    return hidden or part in {"__MACOSX", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on disk."""

    path: Path
    without: frozenset[str] = frozenset()  # paths in it that are left out

    def names(self) -> Iterator[tuple[str, str]]:
        """Every file in it; raises OSError if it cannot be looked into."""
        os.scandir(self.path).close()
        yield from self._below(self.path, "", 0)

    def _below(self, folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield prefix, f"the folder cannot be read: {error.strerror}"
            return
        for entry in entries:
            name = prefix + entry.name
            if ignored(entry.name) or name in self.without:
                continue
            if entry.is_symlink():
                yield name + "/" * Path(entry.path).is_dir(), LINK
            elif not entry.is_dir(follow_symlinks=False):
                regular = entry.is_file(follow_symlinks=False)
                yield name, "" if regular else "it is not a regular file"
            elif depth < DEEPEST:
                yield from self._below(Path(entry.path), f"{name}/", depth + 1)
            else:
                yield f"{name}/", "it lies in too many folders"

    def read(self, name: str, most: int) -> bytes:
        """A regular file, which is not a link."""
        path = self.path / name
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(fd, "rb") as file:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise ArchiveError(f"{path.name} is not a regular file")
                raw = file.read(most + 1)
        except OSError as error:
            raise ArchiveError(f"{path.name} cannot be read: {error.strerror}") from None
        return _within(raw, path.name, most)


class Archive:
    """A zip: a file, or the bytes of one."""

    def __init__(self, source: Path | bytes, name: str) -> None:
        """Read the directory of an archive; raises ArchiveError if it is none."""
        held = io.BytesIO(source) if isinstance(source, bytes) else source
        many = f"{name} has more than {MOST_MEMBERS:,} members"
        if isinstance(source, bytes) and source.count(b"PK\1\2") > MOST_MEMBERS:
            raise ArchiveError(many)  # before each of them takes memory
        try:
            self._zip = zipfile.ZipFile(held)
        except UnicodeDecodeError:
            raise ArchiveError(f"{name} has a file whose name is not UTF-8") from None
        except DAMAGED as error:
            said = getattr(error, "strerror", None) or error
            raise ArchiveError(f"{name} is not a zip archive that can be read: {said}") from None
        if len(self._zip.filelist) > MOST_MEMBERS:
            raise ArchiveError(many)
        members = [(_name(i), i) for i in self._zip.filelist if not i.filename.endswith("/")]
        self._folded = Counter(name.casefold() for name, _ in members)
        self._members = dict(members)

    def names(self) -> Iterator[tuple[str, str]]:
        """Every file, and why it is refused, if so."""
        for name in sorted(self._members):
            if not any(map(ignored, PurePosixPath(name).parts)):
                yield name, self._refused(name)

    def _refused(self, name: str) -> str:
        info = self._members[name]
        parts = PurePosixPath(name).parts
        kind = stat.S_IFMT(info.external_attr >> 16)
        if ".." in parts or name.startswith("/") or re.match(r"[A-Za-z]:", name):
            return "its path leads out of the archive"
        if not parts or "\0" in info.orig_filename or "\\" in name or len(name) > MOST_NAME:
            return "its name is malformed"
        if kind not in (0, stat.S_IFREG):
            return "it is not a regular file but a link or a device"
        if info.flag_bits & 0x1:
            return "it is encrypted; hand it in without a password"
        if self._folded[name.casefold()] > 1:
            return "there are two files of this name"
        if info.compress_type not in METHODS:
            return "it is packed in an unusual way; an ordinary zip is needed"
        if info.file_size > MOST_RATIO * max(info.compress_size, 1) + 2**16:
            return "it is packed too tightly to be source code"
        return ""

    def read(self, name: str, most: int) -> bytes:
        """A member of at most so many bytes, counted while it is unpacked."""
        own = PurePosixPath(name).name
        if why := self._refused(name):
            raise ArchiveError(f"{own}: {why}")
        try:
            with warnings.catch_warnings(), self._member(name) as file:
                raw = file.read(most + 1)
        except DAMAGED as error:
            raise ArchiveError(f"{own} is damaged: {error}") from None
        return _within(raw, own, most)

    def _member(self, name: str) -> IO[bytes]:
        """A member, opened; where two lie in one place, newer Pythons warn."""
        warnings.simplefilter("ignore", UserWarning)
        return self._zip.open(self._members[name])


def _name(info: zipfile.ZipInfo) -> str:
    """The path of a member: many programs write UTF-8 and do not say so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            name = info.filename  # it really was an old one
    return str(PurePosixPath(name)) if name else name


def _within(raw: bytes, name: str, most: int) -> bytes:
    if len(raw) > most:
        raise ArchiveError(f"{name} has more than {most:,} bytes")
    return raw
