"""The JSON Schema of the protocol, compiled; its faults told in one sentence."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from refcnn.suite.case_schemas import completed
from refcnn.suite.schemas import validator

PATH = Path(__file__).parent / "protocol.json"


@cache
def schema() -> dict[str, Any]:
    """The schema; its file is held to it by a test."""
    return completed(json.loads(PATH.read_text("utf-8")), nullable=True)


@cache
def _validator(name: str) -> Callable[[Any, str], None]:
    known = schema()["$defs"]
    members = {key: rule for key, rule in known["answer"].items() if key != "oneOf"}
    parts = {**known, "members": members}  # of an answer whose kind has been looked at
    return validator({"$ref": f"#/$defs/{name}", "$defs": parts}, parts["operator"]["enum"])


def validate(name: str, value: Any, where: str) -> None:
    """Raise SchemaError unless `value` is a `name` ("request", "answer", "statement" ...)."""
    _validator(name)(value, where)
