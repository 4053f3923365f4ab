"""One sentence each: what happened in an item, what works already, what the mistake is."""

from collections import Counter
from collections.abc import Iterator, Sequence

from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.diagnosis.traits import Trait
from refcnn.grading.answers import exception
from refcnn.grading.report import ReadEquation, Requirement, State
from refcnn.reports.equation_text import about, beside_each_other
from refcnn.reports.picture_text import picture_lines
from refcnn.suite.dialects import known_dialects

MOST_READ = 4  # sentences about an equation


def happened(requirements: Sequence[Requirement]) -> str:
    """How many requirements are met, and what was seen of the others."""
    met = sum(r.state is State.PASS for r in requirements)
    carried = sum(r.carried for r in requirements)
    many = f"{met} of {len(requirements)} requirements are met"
    if carried:
        many += f" ({carried} of them but for a mistake that has cost points already)"
    seen = Counter((r.operator, r.reason) for r in requirements if r.reason)
    if not seen:
        return f"{many}."
    told = [f"{operator}: {reason}" for operator, reason in seen]
    return f"{many}; {'; '.join(told)}."


def works(requirements: Sequence[Requirement]) -> str:
    """What holds already, as far as something does not."""
    if all(r.state is State.PASS for r in requirements):
        return ""
    right = [f"{r.clause} of {r.operator}" for r in requirements if r.state is State.PASS]
    return f"{', '.join(right)}." if right else ""


def mistakes(diagnoses: Sequence[Diagnosis]) -> tuple[str, ...]:
    """The mistakes that explain what was seen, each with its operator."""
    return tuple(said for one in diagnoses for said in _named(one))


def _named(one: Diagnosis) -> list[str]:
    if one.mistakes:
        return [f"{one.operator}: {m.sentence}" for m in one.mistakes]
    read = [sentence for equation in one.deviation.equations for sentence in equation.differences]
    if read:
        return [f"{one.operator}: {sentence}." for sentence in read[:MOST_READ]]
    found = [
        f"{one.operator}: this is another convention than the one asked for: "
        f"{known_dialects()[name].sentence}"
        for name in one.undeclared
    ]
    if one.algorithm:
        found.append(
            f"{one.operator}: this would be right for a {one.algorithm} algorithm; "
            "more exact sums are asked for"
        )
    if one.trait:
        found.append(f"{one.operator}: {_in_private(one.trait)}")
    return found


def equations(one: Diagnosis) -> Iterator[ReadEquation]:
    """What was read of an operator where no mistake with a name explains everything."""
    for read in one.deviation.equations[:1]:
        yield ReadEquation(
            operator=one.operator,
            about=about(read.case),
            yours=tuple(beside_each_other("", read.yours)),
            right=tuple(beside_each_other("", read.right)),
            differences=read.differences,
            picture=read.picture,
        )


def equation_lines(one: ReadEquation) -> list[str]:
    """An equation as lines of text, with its picture."""
    lines = [f"{one.operator} of {one.about}", *_beside("yours: ", one.yours)]
    if one.right != one.yours:
        lines += _beside("right: ", one.right)
    return [*lines, "", *picture_lines(one.picture)] if one.picture else lines


def _beside(label: str, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"{' ' * len(label) if number else label}{line}"


def _in_private(trait: Trait) -> str:
    """Where it is wrong, without the words and the line of an exception.

    Both may be chosen by a submission to tell a private number.
    """
    return trait.told(exception(trait.raised.kind) if trait.raised else "")
