"""Which half is wrong: whether gradients are those of the forward pass that somebody has.

A gradient check by differences, and the only thing that it can tell. Where the forward pass
is linear in a tensor, the gradient by an element is what the answer changes by, times dY, when
1 is added to it: on whole numbers without rounding. The forward pass is asked itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from refcnn.suite.case import Answer, Case, Outcome
from refcnn.suite.gradients import DY
from refcnn.suite.judge import judge
from refcnn.suite.numerics import numerics
from refcnn.suite.recorder import Entry
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

Ask = Callable[[Case], Outcome]

MOST_NUMBERS = 40  # in all tensors of a case: each is asked for once
ENOUGH = 3  # cases that must fit, of each set of tensors: with a bias, and without


def fits_its_forward_pass(operator: str, entries: Iterable[Entry], ask: Ask) -> bool:
    """Whether wrong numbers of a gradient operator are right for the forward pass that is asked.

    True only if several cases say so, of every set of tensors that was asked for, and none
    speaks against it.
    """
    forward = record(operator).gradient_of
    if not forward or not numerics(forward).adds:
        return False
    by_tensors: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        alike = by_tensors.setdefault((*entry.case.inputs,), [])
        if len(alike) < ENOUGH and _is_plain(entry) and _has_wrong_numbers(entry):
            alike.append(entry)
    some = [one for alike in by_tensors.values() for one in alike]
    return len(some) >= ENOUGH and all(_fits(one, ask) for one in some)


def _has_wrong_numbers(entry: Entry) -> bool:
    """Whether an answer of the right shapes and dtypes has wrong numbers in it."""
    judgement = judge(replace(entry.case, output=""), entry.outcome)
    return judgement.reason.startswith("wrong numbers")


def _fits(entry: Entry, ask: Ask) -> bool:
    found = _gradients(entry.case, ask)
    return bool(found and _same(found, entry.outcome))


def _is_plain(entry: Entry) -> bool:
    """Whether a case is small, of whole numbers, and answered, and not all of it is 0."""
    case, tensors = entry.case, entry.case.inputs.values()
    few = sum(tensor.size for tensor in tensors) <= MOST_NUMBERS
    whole = all(np.array_equal(t, np.round(t)) and np.abs(t).max(initial=0) < 99 for t in tensors)
    asked = entry.legal and case.memory == "plain" and isinstance(entry.outcome, Answer)
    return bool(asked and few and whole and all(t.size for t in tensors) and case.inputs[DY].any())


def _gradients(case: Case, ask: Ask) -> dict[str, Array] | None:
    """By output: how the answers of the forward pass change, times dY; None if it has none."""
    before = _answer(case.forward, ask)
    if before is None or before.shape != case.inputs[DY].shape:
        return None
    found = {}
    for output in record(case.operator).outputs_of(case.inputs):
        name = output.removeprefix("d")
        tensor = case.inputs[name]
        found[output] = np.zeros(tensor.shape)
        for index in np.ndindex(tensor.shape):
            more = tensor.copy()
            more[index] += 1
            after = _answer(case.forward.given(**{name: more}), ask)
            if after is None:
                return None
            found[output][index] = ((after - before) * case.inputs[DY]).sum(dtype=np.float64)
    return found


def _answer(case: Case, ask: Ask) -> Array | None:
    outcome = ask(case)
    return outcome.array.astype(np.float64) if isinstance(outcome, Answer) else None


def _same(found: dict[str, Array], outcome: Outcome) -> bool:
    assert isinstance(outcome, Answer)
    answered = outcome.outputs
    if found.keys() != answered.keys():
        return False
    return all(np.array_equal(array, answered[name]) for name, array in found.items())
