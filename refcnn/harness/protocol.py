"""The protocol: one JSON object a line, each answered by one with the same seq.

    -> {"seq": 0, "command": "start", "protocol": 2}
    <- {"seq": 0, "statement": {"name": "...", "operators": [...], ...}}
    -> {"seq": 1, "command": "run", "case": {"operator", "attributes", "inputs"}}
    <- {"seq": 1, "tensors": {"y": {"dtype", "shape", "data"}}, "faults": []}
    -> {"seq": 2, "command": "stop"}

{"tensor": ...} is the only one, as in protocol 1. In place of tensors: {"refusal":
{"kind", "message", "line", "deliberate", "unsupported", "file", "cause"}} for an exception,
{"rubbish": "..."} for a result that is not an array, {"missing": "..."} for what is not
offered; in place of a statement: {"refusal": ...} if nothing could be loaded. The schema is
schema/protocol.json, the description docs/protocol.md.
"""

import json
from math import inf
from typing import Any

from refcnn.harness import schema
from refcnn.harness.statement import Statement
from refcnn.harness.statement import statement as as_statement
from refcnn.suite.case import Answer, Missing, Outcome, Refusal, Rubbish
from refcnn.suite.registry import record
from refcnn.suite.schemas import SchemaError
from refcnn.suite.tensors import Array, decode

VERSIONS = 2, 1  # the older one is spoken with who refuses the newer: it had one output
LONGEST_LINE = 16 * 2**20  # bytes; no case has an answer near this
LONGEST_TEXT = 2000  # characters of a message that are kept
KINDS = ("statement", "tensor", "tensors", "refusal", "rubbish", "missing")


class ProtocolError(Exception):
    """An answer that breaks the protocol."""


class StaleError(ProtocolError):
    """An answer to a message that came before."""


class _BareWordError(ValueError):
    """NaN or Infinity outside of a string."""


def line(seq: int, **message: Any) -> bytes:
    """One message as a line."""
    return json.dumps({"seq": seq, **message}, allow_nan=False).encode() + b"\n"


def answer(raw: bytes, seq: int) -> dict[str, Any]:
    """The answer to message `seq` in one line; raises ProtocolError unless it is one."""
    try:
        # With or without the mark that some programs put in front.
        message = json.loads(raw.decode("utf-8-sig"), parse_constant=_bare_word)
    except _BareWordError as error:
        raise ProtocolError(str(error)) from None
    except (ValueError, RecursionError):
        raise ProtocolError(f"the answer is not JSON: {text(raw[:80])!r}") from None
    if not isinstance(message, dict) or "seq" not in message:
        raise ProtocolError("the answer is not an object with a member seq")
    found = message["seq"]
    if type(found) is not int or found != seq:
        stale = type(found) is int and 0 <= found < seq
        raise (StaleError if stale else ProtocolError)(
            f"an answer to message {text(repr(found))}, where one to message {seq} was due"
        )
    _validate(message)
    return message


def _bare_word(word: str) -> float:
    raise _BareWordError(f'the answer is not JSON: {word} must be the string "{word}"')


def _validate(message: dict[str, Any]) -> None:
    """Hold an answer against the schema; of a tensor, say more plainly what is wrong.

    That it has one kind is seen here: the schema would try them all, each with an exception.
    """
    kinds = [kind for kind in KINDS if kind in message]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none of them"
        raise ProtocolError(
            f"an answer has exactly one of {', '.join(KINDS)}; this one has {found}"
        )
    try:
        schema.validate("members", message, "the answer")
    except SchemaError as error:
        if kinds == ["tensor"] and isinstance(message["tensor"], dict):
            _decoded(message["tensor"])
        raise ProtocolError(text(error)) from None


def text(value: Any) -> str:
    """Foreign text, printable and of bounded length."""
    string = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    kept = string[:LONGEST_TEXT].expandtabs(4)
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in kept)


def _one_line(value: Any) -> str:
    """Foreign text that cannot be taken for another line of a report."""
    return " ".join(text(value).split())


def _refusal(said: dict[str, Any]) -> Refusal:
    read: dict[str, Any] = {
        name: _one_line(v) if isinstance(v, str) else v for name, v in said.items()
    }
    read.setdefault("unsupported", read.get("kind") == "NotImplementedError")
    return Refusal(**{"kind": "", "message": "", **read})


def outcome(message: dict[str, Any], operator: str) -> Outcome:
    """The outcome in a valid answer to `run`; raises ProtocolError if there is none."""
    faults = tuple(_one_line(fault) for fault in message.get("faults", []))
    match message:
        case {"tensor": tensor}:
            return Answer({_only_output(operator): _decoded(tensor)}, faults)
        case {"tensors": tensors}:
            if wrong := record(operator).wrong_names(tensors):
                raise ProtocolError(_one_line(wrong))
            outputs = {name: _decoded(tensor) for name, tensor in tensors.items()}
            return Answer(outputs, faults)
        case {"refusal": refusal}:
            return _refusal(refusal)
        case {"rubbish": what}:
            return Rubbish(_one_line(what))
        case {"missing": what}:
            return Missing(_one_line(what))
    raise ProtocolError("the answer to run is a statement")


def _only_output(operator: str) -> str:
    names = record(operator).answered
    if len(names) > 1:
        told = ", ".join(names)
        raise ProtocolError(f"{operator} has the outputs {told}: they are named in tensors")
    return names[0]


def _decoded(tensor: Any) -> Array:
    try:
        return decode(_bounded(tensor))
    except ValueError as error:
        raise ProtocolError(text(error)) from None


def _bounded(tensor: Any) -> Any:
    """The tensor, unless it would take long to decode or a number in it has overflowed."""
    members = tensor if isinstance(tensor, dict) else {}
    rules = schema.schema()["$defs"]["tensor"]["properties"]
    found = {name: v if isinstance(v := members.get(name), list) else [] for name in rules}
    for name in ("shape", "data"):
        if len(found[name]) > (most := rules[name]["maxItems"]):
            raise ValueError(f"{name} has {len(found[name])} numbers, more than {most}")
    if any(isinstance(v, int) and v > rules["shape"]["items"]["maximum"] for v in found["shape"]):
        raise ValueError(f"shape has a size above {rules['shape']['items']['maximum']}")
    if any(v in (inf, -inf) for v in found["data"]):
        raise ValueError("data holds a number beyond the range of float64")
    return tensor


def statement(message: dict[str, Any], also: dict[str, Any]) -> Statement | Refusal:
    """The statement in a valid answer to `start`, `also` winning, or why nothing was loaded."""
    match message:
        case {"refusal": refusal}:
            return _refusal(refusal)
        case {"statement": said}:
            return as_statement(_readable({**said, **also}))
    raise ProtocolError("the answer to start has no statement")


def _readable(value: Any) -> Any:
    """All foreign text in a value, printable, on one line and of bounded length."""
    if isinstance(value, dict):
        return {_one_line(key): _readable(v) for key, v in value.items()}
    return [*map(_readable, value)] if isinstance(value, list) else _one_line(value)
