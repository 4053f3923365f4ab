"""What an operator that fails computes otherwise: read at telling shapes, then where it failed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from refcnn.diagnosis.afresh import AskedMutant
from refcnn.diagnosis.identify.identified import Identified, identify
from refcnn.diagnosis.identify.reading import Ask, Budget, OtherKindError, UnreadableError
from refcnn.diagnosis.identify.shapes import few_questions_first, telling_of
from refcnn.diagnosis.kills import asked
from refcnn.suite.case import Case
from refcnn.suite.mutants import Mutant
from refcnn.suite.registry import record

MOST_QUESTIONS, MOST_SECONDS = 4000, 4.0  # for one operator
MOST_SHAPES = 8  # of failing cases


@dataclass(frozen=True, slots=True, eq=False)
class Deviation:
    """What an operator computes otherwise, as an equation; or why it has none, at which shapes."""

    equation: Identified | None = None
    why_not: str = ""
    case: Case | None = None  # at whose shapes it has none

    def is_shown_by(self, mutant: Mutant) -> bool:
        """Whether a mistake does not have another equation than was read."""
        if self.equation is None:
            return True
        mistaken = AskedMutant(mutant)
        case = replace(self.equation.case, algorithm="direct")
        try:
            found = identify(lambda one: asked(mistaken.alone, one), case)
        except UnreadableError:
            return mutant.clause != "" and bool(mutant.parts)
        return found.differences == self.equation.differences


def deviation(ask: Ask, known: Iterable[Case], failing: Iterable[Case]) -> Deviation:
    """The first other equation than the right one, at shapes of `known` cases or of failing ones.

    The most telling of all that are known are tried first. Where no shape has another equation,
    the first reason why one has none, if that is about what is computed.
    """
    budget, why = Budget(MOST_QUESTIONS, MOST_SECONDS), Deviation()
    for case in _distinct([*_telling(known), *_some(failing)]):
        try:
            found = identify(ask, case, budget)
        except OtherKindError as error:
            if why.case is None:
                why = Deviation(None, str(error), case)
        except UnreadableError:
            continue
        else:
            if not found.is_right:
                return Deviation(found)
    return why


def _telling(cases: Iterable[Case]) -> list[Case]:
    """Of each output the most telling cases."""
    found: dict[str, list[Case]] = {}
    for case in _looking_at_one(cases):
        found.setdefault(case.output, []).append(case)
    return [case for own in found.values() for case in telling_of(own)]


def _some(failing: Iterable[Case]) -> list[Case]:
    """The most telling of some cases, then those that are read in the fewest questions."""
    every = [*_looking_at_one(failing)]
    return [*_telling(every), *few_questions_first(every)[:MOST_SHAPES]]


def _looking_at_one(cases: Iterable[Case]) -> Iterator[Case]:
    """The cases, each for every output that can be read, where there are several."""
    for case in cases:
        known = record(case.operator)
        if len(known.outputs) == 1:
            yield case
            continue
        there = known.outputs_of(case.inputs)
        named = [name for name in known.read_in if name in there]
        yield from (replace(case, output=name) for name in named if case.output in ("", name))


def _distinct(cases: Iterable[Case]) -> Iterator[Case]:
    """Cases of different shapes, attributes or dtypes."""
    known = set[str]()
    for case in cases:
        shapes = {name: tensor.shape for name, tensor in case.inputs.items()}
        about = repr((shapes, case.attributes, case.dtype, case.output))
        if about not in known:
            known.add(about)
            yield case
