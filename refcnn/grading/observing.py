"""What a wrong operator computes where no mistake has a name, read on public shapes.

It is asked of a process that has seen no private number, so that it can be shown of what was
found wrong in hidden cases, too. It explains and costs nothing: points come from private cases.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import inf

import numpy as np

from refcnn.diagnosis.identify.failing import Deviation, deviation
from refcnn.diagnosis.identify.reading import Ask, Budget
from refcnn.diagnosis.identify.shapes import is_offered
from refcnn.grading.answers import Answered
from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.implementations.sandbox.outside import Confined
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Answer, Case, Outcome

MOST_QUESTIONS = 450  # about an operator


def door(process: Confined, stated: Statement) -> Ask:
    """How a process is asked one question; the dtype of an answer is another matter."""

    def ask(case: Case) -> Outcome:
        (came,) = process.ask([layouts.asked(case, stated)])
        return _in_dtype(layouts.answered(case, came, stated), case.dtype)

    return ask


def _in_dtype(outcome: Outcome, dtype: str) -> Outcome:
    if not isinstance(outcome, Answer):
        return outcome
    with np.errstate(all="ignore"):
        outputs = {name: array.astype(dtype) for name, array in outcome.outputs.items()}
    return replace(outcome, outputs=outputs)


def shown_equations(ask: Ask, public: Sequence[Answered], features: Features) -> Deviation:
    """What an operator computes otherwise, at the most telling shapes of what it answers wrongly.

    So many questions, and not seconds, are the limit: a report does not depend on the machine.
    """
    failing = [one.failing.case for one in public if one.failing and _is_ordinary(one)]
    budget, offered = Budget(MOST_QUESTIONS, inf), partial(is_offered, features=features)
    return deviation(ask, (), failing, most=1, budget=budget, offered=offered)


def _is_ordinary(answered: Answered) -> bool:
    """Whether a vector asks for answers: no refusal, and no empty batch or infinity."""
    tensors = [tensor for entry in answered.entries for tensor in entry.case.inputs.values()]
    usual = all(tensor.size and np.isfinite(tensor).all() for tensor in tensors)
    return usual and not answered.vector.question.rule
