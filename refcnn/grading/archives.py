"""Zip archives of strangers: listed and read in memory, within bounds, never unpacked."""

import io
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

MOST_MEMBERS = 200_000
MOST_RATIO = 300  # bytes out of one byte in; source code has 3 to 10


class ArchiveError(ValueError):
    """A file or an archive that is not read; the message says why."""


class Archive:
    """A zip in memory."""

    def __init__(self, raw: bytes, name: str) -> None:
        """Read the directory of an archive; raises ArchiveError if it is none."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise ArchiveError(f"{name} is no zip archive: {error}".lower()) from None
        if len(self._zip.filelist) > MOST_MEMBERS:
            raise ArchiveError(f"{name} has more than {MOST_MEMBERS:,} members")
        members = [info for info in self._zip.filelist if not info.is_dir()]
        self._folded = Counter(info.filename.casefold() for info in members)
        self._members = {info.filename: info for info in members}

    def names(self) -> Iterator[tuple[str, str]]:
        """Every file, and why it is refused, if so."""
        for name, info in self._members.items():
            parts = PurePosixPath(name).parts
            if not any(part.startswith(".") and part != ".." for part in parts) and not (
                {"__MACOSX", "__pycache__"} & {*parts}
            ):
                yield name, self._refused(name, info)

    def _refused(self, name: str, info: zipfile.ZipInfo) -> str:
        parts = PurePosixPath(name).parts
        mode = info.external_attr >> 16
        if ".." in parts or name.startswith("/") or "\\" in name or ":" in name[:3]:
            return "its path leads out of the archive"
        if "\0" in info.orig_filename or len(name) > 1000:
            return "its name is malformed"
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            return "it is no regular file but a link or a device"
        if info.flag_bits & 0x1:
            return "it is encrypted"
        if self._folded[name.casefold()] > 1:
            return "there are two files of this name"
        if info.file_size > MOST_RATIO * max(info.compress_size, 1) + 2**16:
            return "it is packed too tightly to be source code"
        return ""

    def read(self, name: str, most: int) -> bytes:
        """A member of at most so many bytes, counted while it is unpacked."""
        info = self._members[name]
        if why := self._refused(name, info):
            raise ArchiveError(f"{PurePosixPath(name).name}: {why}")
        try:
            with self._zip.open(info) as file:
                raw = file.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
            raise ArchiveError(f"{PurePosixPath(name).name} is damaged: {error}") from None
        if len(raw) > most:
            raise ArchiveError(f"{PurePosixPath(name).name} has more than {most:,} bytes")
        return raw
