"""The socket to a confined process: bytes, within limits of time."""

import select
import socket
import time

import psutil

PATIENCE = 10  # wall-clock seconds to a second of CPU: the machine may be busy
GLANCE = 0.05  # seconds between two looks at the CPU time of a process that is late


class LateError(Exception):
    """No answer within the limits."""


class GoneError(Exception):
    """The process has closed its socket."""


class OverError(LateError):
    """The time for all that is asked is over."""


class Watch:
    """How much CPU time and wall-clock time is left for an answer."""

    def __init__(self, pid: int, until: float) -> None:
        """Of a process that must be done by a time on the wall, as of time.monotonic."""
        self.pid, self.until = pid, until

    def begin(self, seconds: float) -> None:
        """From now on, that many seconds of CPU, or PATIENCE times as many on the wall."""
        self.seconds, self.began, self.before = seconds, time.monotonic(), -1.0

    def wait(self, channel: socket.socket, *, write: bool = False) -> None:
        """Until there is something to read (or room to write); raises LateError in the end.

        Where it is the time for everything that is over, it is OverError.
        """
        ready = select.poll()  # not select(), which knows no file descriptor beyond 1023
        ready.register(channel, select.POLLOUT if write else select.POLLIN)
        while True:
            now = time.monotonic()
            if now > self.until:
                raise OverError
            waited = now - self.began
            if waited > self.seconds * PATIENCE:  # also if there is always one more byte
                raise LateError
            if ready.poll(GLANCE * 1000):
                return
            waited = time.monotonic() - self.began
            used = _cpu(self.pid)
            if self.before < 0:
                self.before = max(0.0, used - waited)  # it cannot have used more since
            if used - self.before > self.seconds:
                raise LateError


def _cpu(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


class Reader:
    """Exactly as many bytes as are asked for, of whatever has come."""

    def __init__(self, channel: socket.socket, watch: Watch) -> None:
        self.channel, self.watch, self.rest = channel, watch, bytearray()

    def read(self, size: int) -> bytes:
        """That many bytes; raises LateError or GoneError."""
        while len(self.rest) < size:
            self.watch.wait(self.channel)
            more = self.channel.recv(2**16)
            if not more:
                raise GoneError
            self.rest += more
        found = bytes(self.rest[:size])
        del self.rest[:size]
        return found


def send(channel: socket.socket, data: bytes, watch: Watch) -> None:
    """All of it; raises LateError or OSError."""
    view = memoryview(data)
    while view:
        watch.wait(channel, write=True)
        view = view[channel.send(view[: 2**16]) :]
