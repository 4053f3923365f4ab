"""What JSON Schemas say of cases: the operators there are, and what these take."""

import json
from collections.abc import Mapping
from typing import Any

from refcnn.suite.registry import OPERATORS, extensions, records
from refcnn.suite.tensors import INDICES


def completed(schema: Mapping[str, Any], *, nullable: bool) -> dict[str, Any]:
    """The schema, in which what depends on the records of the operators is as these say.

    If it is `nullable`, what is by default found out from another argument may be null.
    """
    parts = schema["$defs"]
    said = parts["case"]["properties"]
    inputs = {**said["inputs"], "properties": _tensors()}
    attributes = {**said["attributes"], "properties": _attributes(nullable=nullable)}
    case = {**parts["case"], "properties": {**said, "attributes": attributes, "inputs": inputs}}
    found = {**parts, "indices": _indices(parts["tensor"]), "case": case}
    for part, known in (("operator", OPERATORS), ("extension", extensions())):
        if part in parts:
            found[part] = {**parts[part], "enum": [*known]}
    return {**schema, "$defs": found}


def _tensors() -> dict[str, Any]:
    known = [given for one in records().values() for given in one.inputs]
    return {g.name: {"$ref": f"#/$defs/{'indices' if g.indices else 'tensor'}"} for g in known}


def _indices(tensor: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a tensor, of one of whole numbers that choose."""
    said = tensor["properties"]
    data = {**said["data"], "items": {"type": "integer"}}
    return {
        **tensor,
        "description": "Whole numbers that choose, as labels do.",
        "properties": {**said, "dtype": {"enum": [INDICES]}, "data": data},
    }


def _attributes(*, nullable: bool) -> dict[str, Any]:
    found = dict[str, Any]()
    for operator in records().values():
        for one in operator.attributes:
            values = {"$ref": f"#/$defs/{one.values}"}
            if nullable and one.default is None:
                found[one.name] = {"oneOf": [values, {"type": "null"}]}
            found.setdefault(one.name, values)
    return found


def as_text(schema: Mapping[str, Any]) -> str:
    """A schema as its file."""
    return json.dumps(schema, indent=2) + "\n"
