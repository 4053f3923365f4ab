"""Messages between the grader and a confined process: a prefix, a JSON header, raw bytes.

The numbers of tensors travel as bytes, and questions, which are the grader's own, as Python
writes plain values. The prefix says how long the rest is, and carries a number that an answer
must repeat, so that none can be given in advance.
"""

import json
import marshal
import struct
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

import numpy as np

from refcnn.suite.case import Answer, Case, Missing, Outcome, Refusal, Rubbish
from refcnn.suite.tensors import DTYPES, INDICES, Array

PREFIX = struct.Struct("<4sQII")  # mark, number, bytes of the header, bytes of the body
MARK = b"rcn1"
ENCODER = json.JSONEncoder(separators=(",", ":"))  # made once: there are many messages
NAMES = {np.dtype(name).char: name for name in DTYPES}  # a dtype is slow to tell its own
ASKED = {**NAMES, np.dtype(INDICES).char: INDICES}  # of the tensors of a question
MOST_TEXT = 2000  # characters of a message
MOST_STATED = 2**12  # of a STATEMENT, as JSON
MOST_HEADER, MOST_BODY = 2**16, 2**18  # bytes of an answer: all are kept; no case needs 1 %


class FrameError(Exception):
    """Bytes that are no message."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, without the number."""

    header: Any
    body: bytes = b""

    def packed(self) -> bytes:
        """The bytes after the number."""
        header = ENCODER.encode(self.header).encode()
        return struct.pack("<II", len(header), len(self.body)) + header + self.body


def numbered(number: int, packed: bytes) -> bytes:
    """A packed message as it is sent."""
    return struct.pack("<4sQ", MARK, number) + packed


def receive(read: Callable[[int], bytes], most_body: int = MOST_BODY) -> tuple[int, Frame]:
    """The next message and its number, of exactly the bytes that it says; raises FrameError."""
    mark, number, header, body = PREFIX.unpack(read(PREFIX.size))
    if mark != MARK:
        raise FrameError("what came is not a message of the harness")
    if header > MOST_HEADER or body > most_body:
        raise FrameError(f"a message of {header + body} bytes is too long")
    try:
        found = json.loads(read(header).decode())
    except (ValueError, RecursionError):
        raise FrameError("the header of a message is not JSON") from None
    return number, Frame(found, read(body))


def tensors(arrays: Iterable[tuple[str, Array]]) -> tuple[list[Any], bytes]:
    """Names, dtypes and shapes of arrays, and their bytes one after the other."""
    pairs = [(name, np.asarray(a, order="C")) for name, a in arrays]
    about = [[name, NAMES[a.dtype.char], a.shape] for name, a in pairs]
    return about, b"".join(a.tobytes() for _, a in pairs)


def arrays(about: Any, body: bytes) -> dict[str, Array]:
    """The arrays of `tensors`; raises FrameError unless the bytes are exactly theirs."""
    found, start = dict[str, Array](), 0
    for name, dtype, shape in about:
        if dtype not in DTYPES or not all(type(n) is int and 0 <= n < 2**32 for n in shape):
            raise FrameError("a tensor must have a dtype and a shape")
        stop = start + prod(shape) * np.dtype(dtype).itemsize
        if stop > len(body):
            raise FrameError(f"a tensor of shape {tuple(shape)} has too few bytes")
        found[name] = np.frombuffer(body[start:stop], dtype).reshape(shape)
        start = stop
    if start != len(body):
        raise FrameError("there are more bytes than the tensors have")
    return found


def of_case(case: Case) -> Frame:
    """A question. It is the grader's own, so that it need not be looked at when it is read."""
    tensors = [
        (name, ASKED[tensor.dtype.char], tensor.shape, tensor.tobytes())
        for name, tensor in case.inputs.items()
    ]
    return Frame({}, marshal.dumps((case.operator, dict(case.attributes), case.memory, tensors)))


def as_case(frame: Frame) -> Case:
    """The case of a question."""
    operator, attributes, memory, tensors = marshal.loads(frame.body)  # noqa: S302
    inputs = {
        name: np.frombuffer(numbers, dtype).reshape(shape)
        for name, dtype, shape, numbers in tensors
    }
    return Case(operator=operator, attributes=attributes, inputs=inputs, memory=memory)


def of_outcome(outcome: Outcome) -> Frame:
    """An answer."""
    match outcome:
        case Answer(outputs) if sum(array.nbytes for array in outputs.values()) > MOST_BODY:
            shapes = " and ".join(str(array.shape) for array in outputs.values())
            return of_outcome(Rubbish(f"returned an array of shape {shapes}: far too large"))
        case Answer(outputs, faults):
            about, body = tensors(outputs.items())
            return Frame({"tensors": about, "faults": list(faults)}, body)
        case Refusal():
            said = {name: _cut(value) for name, value in asdict(outcome).items()}
            return Frame({"refusal": said})
        case Rubbish(what):
            return Frame({"rubbish": what[:MOST_TEXT]})
        case _:
            return Frame({"missing": str(outcome)[:MOST_TEXT]})


def as_outcome(frame: Frame) -> Outcome:
    """The outcome in an answer; raises FrameError, KeyError, TypeError or ValueError if none."""
    match frame.header:
        case {"tensors": about, "faults": faults}:
            return Answer(arrays(about, frame.body), tuple(map(str, faults)))
        case {"refusal": {"line": line, **said}}:
            texts: dict[str, Any] = {
                name: str(said[name]) for name in ("kind", "message", "file", "cause")
            }
            flags: dict[str, Any] = {
                name: bool(said[name]) for name in ("deliberate", "unsupported")
            }
            return Refusal(**texts, **flags, line=line if type(line) is int else None)
        case {"rubbish": what}:
            return Rubbish(str(what))
        case {"missing": what}:
            return Missing(str(what))
    raise ValueError("the answer is none of the kinds that there are")


def _cut(value: Any) -> Any:
    return value[:MOST_TEXT] if isinstance(value, str) else value
