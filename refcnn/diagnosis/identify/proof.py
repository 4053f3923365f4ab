"""Whether an operator is right for all numbers in some shapes, as far as reading can tell."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from refcnn.diagnosis.identify.identified import Identified, identify, ones
from refcnn.diagnosis.identify.reading import Ask, UnreadableError
from refcnn.suite.case import Answer, Case, Outcome
from refcnn.suite.registry import record


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What was read at the shapes and attributes of a case: right, otherwise, or not at all.

    faults: side effects that the questions had, each once.
    """

    case: Case
    read: Identified | None
    why_not: str
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether it was read as right, and without a side effect."""
        return self.read is not None and self.read.is_right and not self.faults


def proofs(ask: Ask, case: Case) -> Iterator[Proof]:
    """Read each output of a case at its shapes and attributes; its numbers do not matter.

    Of max_pool2d_backward they do: what is read holds for its x.
    """
    known, faults = record(case.operator), dict[str, None]()

    def heeding(one: Case) -> Outcome:
        outcome = ask(one)
        faults.update(dict.fromkeys(outcome.faults if isinstance(outcome, Answer) else ()))
        return outcome

    several, there = len(known.outputs) > 1, known.outputs_of(case.inputs)
    for output in (name for name in known.read_in if name in there):
        one = replace(ones(case), output=output if several else "")
        faults.clear()
        try:
            read, why = identify(heeding, one), ""
        except UnreadableError as error:
            read, why = None, str(error)
        yield Proof(one, read, why, (*faults,))
