"""Files that are whole or not there."""

import os
from pathlib import Path

from refcnn.grading.exports.csv_text import ExportError


def replace(path: Path, content: str | bytes) -> None:
    """Write a file so that nobody ever reads half of it; raises ExportError."""
    data = content.encode() if isinstance(content, str) else content
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # beside it, or it could not move
    try:
        part.unlink(missing_ok=True)
        with part.open("xb") as file:  # x: a link that somebody planted is not followed
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ExportError(f"{path} cannot be written: {error.strerror}") from None
