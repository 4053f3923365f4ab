"""`refcnn prove TARGET`: what was read at some shapes, and whether it is right, as text."""

from collections.abc import Iterator

from refcnn.diagnosis.identify.proof import Proof
from refcnn.reports.equation_text import about, beside_each_other
from refcnn.reports.picture_text import picture_lines


def lines(found: Proof) -> Iterator[str]:
    """The equation, and whether it is right for all numbers in these shapes, or why not."""
    yield f"{found.case.operator}, {about(found.case)}"
    if found.read is None:
        yield f"  not proved: {found.why_not}"
        return
    read = found.read
    yield from (f"  {line}" for line in beside_each_other("yours: ", read.yours))
    if not read.is_right:
        yield from (f"  {line}" for line in beside_each_other("right: ", read.right))
        yield from (f"  - {sentence}." for sentence in read.differences)
        if read.picture:
            yield from (f"    {line}".rstrip() for line in picture_lines(read.picture))
        yield "  WRONG in these shapes"
    elif found.faults:
        yield f"  not proved: {'; '.join(found.faults)}"
    else:
        yield f"  PROVED: {read.proves} (read in {read.questions} questions)"
