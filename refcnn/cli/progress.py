"""A check in front of a person."""

import time

import psutil

from refcnn.cli.screen import Screen, progress
from refcnn.implementations.trial import Stated
from refcnn.reports import terminal
from refcnn.reports.summary import Summary
from refcnn.run import Options, check


def run_check(
    target: str,
    iut: Stated,
    options: Options,
    words: tuple[str, ...],
    command: tuple[str, ...] = ("check",),
) -> Summary:
    """Check, with a progress bar on a terminal."""
    start = time.time() - psutil.Process().create_time()
    with progress() as bar:
        task = bar.add_task("starting", total=None)
        return check(
            target,
            iut,
            options,
            begin=lambda total: bar.update(task, total=total),
            listener=lambda _: bar.advance(task),
            words=words,
            command=command,
            phase=lambda name: bar.update(task, description=name),
            start=start,
        )


def show(summary: Summary, *, all_cards: bool) -> None:
    """Print the result."""
    terminal.show(summary, Screen(), all_cards=all_cards)
