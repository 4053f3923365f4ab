"""Vectors: questions with their known answers, frozen as files that any language can read.

A vector is admitted only if two oracles agree: the literal definition, worked out
in exact arithmetic, and the vectorised reference. Its answer is the exact one
rounded to float64, its bound the derived one (0 where == must hold).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Context, Decimal
from fractions import Fraction

import numpy as np

from refcnn.suite import exactness
from refcnn.suite.capabilities import features_of
from refcnn.suite.case import Answer, Case, Outcome
from refcnn.suite.dialects import REFUSED, of_another_forward_pass, ruled
from refcnn.suite.generators import Question
from refcnn.suite.judge import (
    Expected,
    Judgement,
    Verdict,
    compare,
    compare_all,
    expectations,
    judge,
    judge_refusal,
    side_effects,
)
from refcnn.suite.limits import within
from refcnn.suite.numerics import (
    CLASSES,
    bound,
    held,
    in_more_digits,
    numerics,
    reference,
    transcendental,
)
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

Answers = Mapping[str, Expected]  # to one case, by the names of the outputs


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """A question, the answers to its cases (none if it is illegal), and what it can tell."""

    question: Question
    answers: tuple[Answers, ...]
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
        return asked + sum(one.hi.size for one in self.expected)

    @property
    def expected(self) -> list[Expected]:
        """All outputs of all answers."""
        return [one for answer in self.answers for one in answer.values()]

    @property
    def regime(self) -> str:
        """How it is judged: "refusal", "exact" (==) or "bounded"."""
        if self.question.rule:
            return "refusal"
        return "bounded" if any(one.bound.any() for one in self.expected) else "exact"


class DisagreementError(AssertionError):
    """The two oracles differ: one of them, or the bound, is wrong."""


def exact_answers(case: Case) -> dict[str, Expected]:
    """The answer by the definition in exact arithmetic; raises unless the reference agrees."""
    return {one.looks_at: exact_answer(one) for one in case.views}


def exact_answer(case: Case) -> Expected:
    """The output that a case looks at, as `exact_answers` has it."""
    with np.errstate(all="ignore"):
        found_by_reference = reference(case)
        allowed = np.broadcast_to(bound(case), found_by_reference.shape)
        hi, lo = _in_exact_arithmetic(case)
    hi, lo = exactness.rounded(hi, lo, allowed == 0, case.dtype)
    hi = hi if allowed.any() else hi.astype(case.dtype)
    found = Expected(hi, lo, allowed)
    if compare(found, found_by_reference, case.dtype).verdict is Verdict.FAIL:
        raise DisagreementError(f"definition and reference differ on {case.to_json()}")
    return Expected(hi, np.zeros(()), _rounded_up(allowed + np.abs(lo)))


def _in_exact_arithmetic(case: Case) -> tuple[Array, Array]:
    """The definition on fractions; where it has no answer on these, in more digits: as hi + lo."""
    known = numerics(case.operator, case.output)
    if known.chooses:
        y = _by_definition(case, case.inputs)
        return y.astype(np.float64), np.zeros(())
    if not known.on_fractions:
        return in_more_digits(case)
    exact = {name: _fractions(tensor) for name, tensor in case.inputs.items()}
    y = _by_definition(case, exact)
    hi = y.astype(np.float64)
    rest = [float(Fraction(v) - Fraction(h)) for v, h in zip(y.ravel(), hi.ravel().tolist())]
    return hi, np.array(rest, np.float64).reshape(y.shape)


def _by_definition(case: Case, inputs: Mapping[str, Array]) -> Array:
    known = record(case.operator)
    found: Array = known.picked(known.definition(**inputs, **case.attributes), case.output)
    return found


def _fractions(tensor: Array) -> Array:
    flat = [Fraction(v) for v in tensor.ravel().tolist()]
    array = np.empty(len(flat), object)
    array[:] = flat
    return array.reshape(tensor.shape)


def _rounded_up(limits: Array) -> Array:
    """A bound to three digits, never smaller: it costs nothing and files stay small."""
    context = Context(prec=3, rounding=ROUND_UP)
    flat = [float(context.create_decimal(Decimal(float(b)))) for b in limits.ravel()]
    return np.array(flat, np.float64).reshape(limits.shape)


def vector(question: Question, answer: Callable[[Case], Answers]) -> Vector:
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
    asked, seen = vector.question, list[Answer]()
    if asked.rule:
        outcome = run(asked.case)
        yield asked.case, outcome, judge_refusal(outcome, asked.rule)
        return
    for place, (case, answer) in enumerate(zip(asked.cases, vector.answers)):
        outcome = run(case)
        if not isinstance(outcome, Answer):
            yield case, outcome, judge(case, outcome)
            return
        if asked.law:
            seen.append(outcome)
            yield case, outcome, _by_law(asked.law, outcome, seen[place % 2])
        else:
            yield case, outcome, compare_all(answer, _looked_at(case, outcome), case.dtype)


def _looked_at(case: Case, outcome: Answer) -> Answer:
    """The answer without the outputs that a case does not look at."""
    if not case.output:
        return outcome
    seen = {name: array for name, array in outcome.outputs.items() if name == case.output}
    return replace(outcome, outputs=seen)


def _by_law(law: str, outcome: Answer, before: Answer) -> Judgement:
    """The word on a law of LAWS alone, whatever the numbers."""
    if law == "deterministic":
        return _like(before, outcome)
    return judge_side_effects(law, outcome)


def _like(before: Answer, outcome: Answer) -> Judgement:
    """The word on an answer that must be the same as one before, to the last bit."""
    if before.outputs.keys() != outcome.outputs.keys():
        return Judgement(Verdict.FAIL, "other outputs than before")
    judgement = Judgement(Verdict.PASS)
    for name, array in before.outputs.items():
        exact = Expected(array, np.zeros(()), np.zeros(array.shape))
        judgement = compare(exact, outcome.outputs[name], str(array.dtype))
        if judgement.verdict is Verdict.FAIL:
            break
    return judgement


def judge_side_effects(law: str, outcome: Answer) -> Judgement:
    """The word on the side effects that one of LAWS, "pure" or "stable", forbids."""
    told = "earlier answer" if law == "stable" else "was changed"
    faults = [f for f in outcome.faults if told in f and ("earlier" in f) == (law == "stable")]
    return side_effects(faults)


def offered(vector: Vector, features: frozenset[str]) -> Vector | None:
    """The vector as it can be asked within an offer: exact ones also in the other dtype."""
    case = vector.question.case
    if not vector.question.rule and not within_limits(vector, features):
        return None
    if features_of(case) <= features:
        stated = next((name for name in CLASSES if name in features), "")
        return _of_class(vector, stated) if stated else vector
    other = "float64" if case.dtype == "float32" else "float32"
    if other not in features or case.dtype in features or transcendental(vector.operator):
        return None
    recast = _recast(vector, other)
    return offered(recast, features) if recast else None


def _recast(vector: Vector, dtype: str) -> Vector | None:
    """An exact vector in the other dtype, if nothing is rounded there: its answers still hold."""
    if vector.regime == "bounded":
        return None
    asked = vector.question
    inputs = [tensor for case in asked.cases for tensor in case.inputs.values()]
    tensors = inputs + [one.hi for one in vector.expected]
    with np.errstate(over="ignore"):
        if any(not np.array_equal(t.astype(dtype), t, equal_nan=True) for t in tensors):
            return None
    first, *others = (case.in_dtype(dtype) for case in asked.cases)
    answers = tuple(_answers_in_dtype(answer, dtype) for answer in vector.answers)
    if not all(map(_still_exact, (first, *others), answers)):
        return None
    question = replace(asked, case=first, then=tuple(others))
    return replace(vector, question=question, answers=answers)


def _answers_in_dtype(answers: Answers, dtype: str) -> Answers:
    return {n: replace(one, hi=one.hi.astype(dtype)) for n, one in answers.items()}


def _still_exact(case: Case, answers: Answers) -> bool:
    """Whether every right implementation gives this answer to a case."""
    if not all(held(one).all() for one in case.views):
        return False
    found = expectations(case)
    return all(np.array_equal(found[n].hi, one.hi, equal_nan=True) for n, one in answers.items())


def within_limits(vector: Vector, features: frozenset[str]) -> bool:
    """Whether all cases of a vector, which is of legal ones, lie within the limits."""
    return all(within(case, features) for case in vector.question.cases)


def _of_class(vector: Vector, algorithm: str) -> Vector:
    """The vector with the answers that are allowed to a stated class of algorithms."""
    cases = [replace(case, algorithm=algorithm) for case in vector.question.cases]
    answers = [_allowed(case, answer) for case, answer in zip(cases, vector.answers)]
    question = replace(vector.question, case=cases[0], then=tuple(cases[1:]))
    return replace(vector, question=question, answers=tuple(answers))


def _allowed(case: Case, answers: Answers) -> Answers:
    """The answers with the bound of the class that the case states."""
    views = dict(zip(answers, case.views, strict=True))
    return {
        name: replace(one, bound=np.broadcast_to(bound(views[name]), one.hi.shape))
        for name, one in answers.items()
    }


def under(vector: Vector, dialects: tuple[str, ...]) -> Vector | None:
    """The vector as it is judged under stated dialects; None if they leave nothing to ask."""
    asked = vector.question
    if asked.rule or not dialects:
        return vector
    cases = [replace(case, dialects=dialects) for case in asked.cases]
    if any(map(of_another_forward_pass, cases)):
        return None
    by_rule = [ruled(case) for case in cases]
    if any(case is None for case in by_rule):
        return None if asked.law or asked.then else _refused(vector, cases[0])
    answers = tuple(
        answer if rule is case else expectations(case)
        for answer, rule, case in zip(vector.answers, by_rule, cases)
    )
    question = replace(asked, case=cases[0], then=tuple(cases[1:]))
    return replace(vector, question=question, answers=answers)


def _refused(vector: Vector, case: Case) -> Vector:
    question = replace(vector.question, case=case, rule=REFUSED)
    return replace(vector, question=question, answers=())
