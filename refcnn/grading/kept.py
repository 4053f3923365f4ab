"""Files of an assignment that can be made again: sealed, so that damage and change are seen."""

import hmac
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from refcnn.implementations.files import write_whole


class Kept:
    """Texts in a private directory, each sealed with the secret of the assignment."""

    def __init__(self, directory: Path, secret: bytes) -> None:
        """Nothing is read or written yet; the directory need not exist."""
        self.directory, self.secret = directory, secret
        self.used: dict[str, None] = {}  # the names of files that were asked for

    def text(self, stem: str, about: str, made: Callable[[], str]) -> str:
        """The text about something, made if it is not there or not what was written.

        Its name has a digest of `about`, so that another question gets another file. A
        directory that cannot be written to works, only slower.
        """
        path = self.directory / f"{stem}-{sha256(about.encode()).hexdigest()[:16]}.json"
        self.used[path.name] = None
        with suppress(OSError, ValueError):
            seal, _, text = path.read_text("utf-8").partition("\n")
            if hmac.compare_digest(seal, self._seal(path.name, text)):
                return text
        before = {**self.used}
        text = made()
        self.used = before  # what it was made from is not needed again
        with suppress(OSError):
            self.directory.mkdir(mode=0o700, exist_ok=True)
            write_whole(path, f"{self._seal(path.name, text)}\n{text}")
        return text

    def _seal(self, name: str, text: str) -> str:
        return hmac.digest(self.secret, f"{name}\n{text}".encode(), "sha256").hex()
