"""What a stranger's code tries that no exercise asks for, noted for human eyes.

An audit hook sees it before the kernel refuses it. The hook cannot be taken away,
but what it has noted can be tampered with: it is a hint and no evidence.
"""

import sys
import sysconfig
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

MOST = 20  # acts that are kept of one submission
PREFIXES = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "ctypes.", "shutil.")
EVENTS = {
    "os.system", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.putenv", "os.chmod",
    "os.chown", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
    "os.truncate", "os.listdir", "os.scandir", "os.chdir", "sys._current_frames", "sys.setprofile",
    "sys.settrace", "gc.get_objects", "gc.get_referrers", "gc.get_referents", "mmap.__new__",
    "resource.setrlimit", "resource.prlimit", "signal.pthread_kill", "sys.addaudithook",
    "pty.spawn", "fcntl.fcntl", "code.__new__", "webbrowser.open", "urllib.Request",
}  # fmt: skip
OWN = tuple(
    {
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("platstdlib"),
        str(Path(np.__file__).parent),
    }
)


HARNESS = frozenset(
    str(Path(__file__).parents[2] / name)
    for name in (
        "harness/binding.py",
        "harness/notebook.py",
        "harness/python.py",
        "implementations/sandbox/inside.py",
    )
)


class Acts:
    """A notebook of what was tried, in order, each kind once."""

    def __init__(self, forbid: Collection[str], own: Collection[str] = ()) -> None:
        """Begin to note; imports of `forbid` count, too, but no reading of its `own` files."""
        self._forbid, self._noted, self._told = frozenset(forbid), dict[str, None](), 0
        self._own = frozenset(own)
        self._busy = False
        sys.addaudithook(self._hook)

    def new(self) -> list[str]:
        """What was tried since the last time."""
        found = [*self._noted][self._told :]
        self._told += len(found)
        return found

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Note nothing: what is done now is done by the harness."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._busy or len(self._noted) >= MOST:
            return
        self._busy = True
        try:
            if said := self._said(event, arguments):
                self._noted.setdefault(said[:200])
        except Exception:  # noqa: BLE001, S110 - arguments are foreign objects
            pass
        finally:
            self._busy = False

    def _said(self, event: str, arguments: tuple[Any, ...]) -> str:
        if event == "import":
            name = str(arguments[0]).partition(".")[0]
            return f"imports {name}" if name in self._forbid else ""
        if event == "open":
            return "" if arguments[0] in self._own else _opened(*arguments[:3])
        if event in ("os.listdir", "os.scandir") and str(arguments[0]).startswith(OWN):
            return ""  # the import of a module looks there
        if event in EVENTS or event.startswith(PREFIXES):
            told = str if event.startswith("ctypes.") else str | int  # numbers there are addresses
            first = arguments[0] if arguments and isinstance(arguments[0], told) else ""
            return f"calls {event} {first!r}" if first != "" else f"calls {event}"
        return ""


def _opened(path: Any, mode: Any, flags: Any) -> str:
    name = path.decode("utf-8", "replace") if isinstance(path, bytes) else path
    if not isinstance(name, str) or name.startswith("<") or name in HARNESS:
        return ""  # a file descriptor, the cell of a notebook, a line for a traceback
    writes = bool(set(str(mode or "")) & set("wax+")) or bool(int(flags or 0) & 3)
    if not writes and (name.startswith(OWN) or name in ("/dev/null", "/dev/urandom")):
        return ""
    return f"opens {name} to write" if writes else f"opens {name}"
