"""At which shapes and attributes an operator is read, if nobody says: such as tell the most."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from math import prod

import numpy as np

from refcnn.diagnosis.identify.identified import ones
from refcnn.diagnosis.identify.reading import CODINGS
from refcnn.suite.capabilities import Features, features_of
from refcnn.suite.case import Case
from refcnn.suite.generators import domains, question
from refcnn.suite.judge import shape_of
from refcnn.suite.limits import within
from refcnn.suite.registry import record
from refcnn.suite.roles import SLIDING
from refcnn.suite.ruling import placed

SEED, ROUNDS = 0, 40  # questions of each domain among which shapes are looked for
MOST_OF_FAILING = 1000  # questions that a reading may take where a case has failed
MOST_QUESTIONS = 250  # that a reading may take at least


def telling(operator: str, features: Features, dialects: Sequence[str] = ()) -> list[Case]:
    """Within what is offered, the case with the most arguments, and that of the longest axes.

    Of several outputs, such cases for each that can be read.
    """
    known, found = record(operator), list[Case]()
    for output in known.read_in:
        looked_at = output if len(known.outputs) > 1 else ""
        every = [replace(case, output=looked_at) for case in _asked(operator)]
        found += telling_of(case for case in every if is_offered(case, features))
    return [replace(case, dialects=tuple(dialects)) for case in found]


def telling_of(cases: Iterable[Case]) -> list[Case]:
    """Of some cases that with the most arguments, and that of the longest axes."""
    every = [case for case in cases if 0 < least_questions(case) <= MOST_QUESTIONS]
    if not every:
        return []
    best = dict.fromkeys((max(every, key=_arguments), max(every, key=_axes)))
    return [*map(ones, best)]


def few_questions_first(cases: Iterable[Case]) -> list[Case]:
    """Those cases that can be read, first those for which that takes the fewest questions."""
    few = [case for case in cases if 0 < least_questions(case) <= MOST_OF_FAILING]
    return [ones(case) for case in sorted(few, key=least_questions)]


def grown(case: Case) -> Case | None:
    """The same attributes over an image in which windows lie apart from the border, of ones.

    None for operators without windows, and where the case is not legal.
    """
    known = record(case.operator)
    forward = known.gradient_of or case.operator
    if forward not in SLIDING:
        return None
    given = {name: tensor for name, tensor in case.inputs.items() if name != "dy"}
    passed = replace(case, operator=forward, inputs=given, output="")
    x = case.inputs["x"]
    place = placed(passed)
    high, wide = map(_longer, x.shape[1:3], place.reach, place.strides)
    wide += place.strides[1] * (wide == high)
    given["x"] = np.resize(x, (max(2, len(x)), high, wide, x.shape[3]))
    if known.gradient_of:
        given["dy"] = np.ones(shape_of(replace(passed, inputs=given)), x.dtype)
    larger = replace(case, inputs={name: given[name] for name in case.inputs})
    return ones(larger)


def _longer(size: int, reach: int, step: int) -> int:
    """A size with room for windows apart from the border, which a stride divides as it did."""
    lacking = max(0, reach + 2 * step - size)
    return size + step * -(-lacking // step)


@cache
def _asked(operator: str) -> tuple[Case, ...]:
    """Legal cases of an operator."""
    every = (question(operator, SEED, n) for n in range(ROUNDS * len(domains(operator))))
    return tuple(asked.case for asked in every if not asked.rule)


def least_questions(case: Case) -> int:
    """Questions that a reading takes, if each product has a single cell."""
    known = record(case.operator)
    sizes = [prod(case.inputs[name].shape) for name in known.read_in[case.looks_at]]
    return min(sizes) * (CODINGS if known.read_as == "terms" else 1)


def is_offered(case: Case, features: Features) -> bool:
    """Whether a case is offered, has the output that it looks at, and can be read."""
    there = case.looks_at in record(case.operator).outputs_of(case.inputs)
    few = 0 < least_questions(case) <= MOST_QUESTIONS
    return there and few and features_of(case) <= features and within(case, features)


def _sizes(case: Case) -> list[int]:
    tensors = record(case.operator).read_in[case.looks_at]
    return [*shape_of(case), *(n for name in tensors for n in case.inputs[name].shape)]


def _axes(case: Case) -> tuple[int, int, int, str]:
    """Long axes tell more, then different ones; of equals, the cheaper."""
    sizes = _sizes(case)
    long = sum(n >= least for n in sizes for least in (2, 3))
    return long + len(case.inputs), len({*sizes}), -least_questions(case), case.dtype


def _arguments(case: Case) -> tuple[int, tuple[int, int, int, str]]:
    """Attributes other than usual ones first, different by axis if they can be."""
    usual = record(case.operator).defaults
    given = {
        name: value
        for name, value in case.attributes.items()
        if value not in (usual.get(name), (usual.get(name),) * 2, 0)
    }
    unlike = sum(isinstance(value, tuple) and len({*value}) > 1 for value in given.values())
    long = sum(n >= 2 for n in _sizes(case))  # of an axis of one nothing can be told
    wide = all(n >= 3 for n in shape_of(case)[1:3])  # or all windows lie at the border
    return 3 * (long + wide) + len(given) + unlike, _axes(case)
