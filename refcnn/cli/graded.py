"""The commands around grading: what somebody was told, and whether the sandbox holds."""

from pathlib import Path
from typing import Annotated

import typer

from refcnn.cli.common import UsageError
from refcnn.cli.grading import in_one_sentence, setup_of
from refcnn.suite.hints import did_you_mean


def show(
    out: Annotated[Path, typer.Argument(help="What `refcnn grade` wrote to.")],
    student: Annotated[str, typer.Argument(help="The id of somebody who was graded into it.")],
    *,
    private: Annotated[
        bool,
        typer.Option("--private", help="Also ask again, and show the private cases that fail."),
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="So many private cases.")] = 5,
) -> None:
    """What somebody was told; with --private what no student may see.

    The private cases are asked again, in the sandbox, of the file that was handed in.
    """
    from rich.console import Console

    from refcnn.grading import course
    from refcnn.grading.pages import terminal
    from refcnn.grading.store import Store

    with in_one_sentence():
        paths, options = course.remembered(out)
        with Store(out) as store:
            graded = {each.person.id: each for each in store.graded()}
    if student not in graded:
        hint = did_you_mean(student, graded)
        raise UsageError(f"nobody of the id {student} was graded into {out}{hint}")
    console = Console()
    terminal.show(console, graded[student])
    if not private:
        return
    with in_one_sentence():
        setup = setup_of(options.assignment)
        found = course.failures(setup, paths, student, options)
    for one, worked in found[:most]:
        terminal.show_private(console, worked, one.vector.question.clauses)
    left = f"; {len(found) - most} more with --most {len(found)}" * (len(found) > most)
    typer.echo(f"{len(found)} private cases fail{left}")


def doctor() -> None:
    """Try to break out of the sandbox in many ways; grading strangers' code needs all refused.

    Exit status: 0 it holds, 2 it does not.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from refcnn.implementations.sandbox.nursery import SandboxError, Zygote
    from refcnn.implementations.sandbox.selftest import selftest

    try:
        with Zygote() as zygote:
            results, isolation = selftest(zygote), zygote.isolation
    except SandboxError as error:
        typer.echo(f"refcnn: there is no sandbox here: {error}", err=True)
        raise typer.Exit(2) from None
    table = Table("", "what is tried inside", "what came of it", box=None, pad_edge=False)
    for result in results:
        sign = Text("refused", "green") if result.refused else Text("NOT REFUSED", "bold red")
        table.add_row(sign, Text(result.act.name), Text(result.how, "dim"))
    console = Console()
    console.print(table)
    held = sum(result.refused for result in results)
    console.print(Text(f"{held} of {len(results)} forbidden acts are refused ({isolation})."))
    if held < len(results):
        console.print(Text("Submissions of strangers are not graded here.", "bold red"))
        raise typer.Exit(2)
