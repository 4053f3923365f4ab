"""What an operator that fails computes otherwise: read at telling shapes, then where it failed."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from refcnn.diagnosis.afresh import AskedMutant
from refcnn.diagnosis.identify.identified import Identified, identify
from refcnn.diagnosis.identify.reading import Ask, Budget, OtherKindError, UnreadableError
from refcnn.diagnosis.identify.shapes import (
    few_questions_first,
    grown,
    least_questions,
    telling_of,
)
from refcnn.diagnosis.kills import asked
from refcnn.suite.case import Case
from refcnn.suite.mutants import Mutant
from refcnn.suite.registry import record

MOST_QUESTIONS, MOST_SECONDS = 4000, 4.0  # for one operator
MOST_EQUATIONS = 3  # that are told
LEAST_CELLS = 12  # of the input, for what is seen there to be told beside what was told before
CAUSES = (  # how sentences begin that do not follow from others at other shapes
    "All windows lie",
    "Beyond the border",
    "Neighbouring",
    "Only ",
    "Nothing is read",
    "Rows and columns",
    "The bias",
    "The kernel",
    "What lies beyond",
    "Windows",
)
AT_LEAST = 8  # times as many questions must be left as a reading takes that finds what it expects
MOST_SHAPES = 8  # of failing cases


@dataclass(frozen=True, slots=True, eq=False)
class Deviation:
    """What an operator computes otherwise, as equations; or why it has none, at which shapes.

    The sentences of an equation are those that were not said of one before it.
    """

    equations: tuple[Identified, ...] = ()
    why_not: str = ""
    case: Case | None = None  # at whose shapes it has none

    def is_shown_by(self, mutant: Mutant) -> bool:
        """Whether a mistake has the first equation, too; what has none may be any mistake."""
        if not self.equations:
            return True
        first, mistaken = self.equations[0], AskedMutant(mutant)
        case = replace(first.case, algorithm="direct")
        try:
            found = identify(lambda one: asked(mistaken.alone, one), case)
        except UnreadableError:
            return False
        return found.differences == first.differences


def deviation(
    ask: Ask,
    known: Iterable[Case],
    failing: Iterable[Case],
    *,
    most: int = MOST_EQUATIONS,
    budget: Budget | None = None,
    offered: Callable[[Case], bool] = lambda _: False,
) -> Deviation:
    """Other equations than the right one, at shapes of `known` cases or of failing ones.

    The most telling of all that are known are tried first, then failing ones over a larger image,
    if that is `offered`. Where no shape has another equation,
    the first reason why one has none, if that is about what is computed.
    """
    budget, why = budget or Budget(MOST_QUESTIONS, MOST_SECONDS), Deviation()
    found, said = list[Identified](), set[tuple[str, str]]()
    for case in _distinct([*_telling(known), *_some(failing, offered)]):
        if AT_LEAST * least_questions(case) > budget.questions:
            continue  # what is not as expected takes more than these
        try:
            with budget.half() as some:
                read = identify(ask, case, some)
        except OtherKindError as error:
            if why.case is None:
                why = Deviation((), str(error), case)
            continue
        except UnreadableError:
            continue
        if why.case is None or _largest(case) >= LEAST_CELLS:  # any few cells have a formula
            found += _anew(read, said)
        if len(found) == most:
            break
    return Deviation(tuple(found)) if found else why


def _anew(read: Identified, said: set[tuple[str, str]]) -> Iterator[Identified]:
    """What was read, with what was not yet `said`, if there is anything; then it is said."""
    kinds = {_kind(read.case, sentence): sentence for sentence in read.differences}
    new = [sentence for kind, sentence in kinds.items() if kind not in said]
    if new and (not said or _tells_more(read.case, new)):
        told = tuple(new) if said else read.differences
        said.update(kinds)
        yield replace(read, differences=told)


def _kind(case: Case, sentence: str) -> tuple[str, str]:
    """What a sentence is about, whatever its numbers are."""
    return case.looks_at, re.sub(r"[0-9]+", "", sentence.partition(":")[0]).rstrip("s")


def _largest(case: Case) -> int:
    return max(tensor.size for tensor in case.inputs.values())


def _tells_more(case: Case, new: Sequence[str]) -> bool:
    """Whether sentences are more than what follows, at other shapes, from what was said."""
    fresh_output = len(record(case.operator).outputs) > 1
    return _largest(case) >= LEAST_CELLS and (
        fresh_output or any(s.startswith(CAUSES) for s in new)
    )


def _telling(cases: Iterable[Case]) -> list[Case]:
    """Of each output the most telling cases."""
    found: dict[str, list[Case]] = {}
    for case in _looking_at_one(cases):
        found.setdefault(case.output, []).append(case)
    return [case for own in found.values() for case in telling_of(own)]


def _some(failing: Iterable[Case], offered: Callable[[Case], bool]) -> list[Case]:
    """The most telling of some cases; the cheapest to read, first of other attributes each."""
    every = [*_looking_at_one(failing)]
    few = few_questions_first(every)
    alike = {repr((case.attributes, case.output)): case for case in reversed(few)}
    others = [*alike.values()][::-1][:MOST_SHAPES]
    larger = [case for case in map(grown, [*_telling(every), *others]) if case and offered(case)]
    return [*_telling(every + larger), *larger, *others, *few[:MOST_SHAPES]]


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
