"""`refcnn explain`: outputs worked out by hand, for any case."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from refcnn import ops
from refcnn.report.card import call, tensor_lines
from refcnn.report.numbers import index_text
from refcnn.report.trace import trace
from refcnn.spec.case import Case
from refcnn.spec.paths import golden


def load(path: Path | None, clause: str | None) -> Case:
    """The case of a file: a case, a failure in a report, or the worked example of the source."""
    if path is None:
        return _example(json.loads((golden() / "sliding_window.json").read_text("utf-8")))
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply to be a case") from None
    if isinstance(found, dict) and "findings" in found:
        try:
            found = _failure(found, clause)
        except (TypeError, KeyError, AttributeError):
            raise ValueError(f"{path} is no report of refcnn check") from None
    return Case.from_json(found)


def _failure(report: dict[str, Any], clause: str | None) -> Any:
    failures = {f["clause"]: f["failure"]["case"] for f in report["findings"] if f.get("failure")}
    if not failures:
        raise ValueError("the report has no failure to explain")
    if clause is None:
        return next(iter(failures.values()))
    if clause not in failures:
        raise ValueError(f"the report has no failure of {clause}; it has {', '.join(failures)}")
    return failures[clause]


def _example(example: dict[str, Any]) -> Case:
    x, kernel = (np.array(example[name], np.float64) for name in ("input", "kernel"))
    inputs = {"x": x[None, ..., None], "kernel": kernel[..., None, None]}
    return Case(operator="conv2d", inputs=inputs, attributes={"strides": 1, "padding": 0})


def lines(case: Case, at: str | None, most: int) -> Iterator[str]:
    """The question, then output after output; raises ValueError if there is no such output."""
    try:
        with np.errstate(all="ignore"):
            y = getattr(ops, case.operator)(**case.inputs, **case.attributes)
    except (MemoryError, TypeError) as error:
        raise ValueError(f"the case cannot be worked out: {error}") from None
    chosen = list(np.ndindex(y.shape)) if at is None else [_index(at, y.shape)]
    yield call(case)
    for name, tensor in case.inputs.items():
        yield from tensor_lines(name, tensor)
    yield f"y has the shape {y.shape}"
    for step, index in enumerate(islice(chosen, most), start=1):
        with np.errstate(all="ignore"):
            worked = trace(case, index)
        yield ""
        yield f"Step {step}: {index_text(index)}"
        yield from (f"  {line}" for line in (*worked.pictures, *worked.arithmetic))
    if len(chosen) > most:
        yield ""
        yield f"... and {len(chosen) - most} more outputs (--most {len(chosen)} shows them)"


def _index(text: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    try:
        index = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--at must be integers with commas, not {text!r}") from None
    if len(index) != len(shape) or any(not 0 <= i < n for i, n in zip(index, shape)):
        raise ValueError(f"--at {text} is no output of y, whose shape is {shape}")
    return index
