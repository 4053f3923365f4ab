"""Files that are whole or not there."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that nobody ever reads half of it; raises OSError that names it.

    A device or a link (as /dev/stdout is) is written to, not replaced.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.is_symlink() or (path.exists() and not path.is_file()):
        path.write_bytes(data)
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # beside it, or it could not move
    with suppress(FileNotFoundError):
        part.unlink()
    try:
        with part.open("xb") as file:  # x: a link that somebody planted is not followed
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # or a machine that goes down leaves an empty file
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        part.unlink(missing_ok=True)


def clear_parts(directory: Path) -> None:
    """Take away what processes that were killed had begun to write, where nobody writes now."""
    for part in directory.glob(".*.part"):
        part.unlink(missing_ok=True)
