"""A graded submission as Markdown, as course platforms take it."""

from collections.abc import Iterable, Iterator

from refcnn.grading.pages.drawing import as_text
from refcnn.grading.pages.escape import block, span
from refcnn.grading.pages.escape import markdown as plain
from refcnn.grading.pages.telling import HIDDEN, Section, ToldClause, telling, waiting
from refcnn.grading.report import Example, Graded
from refcnn.grading.words import equation_lines


def markdown(graded: Graded) -> str:
    """The page of a student as Markdown: no HTML, no link and no markup comes from foreign text."""
    told = telling(graded)
    who = " · ".join(span(text) for text in (told.name, told.id, told.file) if text)
    score = f"**{told.score or 'no score yet,'} of {told.total} points**"
    lines = [f"# {plain(told.title)}", "", f"{score} · {who}", "", plain(told.line), ""]
    if told.sections:
        lines += ["| | item | | points |", "|:-:|---|---|--:|"]
        lines += [
            f"| {s.sign} | {plain(s.title)} | {s.word} | {s.earned or '-'} / {s.points} |"
            for s in told.sections
        ]
        lines.append("")
    for section in told.sections:
        lines += _section(section)
    if told.notes:
        lines += ["## Notes", "", *(f"- {plain(note)}" for note in told.notes), ""]
    lines += ["## How this was graded", ""]
    lines += [f"- {plain(what)}: {span(it)}" for what, it in told.provenance]
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    earned = f"{section.earned or '-'} of {section.points} points"
    yield from (f"## {section.sign} {plain(section.title)}", "", f"{section.word}, {earned}", "")
    if section.hidden:
        yield from (HIDDEN, "")
    if section.waits:
        yield from (plain(waiting(section)), "")
    for what, texts in (
        ("What happened", [section.happened]),
        ("The mistake", section.mistakes),
        ("What works", [section.works]),
    ):
        for text in filter(None, texts):
            yield from (f"**{what}:** {plain(text)}", "")
    for one in section.equations:
        yield from (f"**What {plain(one.operator)} computes:**", "")
        yield from (*block(equation_lines(one)), "")
    if section.failed:
        yield from ("What was asked, and does not hold:", "", *_rows(section.failed), "")
    for group in section.others:
        yield from (f"{group.sign} {plain(group.line)}:", "", *_rows(group.rows), "")
    if section.example:
        yield from (*_example(section.example), "")


def _rows(found: Iterable[ToldClause]) -> Iterator[str]:
    for row in found:
        yield f"- {row.sign} {plain(row.sentence)} ({plain(row.operators)}, {plain(row.clause)})"
        if row.reason:
            yield f"  **{plain(row.reason)}**"


def _example(found: Example) -> Iterator[str]:
    public = plain(found.vector)
    yield f"The smallest case that goes wrong: {span(found.call)} (public case {public})"
    yield from ("", plain(found.reason), "")
    pictures = as_text(found.pictures)
    yield from block([*pictures, *([""] if pictures else []), *found.lines])
