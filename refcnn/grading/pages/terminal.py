"""A graded submission, and a class, on a terminal."""

from collections.abc import Iterable, Iterator
from itertools import islice

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from refcnn.grading.pages.drawing import as_text
from refcnn.grading.pages.escape import clean
from refcnn.grading.pages.tally import Student
from refcnn.grading.pages.telling import HIDDEN, SIGNS, Section, telling, waiting
from refcnn.grading.report import Example, Graded
from refcnn.grading.words import equation_lines

MOST_ROWS = 40
STYLES = {
    "pass": "green",
    "part": "yellow",
    "fail": "red",
    "wait": "dim",
    "none": "dim",
    "ours": "magenta",
}


def show(console: Console, graded: Graded) -> None:
    """Print what the student is told; items that are right in one line."""
    told = telling(graded)
    console.print(_text(told.title, "bold"))
    who = " · ".join(text for text in (told.name, told.id, told.file) if text)
    console.print(_text(who, "dim"))
    score = f"{told.score or 'no score yet,'} of {told.total} points"
    console.print(_text(score, f"bold {STYLES[told.kind]}"))
    console.print(_text(told.line))
    for section in told.sections:
        console.print(_section(section))
    for note in told.notes:
        console.print(_text(f"note: {note}", "yellow"))


def _text(text: str, style: str = "") -> Text:
    """Foreign text as it is: no markup of Rich, no escape sequences."""
    return Text(clean(text), style=style)


def _section(section: Section) -> RenderableType:
    style = STYLES[section.kind]
    earned = f"{section.earned or '-'} of {section.points}"
    body = [*_body(section)]
    if not body:
        return _text(f"{section.sign} {section.title}: {section.word}, {earned}", style)
    title = _text(f"{section.sign} {section.title} · {section.word} · {earned}")
    return Panel(Group(*body), title=title, title_align="left", border_style=style)


def _body(section: Section) -> Iterator[Text]:
    if section.hidden and section.failed:
        yield Text(HIDDEN, style="dim")
    if section.waits:
        yield _text(waiting(section))
    if section.happened:
        yield _text(section.happened)
    yield from _mistakes(section)
    if section.works:
        yield _text(f"what works: {section.works}", "green")
    for row in section.failed:
        yield _text(f"{row.sign} {row.clause} {row.sentence}", STYLES[row.kind])
        yield _text(f"  {row.reason or row.word}", STYLES[row.kind])
    if section.failed or any(group.line for group in section.others if group.kind != "pass"):
        yield from (_text(f"{group.sign} {group.line}", "dim") for group in section.others)
    if example := section.example:
        yield Text()
        yield from _worked(example)


def _mistakes(section: Section) -> Iterator[Text]:
    """The mistakes by name, and equations that were read."""
    yield from (_text(f"mistake: {mistake}", "bold yellow") for mistake in section.mistakes)
    for one in section.equations:
        yield from (_text(line) for line in equation_lines(one))


def _worked(example: Example) -> Iterator[Text]:
    yield _text(f"{example.call}: {example.reason}", "bold")
    yield from (_text(line) for line in [*as_text(example.pictures), *example.lines])


def show_private(console: Console, example: Example, clauses: Iterable[str]) -> None:
    """Print a private vector that fails, which no student may see."""
    title = _text(f"{example.vector} · evidence of {', '.join(clauses)}")
    body = Group(*_worked(example))
    console.print(Panel(body, title=title, title_align="left", border_style="red"))


def show_class(console: Console, rows: Iterable[Student], most: int = MOST_ROWS) -> None:
    """Print a class as a table: score, state and first mistake of each."""
    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("id", max_width=32, overflow="fold")
    table.add_column("score", justify="right", min_width=13)
    table.add_column("", min_width=17)
    table.add_column("first mistake", ratio=1, no_wrap=True, overflow="ellipsis")
    left = iter(rows)
    for row in islice(left, most):
        sign, word = SIGNS[row.state]
        cells = (row.id, row.score, f"{sign} {word}", row.mistake)
        table.add_row(*(_text(cell) for cell in cells))
    console.print(table)
    if more := sum(1 for _ in left):
        console.print(Text(f"and {more:,} more", style="dim"))
