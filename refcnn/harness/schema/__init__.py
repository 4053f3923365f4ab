"""The JSON Schema of the protocol, compiled; its faults told in one sentence."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from refcnn.suite.hints import did_you_mean

PATH = Path(__file__).parent / "protocol.json"


class SchemaError(ValueError):
    """A value is not as the schema says; the message tells where, and what is expected."""


@cache
def schema() -> dict[str, Any]:
    """The schema as it ships."""
    found: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return found


@cache
def _validator(name: str) -> Callable[[Any], Any]:
    # The dialect of the keywords used here is the same; the compiler knows drafts up to 7.
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", "$ref": f"#/$defs/{name}"}
    compiled: Callable[[Any], Any] = fastjsonschema.compile({**whole, "$defs": schema()["$defs"]})
    return compiled


def validate(name: str, value: Any, where: str) -> None:
    """Raise SchemaError unless `value` is a `name` ("request", "answer", "statement" ...)."""
    try:
        _validator(name)(value)
    except fastjsonschema.JsonSchemaValueException as error:
        raise SchemaError(_sentence(error, where)) from None


def _sentence(error: fastjsonschema.JsonSchemaValueException, where: str) -> str:
    """What is wrong, where, and what was perhaps meant."""
    path = "".join(f"[{p}]" if p.isdigit() else f".{p}" for p in error.path[1:])
    place = f"{where}: {path[1:]}" if path else where
    rule, wanted, value = error.rule, error.rule_definition, error.value
    if rule == "enum":
        return f"{place} must be one of {', '.join(map(str, wanted))}{_not(value, wanted)}"
    if rule == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return f"{place} must be {' or '.join(map(_KINDS.__getitem__, kinds))}, not {value!r:.60}"
    if rule in ("additionalProperties", "propertyNames"):
        known = error.definition.get("properties") or schema()["$defs"]["operator"]["enum"]
        unknown = min(set(value) - set(known), key=str)
        return f"{place} has no member {unknown!r}{did_you_mean(unknown, known)}"
    if rule == "required":
        missing = [name for name in wanted if name not in value]
        return f"{place} lacks the member {missing[0]!r}"
    told = error.message.removeprefix(str(error.name))
    return f"{place}{told}"


_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def _not(value: Any, known: Any) -> str:
    return f", not {value!r:.60}" + did_you_mean(str(value)[:60], known)
