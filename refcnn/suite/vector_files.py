"""Files of vectors: JSON as golden/schema/vectors.json says, one vector a line."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.case_schemas import completed
from refcnn.suite.generators import SUITE, Question
from refcnn.suite.judge import Expected
from refcnn.suite.paths import golden
from refcnn.suite.registry import OPERATORS, families, record
from refcnn.suite.schemas import validator
from refcnn.suite.tensors import Array, decode, encode
from refcnn.suite.vectors import Answers, Vector

MEANS = "whole"  # the family of means that only divisions round
# By the name of a file, without ".json": the operators whose vectors it holds.
STEMS = {stem: tuple(map(attrgetter("name"), family)) for stem, family in families().items()}


def _number(value: Any) -> Any:
    """Shortest JSON number that reads back as the same one."""
    if isinstance(value, str):
        return value
    whole = abs(value) < 2**53 and value == int(value) and (value or str(value) == "0.0")
    return int(value) if whole else value


def _tensor(tensor: Array) -> dict[str, Any]:
    found = encode(tensor)
    if tensor.dtype == np.float32:
        found["data"] = [
            v if isinstance(v, str) else float(str(np.float32(v))) for v in found["data"]
        ]
    found["data"] = [_number(v) for v in found["data"]]
    return found


def _case(case: Case) -> dict[str, Any]:
    return {
        **case.to_json(),
        "inputs": {name: _tensor(tensor) for name, tensor in case.inputs.items()},
    }


def _answers(operator: str, answers: Answers) -> dict[str, Any]:
    """An answer: that of an operator with one output, or several by name."""
    if len(record(operator).outputs) == 1:
        return _answer(*answers.values())
    return {"answers": {name: _answer(one) for name, one in answers.items()}}


def _answer(answer: Expected) -> dict[str, Any]:
    found: dict[str, Any] = {"answer": _tensor(answer.hi)}
    if answer.bound.any():
        found["bound"] = [_number(float(b)) for b in answer.bound.ravel()]
    return found


def to_json(vector: Vector) -> dict[str, Any]:
    """A vector as it is written to a file."""
    question = vector.question
    answers = [_answers(vector.operator, one) for one in vector.answers]
    return {
        "id": question.id,
        "clauses": list(question.clauses),
        "family": question.case.family,
        "regime": vector.regime,
        **({"exact": True} if _is_partly_exact(vector) else {}),
        **({"output": question.case.output} if question.case.output else {}),
        "case": _case(question.case),
        **(answers[0] if answers else {"rule": question.rule}),
        **(
            {"then": [{"case": _case(c), **a} for c, a in zip(question.then, answers[1:])]}
            if question.then
            else {}
        ),
        **({"law": question.law} if question.law else {}),
        "kills": list(vector.kills),
    }


def _is_partly_exact(vector: Vector) -> bool:
    """Whether a vector has bounds, and is exact where it has none; of means the family says so."""
    case = vector.question.case
    return case.exact and vector.regime == "bounded" and case.family != MEANS


def from_json(found: dict[str, Any]) -> Vector:
    """The vector of its JSON form, which has been validated."""
    family = found["family"]
    exact = found["regime"] == "exact" or family == MEANS or found.get("exact", False)
    asked = [found, *found.get("then", ())]
    told = {"family": family, "exact": exact, "output": found.get("output", "")}
    cases = [replace(Case.from_json(part["case"]), **told) for part in asked]
    question = Question(
        case=cases[0],
        rule=found.get("rule", ""),
        then=tuple(cases[1:]),
        law=found.get("law", ""),
        id=found["id"],
        clauses=tuple(found["clauses"]),
    )
    read = () if question.rule else zip(question.cases, asked, strict=True)
    answers = tuple(_read_answers(case.operator, part) for case, part in read)
    return Vector(question, answers, tuple(found["kills"]))


def _read_answers(operator: str, found: dict[str, Any]) -> Answers:
    if "answers" in found:
        return {name: _read_answer(one) for name, one in found["answers"].items()}
    return {record(operator).answered[0]: _read_answer(found)}


def _read_answer(found: dict[str, Any]) -> Expected:
    hi = decode(found["answer"])
    bound = np.array(found.get("bound", np.zeros(hi.size)), np.float64).reshape(hi.shape)
    return Expected(hi, np.zeros(()), bound)


def text(vectors: Sequence[Vector], seed: int) -> str:
    """A file of vectors, one a line."""
    lines = ",\n".join(
        json.dumps(to_json(v), separators=(",", ":"), allow_nan=False) for v in vectors
    )
    return f'{{\n"suite": {SUITE},\n"seed": {seed},\n"vectors": [\n{lines}\n]\n}}\n'


def load(directory: Path, *, check: bool = True) -> dict[str, tuple[Vector, ...]]:
    """By operator, the vectors of a directory; raises ValueError for files that are none.

    Unless `check` is false the files are held against golden/schema/vectors.json.
    """
    found: dict[str, list[Vector]] = {operator: [] for operator in OPERATORS}
    for stem in STEMS:
        for one in load_one(directory / f"{stem}.json", check=check):
            found[one.operator].append(one)
    return {operator: tuple(vectors) for operator, vectors in found.items()}


def load_one(path: Path, *, check: bool = True) -> tuple[Vector, ...]:
    """The vectors of one file; raises ValueError if it is none."""
    found = []
    for entry in _read(path, check=check)["vectors"]:
        try:
            found.append(from_json(entry))
        except (KeyError, TypeError, ValueError) as error:
            name = entry.get("id") if isinstance(entry, dict) else None
            raise ValueError(f"{path}: vector {name!r} is malformed: {error}") from None
    return tuple(found)


def parsed(content: str) -> tuple[Vector, ...]:
    """The vectors of the text of a file that `text` has made."""
    return tuple(map(from_json, json.loads(content)["vectors"]))


def _read(path: Path, *, check: bool) -> Any:
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if check:
        _validator()(content, str(path))
    return content


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of files of vectors; golden/schema/vectors.json is held to it by a test."""
    path = golden() / "schema" / "vectors.json"
    return completed(json.loads(path.read_text("utf-8")), nullable=False)


@cache
def _validator() -> Callable[[Any, str], None]:
    return validator(schema())


@cache
def public() -> dict[str, tuple[Vector, ...]]:
    """The vectors that come with refcnn, by operator."""
    return load(golden(), check=False)
