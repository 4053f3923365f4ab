"""Files that are whole or not there."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that nobody ever reads half of it; raises OSError."""
    data = content.encode() if isinstance(content, str) else content
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # beside it, or it could not move
    with suppress(FileNotFoundError):
        part.unlink()
    try:
        with part.open("xb") as file:  # x: a link that somebody planted is not followed
            file.write(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
