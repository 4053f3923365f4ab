"""What an operator computes at one shape: its equation, the right one, and how they differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from refcnn.diagnosis.afresh import right as in_right_steps
from refcnn.diagnosis.identify.equation import Equation, Pattern
from refcnn.diagnosis.identify.reading import SCALES, Ask, Budget, Reading, UnreadableError, read
from refcnn.diagnosis.identify.words import same, sentences
from refcnn.diagnosis.kills import asked
from refcnn.suite.case import Case
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

BIAS = "bias"


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """What was read of an operator.

    yours, right: equations as they are written, one for each part of the sum. differences:
    sentences, each true of the shapes and attributes of `case`; none where it `is_right`, in
    these shapes, up to rounding. confirmed: questions by chance, of small, usual and large
    numbers, on which the equation was tried afterwards.
    """

    case: Case
    yours: tuple[str, ...]
    right: tuple[str, ...]
    differences: tuple[str, ...]
    is_right: bool
    questions: int
    confirmed: int


def identify(ask: Ask, case: Case, budget: Budget | None = None) -> Identified:
    """Read what an implementation computes, at the shapes and attributes of a case.

    Raises UnreadableError where it cannot be read; the message says why.
    """
    known, budget = record(case.operator), budget or Budget()
    if case.looks_at not in known.linear:
        raise UnreadableError(f"no way of reading {case.operator} is known")
    before = budget.questions
    added = BIAS in case.inputs and not known.gradient_of
    parts = [known.linear[case.looks_at], *([(BIAS,)] if added else [])]
    pairs = [_pair(ask, case, part, budget) for part in parts]
    different = [pair for pair in pairs if not same(pair[0].reading, pair[1].reading)]
    told = [sentence for pair in different for sentence in sentences(*pair)]
    if different and not told:
        told = ["Other numbers are read, in a way that there is no sentence for"]
    return Identified(
        case,
        tuple(yours.told() for _, yours in pairs),
        tuple(right.told() for right, _ in pairs),
        tuple(dict.fromkeys(told)),
        not different,
        before - budget.questions,
        len(SCALES) * len(parts),
    )


def _pair(
    ask: Ask, case: Case, tensors: Sequence[str], budget: Budget
) -> tuple[Equation, Equation]:
    """The right equation in some tensors, and that which is read."""
    right = _right(case, tensors)
    pattern = Pattern.of(right)
    return Equation.of(pattern, right), Equation.of(pattern, read(ask, case, tensors, budget))


def _right(case: Case, tensors: Sequence[str]) -> Reading:
    """The right reading, by the dialects that are stated."""
    steps = in_right_steps(case.operator)
    return read(lambda one: asked(steps.alone, one), case, tensors, Budget(10**6, 10.0**6))


def ones(case: Case) -> Case:
    """A case whose tensors, of which the shapes alone matter, are ones."""
    tensors: dict[str, Array] = {name: np.ones_like(t) for name, t in case.inputs.items()}
    return replace(case, inputs=tensors)
