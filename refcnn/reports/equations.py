"""`refcnn explain TARGET`: the equations of an implementation as text."""

from collections.abc import Iterable, Iterator

from refcnn.diagnosis.identify.identified import Identified
from refcnn.diagnosis.identify.implementation import ReadOperator
from refcnn.harness.calls import LAYOUTS
from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.reports.equation_text import about, beside_each_other
from refcnn.reports.picture_text import picture_lines


def other_layouts(stated: Statement) -> str:
    """The layouts of the specification, in which equations are, if an implementation has others."""
    return "" if layouts.of(stated) == LAYOUTS else ", ".join(LAYOUTS.values())


def equations(found: Iterable[ReadOperator], stated: Statement) -> Iterator[str]:
    """The lines about all operators that were read."""
    if others := other_layouts(stated):
        yield f"In the layouts of the specification: {others}."
        yield ""
    for one in found:
        yield from lines(one)
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
    if found.read.picture:
        yield ""
        yield from (f"    {line}".rstrip() for line in picture_lines(found.read.picture))
        yield ""
    yield f"  {sure(found.read)}"


def sure(read: Identified) -> str:
    """What is proved, and by how many questions."""
    confirmed = f", {read.confirmed} of them to confirm it" if read.confirmed else ""
    tried = f"read in {read.questions} questions{confirmed}"
    if read.is_right:
        return f"{read.proves} ({tried})"
    return f"({tried})"
