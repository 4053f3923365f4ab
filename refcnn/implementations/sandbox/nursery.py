"""The grader's hold on a zygote: it has confined processes made and ended."""

import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from refcnn.implementations.sandbox.zygote import ENDED, PID

ENVIRONMENT = {
    **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")},
    "PYTHONHASHSEED": "0",  # the same order of sets for everybody
    "PYTHONDONTWRITEBYTECODE": "1",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}


class SandboxError(Exception):
    """There is no sandbox to be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a confined process may use."""

    seconds: float = 2.0  # of CPU for one case
    seconds_per_operation: float = 2e-4  # on top
    seconds_to_load: float = 10.0
    seconds_in_all: float = 300.0  # on the wall, for all cases of one process and its successors
    mebibytes: int = 512
    modules: tuple[str, ...] = ()  # to be imported beside NumPy and the standard library


class Zygote:
    """The process that confined ones are forked from."""

    def __init__(self, allowed: Allowed | None = None, *, trusted: bool = False) -> None:
        """Start it; raises SandboxError where it cannot confine, unless it is `trusted`."""
        self.allowed = allowed or Allowed()
        own, other = socket.socketpair()
        script = Path(__file__).with_name("zygote.py")
        mode = "trusted" if trusted else "confined"
        words = [str(Path(__file__).parents[2]), str(other.fileno()), mode]
        words += [str(self.allowed.mebibytes), "7200", *self.allowed.modules]
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-P", "-s", str(script), *words],
            env=ENVIRONMENT,
            pass_fds=[other.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
        )
        other.close()
        self.control = own
        said = own.makefile("rb").readline().decode().strip()
        if not said or said.startswith("!"):
            why = said[1:] or _last_words(self.process)
            self.close()
            raise SandboxError(why)
        self.isolation = said

    def fork(self) -> tuple[socket.socket, int]:
        """A new process: the socket to it, and its pid; raises SandboxError if there is none."""
        own, other = socket.socketpair()
        try:
            self.control.sendall(b"F")
            socket.send_fds(self.control, [b"f"], [other.fileno()])
            pid = PID.unpack(self.control.recv(PID.size, socket.MSG_WAITALL))[0]
        except (OSError, struct.error):
            own.close()
            raise SandboxError("the process that confined ones are forked from is gone") from None
        finally:
            other.close()
        if not pid:
            own.close()
            raise SandboxError("no process could be forked")
        own.settimeout(0)
        return own, pid

    def end(self, pid: int) -> tuple[int, bool]:
        """End a forked process; its status as of os.wait, and whether somebody else killed it."""
        try:
            self.control.sendall(b"E" + PID.pack(pid))
            status, _, killed = ENDED.unpack(self.control.recv(ENDED.size, socket.MSG_WAITALL))
        except (OSError, struct.error):
            raise SandboxError("the process that confined ones are forked from is gone") from None
        return status, killed

    def close(self) -> None:
        """End it and all that was forked from it."""
        self.control.close()
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _last_words(process: subprocess.Popen[bytes]) -> str:
    words = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
    return (words.strip().splitlines() or ["it ended at once"])[-1]
