"""The code cells of a notebook as text, of any version of the format."""

import json
from typing import Any

import nbformat

from refcnn.harness.notebook import NotebookError

MOST_VALUES = 1_000_000  # of JSON: what is read takes some hundred bytes of memory for each
MOST_CELLS = 5_000
TEXT = ("source", "input", "code")  # where the text of a cell is, by version


def cells(raw: bytes, name: str) -> list[str]:
    """The sources of all code cells that are not empty; outputs are not even looked at.

    Raises NotebookError if it is damaged, or if there are none.
    """
    if raw.count(b",") > MOST_VALUES:
        raise NotebookError(f"{name} has more than {MOST_VALUES:,} values; clear its outputs")
    try:
        found = json.loads(raw)  # bytes: it sees to a BOM itself
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotebookError(f"{name} is not a notebook: it is not JSON{line}") from None
    version = found.get("nbformat") if isinstance(found, dict) else None
    if version not in [*nbformat.versions]:
        why = f"it is JSON whose nbformat is {str(version)[:20]}, not 1 to {max(nbformat.versions)}"
        raise NotebookError(f"{name} is not a notebook: {why}")
    try:
        code = _of_code(found)
    except Exception:  # noqa: BLE001 - a damaged file has anything anywhere
        raise NotebookError(f"{name} is damaged: its cells cannot be read") from None
    if len(code) > MOST_CELLS:
        raise NotebookError(f"{name} has {len(code):,} cells; at most {MOST_CELLS:,} are read")
    try:
        sources = _sources(code, version)
    except Exception:  # noqa: BLE001 - whatever a library meets in a damaged file
        raise NotebookError(f"{name} is damaged: its cells cannot be read") from None
    if not (kept := [source for source in sources if source and not source.isspace()]):
        raise NotebookError(f"{name} has no code cells")
    return kept


def _of_code(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The code cells without their outputs."""
    blank = {"cell_type": "code", "language": "python", "metadata": {}, "outputs": []}
    every = [cell for sheet in found.get("worksheets", [found]) for cell in sheet["cells"]]
    code = (cell for cell in every if cell["cell_type"] == "code")
    return [{**blank, **_text_of(cell)} for cell in code]


def _text_of(cell: dict[str, Any]) -> dict[str, Any]:
    return {name: cell[name] for name in TEXT if name in cell}


def _sources(code: list[dict[str, Any]], version: int) -> list[str]:
    """Their texts, by the rules of a version of the format."""
    bare = {"metadata": {}, "cells": code, "worksheets": [{"metadata": {}, "cells": code}]}
    same = json.dumps({**bare, "nbformat": version, "nbformat_minor": 0})
    notebook = nbformat.convert(nbformat.reader.reads(same), 4)  # type: ignore[no-untyped-call]
    return ["".join(cell.source) for cell in notebook.cells]
