"""At which shapes and attributes an operator is read, if nobody says: such as tell the most."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import prod

from refcnn.diagnosis.identify.identified import ones
from refcnn.diagnosis.identify.reading import CODINGS
from refcnn.suite.capabilities import Features, features_of
from refcnn.suite.case import Case
from refcnn.suite.generators import domains, question
from refcnn.suite.judge import shape_of
from refcnn.suite.limits import within
from refcnn.suite.registry import record

SEED, ROUNDS = 0, 40  # questions of each domain among which shapes are looked for
MOST_QUESTIONS = 250  # that a reading may take, if each product has a single cell


def telling(operator: str, features: Features, dialects: Sequence[str] = ()) -> list[Case]:
    """Within what is offered, the case with the most arguments, and that of the longest axes."""
    offered = [case for case in _cases(operator) if _is_offered(case, features)]
    if not offered:
        return []
    found = [max(offered, key=_arguments), max(offered, key=_axes)]
    return [replace(ones(case), dialects=tuple(dialects)) for case in dict.fromkeys(found)]


def most_telling(cases: Iterable[Case]) -> list[Case]:
    """Of some cases the one whose shapes tell the most, if it can be read in few questions."""
    few = [case for case in cases if 0 < _cost(case) <= MOST_QUESTIONS]
    return [ones(max(few, key=_arguments))] if few else []


def _cases(operator: str) -> Iterator[Case]:
    """Legal cases that can be read in few questions."""
    for number in range(ROUNDS * len(domains(operator))):
        asked = question(operator, SEED, number)
        if not asked.rule and 0 < _cost(asked.case) <= MOST_QUESTIONS:
            yield asked.case


def _cost(case: Case) -> int:
    """Questions that a reading takes."""
    tensors = record(case.operator).linear[case.looks_at]
    return CODINGS * min(prod(case.inputs[name].shape) for name in tensors) if tensors else 0


def _is_offered(case: Case, features: Features) -> bool:
    return features_of(case) <= features and within(case, features)


def _sizes(case: Case) -> list[int]:
    tensors = record(case.operator).linear[case.looks_at]
    return [*shape_of(case), *(n for name in tensors for n in case.inputs[name].shape)]


def _axes(case: Case) -> tuple[int, int, int, str]:
    """Long axes tell more, then different ones; of equals, the cheaper."""
    sizes = _sizes(case)
    long = sum(n >= 3 for n in sizes) + sum(n >= 2 for n in sizes)
    return long + len(case.inputs), len({*sizes}), -_cost(case), case.dtype


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
    return 3 * long + len(given) + unlike, _axes(case)
