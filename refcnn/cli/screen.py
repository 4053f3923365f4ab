"""What a person sees while work goes on, and files of results; it needs nothing of the rest."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from refcnn.implementations.files import write_whole


class Screen(Console):
    """Standard output; when nobody reads it any more, the verdict still counts."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Rate(ProgressColumn):
    """How many are done in a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


def progress(*, rate: bool = False) -> Progress:
    """A bar on standard error, on a terminal only; with the number done in a second if asked."""
    aside = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    speed = (_Rate(),) if rate else ()
    return Progress(
        *columns,
        *speed,
        TimeRemainingColumn(),
        console=aside,
        transient=True,
        disable=not aside.is_terminal,
    )


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a result: strict JSON."""
    write_whole(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
