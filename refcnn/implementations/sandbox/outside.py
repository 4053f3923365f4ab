"""The grader's side of a confined process: it asks, waits within limits, and ends it."""

import os
import re
import secrets
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from math import inf, prod
from typing import Any, Self

import numpy as np

from refcnn.harness.calls import LAYOUTS
from refcnn.harness.protocol import text
from refcnn.implementations.sandbox.frames import (
    MOST_STATED,
    Frame,
    FrameError,
    as_outcome,
    numbered,
    of_case,
    receive,
)
from refcnn.implementations.sandbox.link import GoneError, LateError, OverError, Reader, Watch, send
from refcnn.implementations.sandbox.nursery import SandboxError, Zygote
from refcnn.suite.case import Answer, Case, Crash, Missing, Outcome, Refusal, Rubbish, Timeout
from refcnn.suite.registry import record

OVER = "not asked: the time for all cases is over"
ENDING = 0.05  # seconds
CRASHES = 3  # of one operator, after which its other cases are not asked
MOST_ACTS = 30
MOST_KNOWN = 4096  # messages that are kept
MOST_FAULTS = 8
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")  # of an object: another one in every process
TEXTS = ("kind", "message", "file", "cause")  # of a refusal
AT_ONCE = 2**16  # bytes of questions; less than what a socket holds


@dataclass(frozen=True, slots=True)
class Code:
    """What is to be loaded: files in memory, of which one is the entry."""

    entry: str
    files: Mapping[str, bytes]
    kind: str = "file"  # or "cells": the entry is a JSON list of the cells of a notebook
    calls: Mapping[str, str] = field(default_factory=dict)
    layouts: Mapping[str, str] = field(default_factory=lambda: dict(LAYOUTS))
    forbid: tuple[str, ...] = ()

    def frame(self) -> Frame:
        """The message that has it loaded."""
        about = {
            "entry": self.entry,
            "files": [[name, len(raw)] for name, raw in self.files.items()],
            "kind": self.kind,
            "calls": dict(self.calls),
            "layouts": dict(self.layouts),
            "forbid": list(self.forbid),
        }
        return Frame(about, b"".join(self.files.values()))


class Confined:
    """Some code in a confined process; a new one follows when it has crashed or hangs."""

    def __init__(
        self, zygote: Zygote, code: Code, *, spent: float = 0.0, most: float = inf
    ) -> None:
        """Nothing is loaded before it is asked for; of the time for all, some may be `spent`.

        It is what is allowed, or `most` seconds.
        """
        self.zygote, self.code, self.allowed = zygote, code, zygote.allowed
        self.most = min(most, self.allowed.seconds_in_all)
        self.notes: tuple[str, ...] = ()
        self.stated = ""  # its STATEMENT, which may be any text
        self.acts: dict[str, None] = {}
        self._channel: socket.socket | None = None
        self._pid, self._crashes = 0, dict[str, int]()
        self._problem: Crash | Timeout | Refusal | None = None  # why it cannot be loaded
        self._killed = False  # by somebody else
        self._singly = False  # after the first crash or timeout
        self.spent = spent  # seconds on the wall, in all

    def load(self) -> Crash | Timeout | Refusal | tuple[str, ...]:
        """Load the code in a new process: the operators that it has, or why it has none."""
        self.close()
        self._channel, self._pid = self.zygote.fork()
        loading = [self.code.frame().packed()]
        frame = next(self._exchange(loading, [self.allowed.seconds_to_load]))
        if isinstance(frame, Frame):
            match frame.header:
                case {"functions": [*names], "notes": [*notes], "stated": str(said)}:
                    self.stated = said[:MOST_STATED]
                    self.notes = tuple(text(note) for note in notes[:MOST_ACTS])
                    return tuple(map(str, names))
            found = self._outcome(frame)
            broken = Crash("it broke the protocol")
            self._problem = found if isinstance(found, Refusal | Crash) else broken
        else:
            self._problem = frame
        self.close()
        return self._problem

    def run(self, case: Case) -> Outcome:
        """Ask one question; crashes and timeouts end the process, and the next has a new one."""
        return self.ask([case])[0]

    def ask(self, cases: Sequence[Case]) -> list[Outcome]:
        """Ask questions of one operator, in their order.

        They are sent several at a time: a switch of processes costs more than a case.
        """
        found = list[Outcome]()
        while len(found) < len(cases):
            operator = cases[len(found)].operator
            if self._crashes.get(operator, 0) >= CRASHES:
                found.append(Crash(f"not asked after {CRASHES} crashes or timeouts", asked=False))
                continue
            if self.spent > self.most:
                found.append(Crash(OVER, asked=False))
                continue
            if self._channel is None and self._problem is None:
                self.load()
            if self._problem is not None:
                found.append(self._problem)
                continue
            some = cases[len(found) :][: self._fitting(cases[len(found) :])]
            got = list(self._some(some))
            ended = isinstance(got[-1], Crash | Timeout)
            if ended and len(some) > 1:
                got.pop()  # answers may have been lost: whose fault it is shows one by one
                self._singly = True
            elif ended:
                self._crashes[operator] = self._crashes.get(operator, 0) + 1
            found += got
        return found

    def _fitting(self, cases: Sequence[Case]) -> int:
        """How many cases are asked at once."""
        sizes = accumulate(len(prepared(case)[1]) for case in cases)
        return 1 if self._singly else max(1, sum(size <= AT_ONCE for size in sizes))

    def _some(self, cases: Sequence[Case]) -> Iterator[Outcome]:
        """The outcomes of cases that are asked at once, until one ends the process."""
        known = [prepared(case) for case in cases]
        more = self.allowed.seconds_per_operation
        seconds = [self.allowed.seconds + more * number for _, _, number in known]
        frames = self._exchange([message for _, message, _ in known], seconds)
        for frame, case in zip(frames, cases):  # in this order, so that frames come to their end
            outcome = self._outcome(frame, case) if isinstance(frame, Frame) else frame
            yield outcome
            if isinstance(outcome, Crash | Timeout):
                return

    def close(self) -> int:
        """End the process; its exit status as of os.wait."""
        if self._channel is None:
            return 0
        status, self._killed = self.zygote.end(self._pid)
        self._channel.close()
        self._channel = None
        return status

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _exchange(
        self, messages: Sequence[bytes], seconds: Sequence[float]
    ) -> Iterator[Frame | Crash | Timeout]:
        """The answers to messages, within so many seconds each, until one does not come."""
        number = secrets.randbits(48)
        numbers = range(number, number + len(messages))
        channel, began = self._channel, time.monotonic()
        watch = Watch(self._pid, began + self.most - self.spent)
        assert channel is not None
        reader = Reader(channel, watch)
        try:
            watch.begin(seconds[0])
            send(channel, b"".join(map(numbered, numbers, messages)), watch)
            for number, allowed in zip(numbers, seconds):
                watch.begin(allowed)
                found, frame = receive(reader.read)
                _must(found == number and isinstance(frame.header, dict), "it was not asked for")
                self._note(frame.header.get("acts"))
                yield frame
            if reader.rest:  # what was asked for has come: it counts, but no more is asked here
                self.close()
                self._note(["broke the protocol: more was said than was asked for"])
        except OverError:
            self.close()
            yield Crash(OVER, asked=False)
        except LateError:
            self.close()
            yield Timeout(round(watch.seconds, 3))
        except FrameError as error:
            self.close()
            self._note([f"broke the protocol: {error}"])
            yield Crash(f"it broke the protocol: {error}")
        except (GoneError, OSError):
            time.sleep(ENDING)  # its files are closed before it has quite ended
            how = _how(self.close())
            if self._killed:
                raise SandboxError("a confined process was killed by somebody else") from None
            yield Crash(how)
        finally:
            self.spent += time.monotonic() - began

    def _outcome(self, frame: Frame, case: Case | None = None) -> Outcome:
        try:
            outcome = as_outcome(frame)
            if isinstance(outcome, Answer):
                known = record(case.operator) if case else None
                _must(known is not None and not known.wrong_names(outcome.outputs), "other outputs")
            return _readable(outcome)
        except (FrameError, LookupError, TypeError, ValueError, AttributeError):
            self.close()
            self._note(["broke the protocol: an answer of no known kind"])
            return Crash("it broke the protocol: an answer of no known kind")

    def _note(self, acts: Any) -> None:
        for act in acts if isinstance(acts, list) else ():
            if len(self.acts) < MOST_ACTS:
                self.acts.setdefault(" ".join(text(act).split()))


def _readable(outcome: Outcome) -> Outcome:
    """Foreign text of an outcome on one printable line."""

    def line(value: str) -> str:
        return ADDRESS.sub("0x...", " ".join(text(value).split()))

    match outcome:
        case Answer(outputs, faults):
            return Answer(outputs, tuple(map(line, faults[:MOST_FAULTS])))
        case Refusal():
            texts: dict[str, Any] = {name: line(getattr(outcome, name)) for name in TEXTS}
            return replace(outcome, **texts)
        case Rubbish(what):
            return Rubbish(line(what))
        case Missing(what):
            return Missing(line(what))
    return outcome


def _must(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise FrameError(otherwise)


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"the process was ended by signal {os.WTERMSIG(status)}"
    return f"the process ended with exit status {os.waitstatus_to_exitcode(status)}, without answer"


_KNOWN: dict[int, tuple[Case, bytes, int]] = {}


def prepared(case: Case) -> tuple[Case, bytes, int]:
    """A case, its message and its operations: the same questions are asked of everybody."""
    known = _KNOWN.get(id(case))
    if known is None or known[0] is not case:
        if len(_KNOWN) > MOST_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[id(case)] = (case, of_case(case).packed(), operations(case))
    return known


def operations(case: Case) -> int:
    """About how many multiply-adds plain loops need for a case, at most."""
    window = case.attributes.get("pool_size", 1)
    taps = prod(n for n in np.ravel(window).tolist() if type(n) is int)
    kernel = case.inputs.get("kernel")
    return case.inputs["x"].size * (max(1, abs(taps)) if kernel is None else kernel.size)
