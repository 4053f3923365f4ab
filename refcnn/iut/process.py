"""An implementation in a process of its own, spoken to by the protocol.

Whatever the process does (crash, hang, flood, lie about the protocol) becomes an
outcome of the case that it was asked; the process is replaced and the next case
goes on. Reading and writing are done by threads, so that neither a full pipe nor
a silent process can hold the parent.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from refcnn.iut import protocol
from refcnn.iut.protocol import ProtocolError, Statement
from refcnn.spec.case import Case, Crash, Outcome, Refusal, Timeout

MOST_SETBACKS = 3  # crashes and timeouts of one operator, after which it is not asked again
KEPT_STDERR = 20  # lines
SECONDS_TO_STOP = 1.0

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


class CouldNotStart(Exception):  # noqa: N818 - it is not an error of refcnn's
    """The implementation could not be loaded; the message says why, in one sentence."""


class _Child:
    """One process and the threads that serve its pipes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - running the user's program is the point
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
            start_new_session=True,  # a group of its own, so that all of it can be ended
        )
        self.answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.stderr: deque[str] = deque(maxlen=KEPT_STDERR)
        work = (self._read, self._write, self._drain)
        self.threads = [threading.Thread(target=serve, daemon=True) for serve in work]
        for thread in self.threads:
            thread.start()

    def _pipe(self, name: str) -> IO[bytes]:
        pipe: IO[bytes] = getattr(self.process, name)
        return pipe

    def _read(self) -> None:
        with suppress(ValueError, OSError), self._pipe("stdout") as pipe:
            while line := pipe.readline(protocol.LONGEST_LINE):
                self.answers.put(line)
        self.answers.put(b"")  # the end

    def _write(self) -> None:
        with suppress(ValueError, OSError), self._pipe("stdin") as pipe:
            while (line := self.requests.get()) is not None:
                pipe.write(line)
                pipe.flush()

    def _drain(self) -> None:
        with suppress(ValueError, OSError), self._pipe("stderr") as pipe:
            while line := pipe.readline(500):
                self.stderr.append(protocol.text(line).rstrip())

    def kill(self) -> None:
        """End the process and all that it started."""
        self.requests.put(None)
        with suppress(OSError):
            if hasattr(os, "killpg"):  # pragma: no branch - Windows has no process groups
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join(timeout=1)


class ProcessIUT:
    """An implementation under test behind the protocol."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        seconds: float = 5.0,
        seconds_to_start: float = 30.0,
    ) -> None:
        """Start the program. Raises CouldNotStart with one sentence if it cannot be loaded."""
        self.command, self.environment = list(command), dict(environment or {})
        self.seconds, self.seconds_to_start = seconds, seconds_to_start
        self.setbacks: Counter[str] = Counter()
        self._child: _Child | None = None
        self._seq = -1
        self.statement = self._start()

    def _start(self) -> Statement:
        try:
            self._child = _Child(self.command, self.environment)
        except OSError:
            raise CouldNotStart(f"there is no program {self.command[0]} that can be run") from None
        try:
            message = self._exchange(
                self.seconds_to_start, command="start", protocol=protocol.VERSION
            )
            if isinstance(message, Crash | Timeout):
                raise CouldNotStart(f"while it was loaded: {message}")
            said = protocol.statement(message)
        except ProtocolError as error:
            self._end()
            raise CouldNotStart(f"it broke the protocol: {error}") from None
        if isinstance(said, Refusal):
            self.close()
            sentence = " ".join(str(said).split())
            raise CouldNotStart(f"while it was loaded it raised {sentence[:300]}")
        return said

    def run(self, case: Case) -> Outcome:
        """Ask one question. A crash or timeout is an outcome; the next case has a new process."""
        if self.setbacks[case.operator] >= MOST_SETBACKS:
            why = f"not asked: {case.operator} crashed or hung {MOST_SETBACKS} times before"
            return Crash(why, asked=False)
        try:
            if self._child is None:
                self._start()
            message = self._exchange(self.seconds, command="run", case=case.to_json())
            outcome = message if isinstance(message, Crash | Timeout) else protocol.outcome(message)
        except ProtocolError as error:
            self._end()
            outcome = Crash(f"it broke the protocol: {error}")
        except CouldNotStart as error:
            outcome = Crash(str(error))
        if isinstance(outcome, Crash | Timeout):
            self.setbacks[case.operator] += 1
        return outcome

    def forgive(self, operator: str) -> None:
        """Forget the crashes and timeouts of an operator so far."""
        del self.setbacks[operator]

    def _exchange(self, seconds: float, **message: object) -> dict[str, object] | Crash | Timeout:
        """Send one message and wait for its answer; after a crash or timeout there is no child."""
        child = self._child
        assert child is not None
        self._seq += 1
        child.requests.put(protocol.line(self._seq, **message))
        try:
            raw = child.answers.get(timeout=seconds)
        except queue.Empty:
            self._end()
            return Timeout(seconds)
        if not raw.endswith(b"\n"):
            if not raw:  # the output ended: let the process end by itself, to see how
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=1)
            self._end()
            return Crash(self._how_it_ended(child, raw))
        return protocol.answer(raw, self._seq)

    @staticmethod
    def _how_it_ended(child: _Child, raw: bytes) -> str:
        """One sentence on a process that ended or left half a line."""
        if len(raw) >= protocol.LONGEST_LINE:
            return f"the answer was longer than {protocol.LONGEST_LINE // 2**20} MiB"
        code = child.process.returncode
        how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended (status {code})"
        last = f"; its last words: {child.stderr[-1]}" if child.stderr else ""
        return f"the process {how} without an answer{last}"

    def close(self) -> None:
        """Ask the process to stop, and end it if it does not at once."""
        if self._child is not None:
            self._child.requests.put(protocol.line(self._seq + 1, command="stop"))
            self._child.requests.put(None)
            with suppress(subprocess.TimeoutExpired):
                self._child.process.wait(timeout=SECONDS_TO_STOP)
        self._end()

    def _end(self) -> None:
        """End the process without asking."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def python_file(path: Path, **limits: float) -> ProcessIUT:
    """The operators that a Python file defines, in a child process."""
    command = [sys.executable, "-P", "-m", "refcnn.iut.worker", str(path)]
    return ProcessIUT(command, environment=ONE_THREAD, **limits)
