"""JSON Schemas, compiled; what is wrong with a value is told in one sentence."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import fastjsonschema

from refcnn.suite.hints import did_you_mean

# The keywords that are used here mean the same in it; the compiler knows drafts up to 7.
DRAFT = "http://json-schema.org/draft-07/schema#"


class SchemaError(ValueError):
    """A value is not as the schema says; the message tells where, and what is expected."""


def validator(schema: Mapping[str, Any], names: Iterable[str] = ()) -> Callable[[Any, str], None]:
    """A function of a value and of words for where it is, which raises SchemaError.

    `names` are those that members may have where the schema lists them elsewhere.

    >>> check = validator({"properties": {"seed": {"type": "integer"}}})
    >>> check({"seed": "one"}, "the file")
    Traceback (most recent call last):
    refcnn.suite.schemas.SchemaError: the file: seed must be an integer, not 'one'
    """
    compiled = fastjsonschema.compile({**schema, "$schema": DRAFT})

    def validate(value: Any, where: str) -> None:
        try:
            compiled(value)
        except fastjsonschema.JsonSchemaValueException as error:
            raise SchemaError(_sentence(error, where, names)) from None

    return validate


def _sentence(
    error: fastjsonschema.JsonSchemaValueException, where: str, names: Iterable[str]
) -> str:
    """What is wrong, where, and what was perhaps meant."""
    path = "".join(f"[{p}]" if p.isdigit() else f".{p}" for p in error.path[1:])
    place = f"{where}: {path[1:]}" if path else where
    rule, wanted, value = error.rule, error.rule_definition, error.value
    if rule == "enum":
        return f"{place} must be one of {', '.join(map(str, wanted))}{_not(value, wanted)}"
    if rule == "const":
        return f"{place} must be {wanted!r}, not {value!r:.60}"
    if rule == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return f"{place} must be {' or '.join(map(_KINDS.__getitem__, kinds))}, not {value!r:.60}"
    if rule in ("additionalProperties", "propertyNames"):
        known = error.definition.get("properties") or names
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
