"""Vectors: questions with their known answers, frozen as files that any language can read.

A vector is admitted only if two oracles agree: the literal definition, worked out
in exact arithmetic, and the vectorised reference. Its answer is the exact one
rounded to float64, its bound the derived one (0 where == must hold).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Context, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from refcnn import definition, ops
from refcnn.spec import bounds, precise
from refcnn.spec.case import OPERATORS, Case, Outcome, Tensor
from refcnn.spec.domains import SUITE, Question
from refcnn.spec.judge import (
    Expected,
    Judgement,
    Verdict,
    compare,
    judge,
    judge_refusal,
)
from refcnn.spec.paths import golden
from refcnn.spec.tensors import Array, decode, encode

STEMS = {
    "conv2d": ("conv2d",),
    "pool2d": ("max_pool2d", "avg_pool2d"),
    "dense": ("flatten", "dense"),
    "activations": ("relu", "softmax"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """A question, the answers to its cases (none if it is illegal), and what it can tell."""

    question: Question
    answers: tuple[Expected, ...]
    kills: tuple[str, ...] = ()  # names of the mutants of the operator that fail it

    @property
    def id(self) -> str:
        """Operator and index in the generator: "conv2d/42"."""
        return self.question.id

    @property
    def operator(self) -> str:
        """What it asks for."""
        return self.question.case.operator

    @property
    def size(self) -> int:
        """How many numbers there are to read."""
        asked = sum(case.size for case in self.question.cases)
        return asked + sum(answer.hi.size for answer in self.answers)

    @property
    def regime(self) -> str:
        """How it is judged: "refusal", "exact" (==) or "bounded"."""
        if self.question.rule:
            return "refusal"
        return "bounded" if any(a.bound.any() for a in self.answers) else "exact"


class DisagreementError(AssertionError):
    """The two oracles differ: one of them, or the bound, is wrong."""


def exact_answer(case: Case) -> Expected:
    """The answer by the definition in exact arithmetic; raises unless the reference agrees."""
    with np.errstate(all="ignore"):
        reference = getattr(ops, case.operator)(**case.inputs, **case.attributes)
        bound = np.broadcast_to(bounds.bound(case), reference.shape)
        hi, lo = _in_exact_arithmetic(case)
    if not bound.any():
        hi, lo = hi.astype(case.dtype), np.zeros(1)
    found = Expected(hi, lo, bound)
    if compare(found, reference, case.dtype).verdict is Verdict.FAIL:
        raise DisagreementError(f"definition and reference differ on {case.to_json()}")
    return Expected(hi, np.zeros(1), _rounded_up(bound + np.abs(lo)))


def _in_exact_arithmetic(case: Case) -> tuple[Array, Array]:
    """The definition on fractions (softmax: 40 digits), as hi + lo."""
    if case.operator in bounds.EXACT:
        y = getattr(definition, case.operator)(**case.inputs, **case.attributes)
        return y.astype(np.float64), np.zeros(1)
    if case.operator == "softmax":
        return precise.softmax(case.inputs["x"])
    exact = {name: _fractions(tensor) for name, tensor in case.inputs.items()}
    y = getattr(definition, case.operator)(**exact, **case.attributes)
    hi = y.astype(np.float64)
    rest = [float(Fraction(v) - Fraction(h)) for v, h in zip(y.ravel(), hi.ravel().tolist())]
    return hi, np.array(rest, np.float64).reshape(y.shape)


def _fractions(tensor: Array) -> Array:
    flat = [Fraction(v) for v in tensor.ravel().tolist()]
    array = np.empty(len(flat), object)
    array[:] = flat
    return array.reshape(tensor.shape)


def _rounded_up(bound: Array) -> Array:
    """A bound to three digits, never smaller: it costs nothing and files stay small."""
    context = Context(prec=3, rounding=ROUND_UP)
    flat = [float(context.create_decimal(Decimal(float(b)))) for b in bound.ravel()]
    return np.array(flat, np.float64).reshape(bound.shape)


def vector(question: Question, answer: Callable[[Case], Expected]) -> Vector:
    """A question with its answers."""
    cases = () if question.rule else question.cases
    return Vector(question, tuple(answer(case) for case in cases))


def judge_vector(vector: Vector, run: Callable[[Case], Outcome]) -> Judgement:
    """Ask an implementation a vector: the first failed judgement, or the last one."""
    judgement = Judgement(Verdict.PASS)
    for _, _, judgement in judgements(vector, run):
        if judgement.verdict is Verdict.FAIL:
            break
    return judgement


def judgements(
    vector: Vector, run: Callable[[Case], Outcome]
) -> Iterator[tuple[Case, Outcome, Judgement]]:
    """Each case of a vector as it is asked, what came, and the word on it."""
    asked, seen = vector.question, list[Array]()
    if asked.rule:
        outcome = run(asked.case)
        yield asked.case, outcome, judge_refusal(outcome, asked.rule)
        return
    for place, (case, answer) in enumerate(zip(asked.cases, vector.answers)):
        outcome = run(case)
        if not isinstance(outcome, Tensor):
            yield case, outcome, judge(case, outcome)
            return
        if asked.law:
            seen.append(outcome.array)
            yield case, outcome, _by_law(asked.law, outcome, seen[place % 2])
        else:
            yield case, outcome, compare(answer, outcome.array, case.dtype)


def _by_law(law: str, outcome: Tensor, before: Array) -> Judgement:
    """The word on a law of LAWS alone, whatever the numbers."""
    if law == "deterministic":
        exact = Expected(before, np.zeros(1), np.zeros(before.shape))
        return compare(exact, outcome.array, str(before.dtype))
    told = "earlier answer" if law == "stable" else "was changed"
    faults = [f for f in outcome.faults if told in f and ("earlier" in f) == (law == "stable")]
    if faults:
        return Judgement(Verdict.FAIL, f"side effect: {'; '.join(faults)}")
    return Judgement(Verdict.PASS)


def features_of(case: Case) -> frozenset[str]:
    """The forms of arguments that a case uses, as an implementation may offer them."""
    forms = {case.dtype}
    if case.operator in ("conv2d", "dense"):
        forms.add("bias" if "bias" in case.inputs else "no_bias")
    for name, value in case.attributes.items():
        kind = "pool" if name == "pool_size" else name
        if isinstance(value, str):
            forms.add(f"padding_{value}")
        elif value is not None:
            plural = "pairs" if name == "padding" else "pair"
            forms.add(f"{kind}_{plural if isinstance(value, tuple) else 'int'}")
    return frozenset(forms)


def offered(vector: Vector, features: frozenset[str]) -> Vector | None:
    """The vector as it can be asked within an offer: exact ones also in the other dtype."""
    case = vector.question.case
    if features_of(case) <= features:
        return _of_fast_algorithms(vector) if "fast" in features else vector
    other = "float64" if case.dtype == "float32" else "float32"
    if other not in features or case.dtype in features or vector.regime == "bounded":
        return None
    asked = vector.question
    tensors = [t for c in asked.cases for t in c.inputs.values()] + [a.hi for a in vector.answers]
    with np.errstate(over="ignore"):
        if any(not np.array_equal(t.astype(other), t, equal_nan=True) for t in tensors):
            return None
    recast = replace(
        vector,
        question=replace(
            asked,
            case=_in_dtype(asked.case, other),
            then=tuple(_in_dtype(c, other) for c in asked.then),
        ),
        answers=tuple(Expected(a.hi.astype(other), a.lo, a.bound) for a in vector.answers),
    )
    return offered(recast, features)


def _of_fast_algorithms(vector: Vector) -> Vector:
    """The vector with the answers that are allowed to what is stated to be a fast algorithm."""
    cases = [replace(case, algorithm="fast") for case in vector.question.cases]
    answers = [
        Expected(a.hi, a.lo, np.broadcast_to(bounds.bound(case), a.hi.shape))
        for case, a in zip(cases, vector.answers)
    ]
    question = replace(vector.question, case=cases[0], then=tuple(cases[1:]))
    return replace(vector, question=question, answers=tuple(answers))


def _in_dtype(case: Case, dtype: str) -> Case:
    return case.given(**{name: tensor.astype(dtype) for name, tensor in case.inputs.items()})


# --- files


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


def _answer(answer: Expected) -> dict[str, Any]:
    found: dict[str, Any] = {"answer": _tensor(answer.hi)}
    if answer.bound.any():
        found["bound"] = [_number(float(b)) for b in answer.bound.ravel()]
    return found


def to_json(vector: Vector) -> dict[str, Any]:
    """A vector as it is written to a file."""
    question, answers = vector.question, [_answer(a) for a in vector.answers]
    return {
        "id": question.id,
        "clauses": list(question.clauses),
        "family": question.case.family,
        "regime": vector.regime,
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


def from_json(found: dict[str, Any]) -> Vector:
    """The vector of its JSON form, which has been validated."""
    family = found["family"]
    exact = found["regime"] == "exact" or family == "whole"  # means that only divisions round
    asked = [found, *found.get("then", ())]
    cases = [_read_case(part["case"], family, exact=exact) for part in asked]
    question = Question(
        case=cases[0],
        rule=found.get("rule", ""),
        then=tuple(cases[1:]),
        law=found.get("law", ""),
        id=found["id"],
        clauses=tuple(found["clauses"]),
    )
    answers = () if question.rule else tuple(_read_answer(part) for part in asked)
    return Vector(question, answers, tuple(found["kills"]))


def _read_case(found: dict[str, Any], family: str, *, exact: bool) -> Case:
    return replace(Case.from_json(found), exact=exact, family=family)


def _read_answer(found: dict[str, Any]) -> Expected:
    hi = decode(found["answer"])
    bound = np.array(found.get("bound", np.zeros(hi.size)), np.float64).reshape(hi.shape)
    return Expected(hi, np.zeros(1), bound)


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
        path = directory / f"{stem}.json"
        for entry in _read(path, check=check)["vectors"]:
            try:
                one = from_json(entry)
            except (KeyError, TypeError, ValueError) as error:
                name = entry.get("id") if isinstance(entry, dict) else None
                raise ValueError(f"{path}: vector {name!r} is malformed: {error}") from None
            found[one.operator].append(one)
    return {operator: tuple(vectors) for operator, vectors in found.items()}


def _read(path: Path, *, check: bool) -> Any:
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no file {path}") from None
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if check:
        _validate(path, content)
    return content


def _validate(path: Path, content: Any) -> None:
    """Raise ValueError, with the place of the first fault, unless it is as the schema says."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    schema = json.loads((golden() / "schema" / "vectors.json").read_text("utf-8"))
    if fault := best_match(Draft202012Validator(schema).iter_errors(content)):
        raise ValueError(f"{path} is no file of vectors: at {fault.json_path}: {fault.message}")


@cache
def public() -> dict[str, tuple[Vector, ...]]:
    """The vectors that come with refcnn, by operator."""
    return load(golden(), check=False)
