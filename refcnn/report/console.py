"""Running a check in front of a person: progress bar, result, JSON file."""

import json
import os
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from refcnn.check import Options, check
from refcnn.pytest_plugin import Stated
from refcnn.report import terminal
from refcnn.report.summary import Summary, to_json


def run_check(target: str, iut: Stated, options: Options, *, all_cards: bool) -> Summary:
    """Check, with a progress bar on a terminal, and print the result."""
    aside = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=aside,
        transient=True,
        disable=not aside.is_terminal,
    ) as progress:
        task = progress.add_task("checking", total=None)
        summary = check(
            target,
            iut,
            options,
            begin=lambda total: progress.update(task, total=total),
            listener=lambda _: progress.advance(task),
        )
    terminal.show(summary, Console(), all_cards=all_cards)
    return summary


def write_json(path: Path, summary: Summary) -> None:
    """Write the result so that a reader never sees half a file."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(to_json(summary), indent=1, allow_nan=False) + "\n", "utf-8")
    os.replace(part, path)  # noqa: PTH105 - atomic on every platform
