"""An implementation in a process of its own, spoken to by the protocol.

Whatever the process does (crash, hang, flood, lie about the protocol) becomes an
outcome of the case that it was asked; the process is replaced and the next case
goes on. Reading and writing are done by threads, so that neither a full pipe nor
a silent process can hold the parent.
"""

import os
import queue
import subprocess
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from signal import Signals
from typing import IO, Any, Self, TypeVar
from uuid import uuid4

import psutil

from refcnn.harness import protocol
from refcnn.harness.protocol import ProtocolError, StaleError
from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.suite.case import Case, Crash, Missing, Outcome, Refusal, Timeout

MOST_SETBACKS = 3  # crashes and timeouts of one operator, after which it is not asked again
KEPT_STDERR = 20  # lines
MOST_VIOLATIONS = 20  # that are kept
KEPT_ANSWERS = 4  # unread lines, before the process has to wait
SECONDS_TO_STOP = 1.0
SECONDS_BETWEEN_LOOKS = 0.05  # at the memory of a process that takes its time
MARK = "REFCNN_STARTED"  # in the environment of all that one process starts, to find it again
MIB = 2**20
Ending = TypeVar("Ending", Crash, Timeout)


class CouldNotStart(Exception):  # noqa: N818 - it is not an error of refcnn's
    """The implementation could not be loaded; the message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one case, or the start, may take."""

    seconds: float = 5.0
    seconds_to_start: float = 60.0
    mebibytes: int = 4096  # of the process and all that it started, together


class _Child:
    """One process and the threads that serve its pipes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.mark = uuid4().hex
        self.process = subprocess.Popen(  # noqa: S603 - running the user's program is the point
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment, MARK: self.mark},
            start_new_session=True,  # a terminal's Ctrl-C is for refcnn alone
        )
        self.answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.stderr: deque[bytes] = deque(maxlen=KEPT_STDERR)
        self.gone = threading.Event()
        self.at_once = hasattr(os, "set_blocking")  # whether the pipe can be told not to wait
        if self.at_once:
            os.set_blocking(self._pipe("stdin").fileno(), False)
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
                self._keep(line)
        self._keep(b"")  # the end

    def _keep(self, line: bytes) -> None:
        """Put a line where it is read; whoever floods has to wait."""
        while self.answers.qsize() >= KEPT_ANSWERS and not self.gone.is_set():
            time.sleep(SECONDS_BETWEEN_LOOKS)
        self.answers.put(line)

    def send(self, line: bytes) -> None:
        """Hand a line over at once, as far as the pipe takes it; a thread waits with the rest."""
        if rest := self._at_once(line) if self.at_once else line:
            self.requests.put(rest)

    def _at_once(self, line: bytes) -> bytes:
        """Write a line without waiting, which is quickest; returns the rest of it."""
        pipe = self._pipe("stdin").fileno()
        try:
            rest = line[os.write(pipe, line) :]
        except BlockingIOError:
            rest = line
        except OSError:  # it has ended, as its silence will tell
            return b""
        if rest:
            os.set_blocking(pipe, True)
            self.at_once = False
        return rest

    def _write(self) -> None:
        with suppress(ValueError, OSError), self._pipe("stdin") as pipe:
            while (line := self.requests.get()) is not None:
                pipe.write(line)
                pipe.flush()

    def _drain(self) -> None:
        with suppress(ValueError, OSError), self._pipe("stderr") as pipe:
            while line := pipe.readline(500):
                self.stderr.append(line)

    def last_words(self) -> tuple[str, ...]:
        """The end of what it wrote to standard error, made printable."""
        return tuple(protocol.text(line.rstrip()) for line in self.stderr)

    def tree(self) -> list[psutil.Process]:
        """The process and all that it started, while it runs; then its number may be another's."""
        if self.process.poll() is None:
            with suppress(psutil.Error):
                first = psutil.Process(self.process.pid)
                return [first, *first.children(recursive=True)]
        return []

    def left_behind(self) -> list[psutil.Process]:
        """What it started, wherever it went: a session of its own, another parent."""
        every = psutil.process_iter(["environ"])
        return [p for p in every if (p.info["environ"] or {}).get(MARK) == self.mark]

    def mebibytes(self) -> float:
        """Memory that the process and all that it started hold."""
        return sum(_resident(process) for process in self.tree()) / MIB

    def kill(self) -> None:
        """End the process and all that it started."""
        self.gone.set()
        self.requests.put(None)
        for found in (self.tree, self.left_behind):  # in this order: the dead start no more
            for process in found():
                with suppress(psutil.Error):
                    process.kill()
        with suppress(OSError):
            if hasattr(os, "killpg"):  # pragma: no branch - Windows has no process groups
                os.killpg(self.process.pid, Signals.SIGKILL)
            self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join(timeout=1)


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


class ProcessIUT:
    """An implementation under test behind the protocol."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stated: Mapping[str, Any] | None = None,
        limits: Allowance | None = None,
        versions: Sequence[int] = protocol.VERSIONS,
    ) -> None:
        """Start the program; what is `stated` wins over what it says of itself.

        It is told the `versions` of the protocol one after the other, until it starts.

        Raises CouldNotStart with one sentence if it cannot be loaded.
        """
        self.command, self.environment = list(command), dict(environment or {})
        self.stated, self.limits = dict(stated or {}), limits or Allowance()
        self.versions = versions
        self.setbacks: Counter[str] = Counter()
        self.violations: list[str] = []  # of the protocol, that belong to no single case
        self._child: _Child | None = None
        self._seq = -1
        self._legal = True  # whether legal questions are asked of the process
        try:
            self.statement = self._start()
        except BaseException:  # an interrupt, too, leaves no process behind
            self._end()
            raise

    def _start(self) -> Statement:
        try:
            self._child = _Child(self.command, self.environment)
        except OSError:
            raise CouldNotStart(f"there is no program {self.command[0]} that can be run") from None
        try:
            said = self._said()
        except ProtocolError as error:
            self._end()
            raise CouldNotStart(f"it broke the protocol: {error}") from None
        if isinstance(said, Refusal):
            self.close()
            sentence = " ".join(str(said).split())
            raise CouldNotStart(f"while it was loaded it raised {sentence[:300]}")
        return said

    def _said(self) -> Statement | Refusal:
        """What it states, in the newest version of the protocol that it does not refuse."""
        newest, *older = self.versions
        said = self._said_in(newest)
        for version in older if isinstance(said, Refusal) else ():
            self._end()
            self._child = _Child(self.command, self.environment)
            with suppress(ProtocolError, CouldNotStart):  # the first refusal tells more
                again = self._said_in(version)
                said = again if isinstance(again, Statement) else said
        return said

    def _said_in(self, version: int) -> Statement | Refusal:
        seconds = self.limits.seconds_to_start
        message = self._exchange(seconds, command="start", protocol=version)
        if isinstance(message, Crash | Timeout):
            raise CouldNotStart(f"while it was loaded: {message}")
        said = protocol.statement(message, self.stated)
        if isinstance(said, Statement):
            self.versions = [version]  # which later processes are told at once
        return said

    def run(self, case: Case) -> Outcome:
        """Ask one question. A crash or timeout is an outcome; the next case has a new process."""
        return self._run(case, legal=True)

    def run_illegal(self, case: Case) -> Outcome:
        """Ask an illegal question, in a process that no legal one is asked of.

        What it does there, and how often it crashes, has no influence on the others.
        """
        return self._run(case, legal=False)

    def _run(self, case: Case, *, legal: bool) -> Outcome:
        if lack := self.statement.lacks(case):
            return Missing(lack)
        kind = case.operator if legal else f"what {case.operator} must refuse"
        if self.setbacks[kind] >= MOST_SETBACKS:
            why = f"not asked: {kind} crashed or hung {MOST_SETBACKS} times before"
            return Crash(why, asked=False)
        if legal != self._legal:
            self._legal = legal
            self._end()
        outcome = self._asked(layouts.asked(case, self.statement))
        if isinstance(outcome, Crash | Timeout):
            self.setbacks[kind] += 1
        return layouts.answered(case, outcome, self.statement)

    def _asked(self, case: Case) -> Outcome:
        """Ask; ask a new process where an answer too many to an earlier message comes.

        So, too, where the process has grown from case to case: the limit is of one.
        """
        for last in (False, True):
            used = self._child is not None
            try:
                self._ready()
                message = self._exchange(self.limits.seconds, command="run", case=case.to_json())
                if not isinstance(message, Crash | Timeout):
                    return protocol.outcome(message, case.operator)
                if last or not used or message != self._too_much(message):
                    return message
            except CouldNotStart as error:
                return Crash(str(error))
            except ProtocolError as error:
                crash = self._ended(Crash(f"it broke the protocol: {error}"))
                if last or not isinstance(error, StaleError):
                    return crash
                self._note(str(error))
        raise AssertionError

    def _ready(self) -> None:
        """Have a process that has sent nothing which nobody asked for."""
        child = self._child
        if child is not None and not child.answers.empty():
            line = child.answers.get()
            shown = protocol.text(line[:60].strip())
            what = f"came another line: {shown!r}" if line else "the process ended unasked"
            self._note(f"after the answer to message {self._seq} {what}")
            self._end()
        if self._child is None:
            self._start()

    def _too_much(self, like: Crash | Timeout | None = None) -> Crash:
        words = like.stderr if like else ()
        return Crash(f"it took more than {self.limits.mebibytes} MiB", stderr=words)

    def _note(self, violation: str) -> None:
        if len(self.violations) < MOST_VIOLATIONS:
            self.violations.append(violation)

    def restart(self) -> None:
        """Ask the next question of a new process, which has not been asked anything."""
        self._end()

    def forgive(self, operator: str) -> None:
        """Forget the crashes and timeouts of an operator so far."""
        del self.setbacks[operator]

    def _exchange(self, seconds: float, **message: object) -> dict[str, Any] | Crash | Timeout:
        """Send one message and wait for its answer; after a crash or timeout there is no child."""
        child = self._child
        assert child is not None
        self._seq += 1
        child.send(protocol.line(self._seq, **message))
        end, ended = time.monotonic() + seconds, False
        while time.monotonic() < end:
            try:
                raw = child.answers.get(timeout=min(seconds, SECONDS_BETWEEN_LOOKS))
                break
            except queue.Empty:
                if ended:  # and what it started holds its output open
                    return self._ended(Crash(_how_it_ended(child.process, b"")))
                if child.mebibytes() > self.limits.mebibytes:
                    return self._ended(self._too_much())
                ended = child.process.poll() is not None  # what it wrote still comes
        else:
            return self._ended(Timeout(seconds))
        if not raw.endswith(b"\n"):
            return self._ended(Crash(_how_it_ended(child.process, raw)))
        return protocol.answer(raw, self._seq)

    def _ended(self, outcome: Ending) -> Ending:
        """The outcome with what the process wrote to standard error; the process is ended."""
        child = self._child
        self._end()
        return replace(outcome, stderr=child.last_words() if child else ())

    def close(self) -> None:
        """Ask the process to stop, and end it if it does not at once."""
        if self._child is not None:
            self._child.send(protocol.line(self._seq + 1, command="stop"))
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


def _how_it_ended(process: subprocess.Popen[bytes], raw: bytes) -> str:
    """One sentence on a process whose output ended, perhaps after half a line."""
    if len(raw) >= protocol.LONGEST_LINE:
        return f"the answer was longer than {protocol.LONGEST_LINE // MIB} MiB"
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=1)  # let it end by itself, to see how
    if (code := process.poll()) is None:
        return "the process closed its output and did not end"
    name = next((s.name for s in Signals if s == -code), f"signal {-code}")  # not all have one
    how = f"was killed ({name})" if code < 0 else f"ended (status {code})"
    return f"the process {how} {'in the middle of its answer' if raw else 'without an answer'}"
