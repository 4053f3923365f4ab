"""`refcnn explain TARGET`: the equations of an implementation as text."""

from collections.abc import Iterator, Sequence

from refcnn.diagnosis.identify.identified import Identified
from refcnn.diagnosis.identify.implementation import ReadOperator, read_all
from refcnn.harness.calls import LAYOUTS
from refcnn.implementations import layouts
from refcnn.implementations.trial import Stated
from refcnn.reports.equation_text import about, beside_each_other


def equations(iut: Stated, operators: Sequence[str] = ()) -> Iterator[str]:
    """The lines about all operators that can be read, or about these."""
    if layouts.of(iut.statement) != LAYOUTS:
        yield f"In the layouts of the specification: {', '.join(LAYOUTS.values())}."
        yield ""
    for found in read_all(iut, operators):
        yield from lines(found)
        yield ""


def lines(found: ReadOperator) -> Iterator[str]:
    """What was read of an operator, or why nothing was."""
    yield found.operator + (f", {about(found.case)}" if found.case else "")
    if found.read is None:
        yield f"  not read: {found.why_not}"
        return
    yield from (f"  {line}" for line in beside_each_other("yours: ", found.read.yours))
    if not found.read.is_right:
        yield from (f"  {line}" for line in beside_each_other("right: ", found.read.right))
        yield from (f"  - {sentence}." for sentence in found.read.differences)
    yield f"  {_sure(found.read)}"


def _sure(read: Identified) -> str:
    confirmed = f", {read.confirmed} of them to confirm it" if read.confirmed else ""
    tried = f"read in {read.questions} questions{confirmed}"
    if read.is_right:
        return f"{read.proves} ({tried})"
    return f"({tried})"
