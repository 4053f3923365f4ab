"""How acts are tried that a sandbox must refuse.

The texts of this module and of the two that hold the acts are the submission that
tries them: `tried` of the number of an act tries it and answers 1 if it succeeded and
0 if it found nothing. What the kernel refuses raises. No act does any harm where it
succeeds.
"""

import ctypes
import errno
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

DENIED = ("PermissionError: [Errno 1]", "PermissionError: [Errno 13]")
NOTHING = ""  # it ran and found nothing
TOLD: dict[str, Any] = {}  # what an act needs to know of its aim; `selftest` appends it


@dataclass(frozen=True)
class Act:
    """One act: what it is, how it is tried, why it must be refused, how a refusal begins."""

    name: str
    attempt: Callable[[], bool]
    why: str
    refusals: tuple[str, ...]


ACTS: list[Act] = []


def tried(x: Any) -> Any:
    """Try the act of that number."""
    succeeded = ACTS[int(x[0])].attempt()
    if type(succeeded) is not bool:
        raise TypeError("the act does not tell what came of it")
    return np.full_like(x, succeeded)


def act(name: str, why: str, *refusals: str) -> Callable[[Callable[[], bool]], None]:
    """Enter a function among the acts."""
    return lambda attempt: ACTS.append(Act(name, attempt, why, refusals or DENIED))


def any_of(*tries: Callable[[], object]) -> bool:
    """Whether one of several ways succeeds; raises what the last is refused with."""
    refused: PermissionError | None = None
    for attempt in tries:
        try:
            attempt()
        except PermissionError as error:
            refused = error
        else:
            return True
    assert refused is not None
    raise refused


def reads(*paths: str) -> bool:
    """Whether one of some files or folders can be read."""
    return any_of(*(partial(_read, Path(path)) for path in paths))


def _read(path: Path) -> object:
    return [*path.iterdir()] if path.is_dir() else path.open("rb").read(1)


def creates(folder: str) -> bool:
    """Whether a file can be made in a folder; it is removed."""
    path = Path(folder) / "refcnn-selftest"
    path.open("xb").close()
    path.unlink()
    return True


def system(name: str, *arguments: Any) -> int:
    """A system call by name; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    found = int(libc.syscall(ctypes.c_long(TOLD["numbers"][name]), *given))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


CALLS = (  # those that `system` is asked for
    *("bpf", "capset", "clone", "io_uring_setup", "keyctl", "memfd_create", "mount", "msgctl"),
    *("msgget", "open_by_handle_at", "perf_event_open", "personality", "pidfd_open", "prctl"),
    *("process_vm_readv", "ptrace", "seccomp", "semctl", "semget", "shmctl", "shmget", "statx"),
    *("fstat", "sysinfo", "syslog", "unshare", "userfaultfd"),
)


def descriptors() -> list[int]:
    """All open file descriptors."""

    def is_open(number: int) -> bool:
        try:
            fcntl.fcntl(number, fcntl.F_GETFD)
        except OSError as error:
            if error.errno == errno.EBADF:
                return False
            raise
        return True

    return [number for number in range(4096) if is_open(number)]


SECRETS = "There may be answers, seeds or other people's work."
