"""`refcnn explain`: outputs worked out by hand, for any case."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from refcnn.harness.statement import Statement, checked
from refcnn.harness.statement import statement as as_statement
from refcnn.implementations.trial import STANDARD
from refcnn.reports.asking import in_order, in_standard_order, input_lines, output, question
from refcnn.reports.trace import trace
from refcnn.suite.case import Case
from refcnn.suite.dialects import SetAsideError
from refcnn.suite.judge import shape_of
from refcnn.suite.paths import golden
from refcnn.suite.registry import record
from refcnn.suite.ruling import ruling


def load(path: Path | None, clause: str | None) -> tuple[Case, Statement]:
    """The case of a file, and what was stated of the implementation that it was asked of.

    The file has a case or is a report with failures; without one it is the worked
    example of the source. Raises ValueError with one sentence.
    """
    if path is None:
        example = json.loads((golden() / "sliding_window.json").read_text("utf-8"))
        return _example(example), STANDARD
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
            return _asked(found, clause)
        except (TypeError, KeyError, AttributeError):
            raise ValueError(f"{path} is not a report of refcnn check") from None
    return Case.from_json(found), STANDARD


def _asked(report: dict[str, Any], clause: str | None) -> tuple[Case, Statement]:
    """The case of a failure in a report, with its dialects, and the statement."""
    failure = _failure(report, clause)
    stated = as_statement(checked(report["statement"], "its statement"))
    case = Case.from_json(failure["case"])
    case = looking_at(case, failure.get("output"))  # the one of several that was wrong
    return replace(case, dialects=tuple(failure.get("dialects", ()))), stated


def _failure(report: dict[str, Any], clause: str | None) -> Any:
    failures = {f["clause"]: f["failure"] for f in report["findings"] if f.get("failure")}
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


def looking_at(case: Case, output: str | None) -> Case:
    """The case looking at an output; raises ValueError if it has none of that name."""
    names = record(case.operator).outputs_of(case.inputs)
    if output is None:
        return case
    if output not in names:
        raise ValueError(f"{case.operator} has no output {output!r}, but {', '.join(names)}")
    return replace(case, output=output if len(names) > 1 else "")


def lines(case: Case, stated: Statement, at: str | None, most: int) -> Iterator[str]:
    """The question, then output after output; raises ValueError if there is no such output.

    Of an operator with several it is about the one that the case looks at, or the first.
    """
    case = case.views[0]
    try:
        with np.errstate(all="ignore"):
            shape = shape_of(case)
            rules = ruling(case)
    except (MemoryError, TypeError, SetAsideError) as error:
        raise ValueError(f"the case cannot be worked out: {error}") from None
    told = in_order(stated, case.operator, case.looks_at, shape)
    chosen = [*np.ndindex(told)] if at is None else [_index(at, told, case.looks_at)]
    yield from question(case, stated).lines()
    yield from input_lines(case, stated)
    yield from rules.lines
    yield f"{case.looks_at} has the shape {told}"
    for step, place in enumerate(islice(chosen, most), start=1):
        index = in_standard_order(stated, case, place)
        with np.errstate(all="ignore"):
            worked = trace(case, index, stated)
        yield ""
        yield f"Step {step}: {output(stated, case, index)}"
        yield from (f"  {line}" for line in (*worked.pictures, *worked.arithmetic))
    if len(chosen) > most:
        yield ""
        yield f"... and {len(chosen) - most} more outputs (--most {len(chosen)} shows them)"


def _index(text: str, shape: tuple[int, ...], name: str) -> tuple[int, ...]:
    try:
        index = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--at must be integers with commas, not {text!r}") from None
    if len(index) != len(shape) or any(not 0 <= i < n for i, n in zip(index, shape)):
        raise ValueError(f"--at {text} is not an output of {name}, whose shape is {shape}")
    return index
