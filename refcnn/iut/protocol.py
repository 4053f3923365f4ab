"""The protocol: one JSON object a line, each answered by one with the same seq.

    -> {"seq": 0, "command": "start", "protocol": 1}
    <- {"seq": 0, "statement": {"implementation": {...}, "operators": {...}, ...}}
    -> {"seq": 1, "command": "run", "case": {"operator", "attributes", "inputs"}}
    <- {"seq": 1, "tensor": {"dtype", "shape", "data"}, "faults": []}
    -> {"seq": 2, "command": "stop"}

In place of a tensor: {"refusal": {"kind", "message", "line", "deliberate"}}
for an exception,
{"rubbish": "..."} for a result that is no array, {"missing": "..."} for what is
not offered; in place of a statement: {"refusal": ...} if nothing could be loaded.
"""

import json
from dataclasses import dataclass
from typing import Any

from refcnn.spec.case import ALGORITHMS, OPERATORS, Missing, Outcome, Refusal, Rubbish, Tensor
from refcnn.spec.tensors import DTYPES, decode

VERSION = 1
LONGEST_LINE = 64 * 2**20  # bytes; no case has an answer near this
LONGEST_TEXT = 2000  # characters of a message that are kept


class ProtocolError(Exception):
    """An answer that breaks the protocol."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What an implementation says of itself."""

    name: str
    operators: tuple[str, ...]
    dtypes: tuple[str, ...] = ()  # empty: not said, to be found out
    implementation: tuple[tuple[str, str], ...] = ()  # language, version, libraries
    algorithm: str = "direct"  # or "fast": conv2d and dense are judged by the bound for these
    notes: tuple[str, ...] = ()  # near misses: "found conv2D; is it meant to be conv2d?"


def line(seq: int, **message: Any) -> bytes:
    """One message as a line."""
    return json.dumps({"seq": seq, **message}, allow_nan=False).encode() + b"\n"


def answer(raw: bytes, seq: int) -> dict[str, Any]:
    """The JSON object of one line; raises ProtocolError unless it answers message `seq`."""
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        raise ProtocolError(f"the answer is not JSON: {text(raw[:80])!r}") from None
    if not isinstance(message, dict) or "seq" not in message:
        raise ProtocolError("the answer is not an object with a member seq")
    if message.pop("seq") != seq:
        raise ProtocolError(f"the answer does not belong to message {seq}")
    return message


def text(value: Any) -> str:
    """Foreign text, printable and of bounded length."""
    string = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    kept = string[:LONGEST_TEXT]
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in kept)


def _refusal(value: Any) -> Refusal:
    if not isinstance(value, dict) or not isinstance(value.get("line"), int | None):
        raise ProtocolError("a refusal must be an object with kind, message and line")
    kind, said = text(value.get("kind")), text(value.get("message"))
    return Refusal(kind, said, value.get("line"), value.get("deliberate", True) is True)


def outcome(message: dict[str, Any]) -> Outcome:
    """The outcome in the answer to `run`; raises ProtocolError if there is none."""
    match message:
        case {"tensor": tensor}:
            faults = message.get("faults", [])
            if not isinstance(faults, list):
                raise ProtocolError("faults must be a list")
            try:
                return Tensor(decode(tensor), tuple(text(fault) for fault in faults))
            except ValueError as error:
                raise ProtocolError(str(error)) from None
        case {"refusal": refusal}:
            return _refusal(refusal)
        case {"rubbish": what}:
            return Rubbish(text(what))
        case {"missing": what}:
            return Missing(text(what))
    raise ProtocolError("the answer has no tensor, refusal, rubbish or missing")


def statement(message: dict[str, Any]) -> Statement | Refusal:
    """The statement in the answer to `start`, or why nothing could be loaded."""
    if "refusal" in message:
        return _refusal(message["refusal"])
    said = message.get("statement")
    if not isinstance(said, dict):
        raise ProtocolError("the answer to start has no statement")
    lists = {key: said.get(key, []) for key in ("operators", "dtypes", "notes")}
    if not all(isinstance(value, list) for value in lists.values()):
        raise ProtocolError("operators, dtypes and notes must be lists")
    for key, known in (("operators", OPERATORS), ("dtypes", DTYPES)):
        if unknown := [v for v in lists[key] if v not in known]:
            raise ProtocolError(f"{key} may hold {', '.join(known)}, not {text(unknown[0])!r}")
    algorithm = said.get("algorithm", "direct")
    if algorithm not in ALGORITHMS:
        raise ProtocolError(
            f"algorithm must be {' or '.join(ALGORITHMS)}, not {text(str(algorithm))!r}"
        )
    about = said.get("implementation", {})
    return Statement(
        name=text(said.get("name", "")),
        operators=tuple(op for op in OPERATORS if op in lists["operators"]),
        dtypes=tuple(lists["dtypes"]),
        implementation=tuple((text(k), text(v)) for k, v in about.items()),
        algorithm=algorithm,
        notes=tuple(text(note) for note in lists["notes"]),
    )
