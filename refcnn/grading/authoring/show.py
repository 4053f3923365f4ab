"""The checks of an assignment on a screen."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refcnn.grading.authoring.checks import Promise
from refcnn.grading.authoring.validate import holds

STYLE = {"ok": "green", "look": "yellow", "wrong": "bold red"}


def show(found: Sequence[Promise], console: Console | None = None) -> None:
    """A line for each check, then what there is to do."""
    screen = console or Console()
    table = Table(box=None, pad_edge=False, show_header=False)
    for check in found:
        table.add_row(Text(check.word, STYLE[check.word]), Text(check.what), Text(check.said))
    screen.print(table)
    for check in found:
        for line in check.details:
            screen.print(Text.assemble((f"{check.what}: ", STYLE[check.word]), line))
    if holds(found):
        screen.print(Text("The assignment keeps what it promises.", "green"))
    else:
        many = sum(check.word == "wrong" for check in found)
        screen.print(Text(f"{many} of {len(found)} checks: wrong.", "bold red"))
