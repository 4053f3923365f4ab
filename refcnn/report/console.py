"""Running a check in front of a person: progress bar, result, JSON file."""

import json
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from refcnn.check import Options, check
from refcnn.pytest_plugin import Stated
from refcnn.report import terminal
from refcnn.report.summary import Summary, to_json


class _Screen(Console):
    """Standard output; when nobody reads it any more, the verdict still counts."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_check(target: str, iut: Stated, options: Options) -> Summary:
    """Check, with a progress bar on a terminal."""
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
        return check(
            target,
            iut,
            options,
            begin=lambda total: progress.update(task, total=total),
            listener=lambda _: progress.advance(task),
        )


def show(summary: Summary, *, all_cards: bool) -> None:
    """Print the result."""
    terminal.show(summary, _Screen(), all_cards=all_cards)


def write_json(path: Path, summary: Summary) -> None:
    """Write the result so that a reader never sees half a file."""
    text = json.dumps(to_json(summary), indent=1, allow_nan=False) + "\n"
    if path.exists() and (path.is_symlink() or not path.is_file()):
        path.write_text(text, "utf-8")  # a device or a link is written to, not replaced
        return
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    os.replace(part, path)  # noqa: PTH105 - atomic on every platform
