"""The commands about assignments: begin one, and hold one to what it promises."""

from pathlib import Path
from typing import Annotated

import typer

from refcnn.cli.common import UsageError, names_in, writable

app = typer.Typer(no_args_is_help=True, help="Assignments: begin one, validate one.")


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="Where to write it: a new folder.")],
    *,
    operators: Annotated[
        str | None,
        typer.Option(help="These operators, with commas (default: a forward pass)."),
    ] = None,
    title: Annotated[
        str, typer.Option(help="What students read above it.")
    ] = "A convolutional network by hand",
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite the files of an earlier one, but its seed.")
    ] = False,
    gradescope: Annotated[
        bool, typer.Option("--gradescope", help="Also write an autograder for Gradescope.")
    ] = False,
) -> None:
    """Begin an assignment: what is asked, a private seed, a starter, a solution, samples.

    It is complete: it can be validated, and graded by, as it is.
    """
    from refcnn.grading.assignment import AssignmentError
    from refcnn.grading.authoring.init import ZIP, contents, init
    from refcnn.grading.exports.csv_text import ExportError
    from refcnn.suite.registry import OPERATORS, USUAL

    chosen = names_in(operators, OPERATORS, "--operators") or USUAL
    try:
        files = contents(chosen, title)
        init(directory, files, force=force)
        if gradescope:
            _write_autograder(directory, directory / ZIP)
    except (AssignmentError, ExportError) as error:
        raise UsageError(str(error)) from None
    typer.echo(f"wrote {', '.join([*files, 'seed.txt'])}{f', {ZIP}' * gradescope} in {directory}")
    private = "seed.txt, solution.py" + (f" and {ZIP}" if gradescope else "")
    typer.echo(f"Keep {private} private: the seed tells every private case.")
    typer.echo(f"Next: edit assignment.toml, then `refcnn assignment validate {directory}`.")
    typer.echo(
        f"With starter.py, publish what `refcnn grade --commit --assignment {directory}` prints: "
        "afterwards everybody can check that the cases were not changed."
    )


@app.command()
def validate(
    directory: Annotated[Path, typer.Argument(help="The folder of the assignment.")],
    *,
    trust: Annotated[
        bool, typer.Option("--trust", help="Run solution, starter and samples unconfined.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the result to this file.")] = None,
    gradescope: Annotated[
        bool, typer.Option("--gradescope", help="If all holds, write the autograder again.")
    ] = False,
) -> None:
    """Hold an assignment to what it promises, before a student sees it.

    The solution has full marks, the starter none, every mistake costs points, every right
    implementation has full marks, samples have the scores that are stated. Exit status:
    0 all as it should be, 1 something is not, 2 could not be judged.
    """
    from refcnn.cli.screen import progress, write_json
    from refcnn.grading.assignment import AssignmentError, load
    from refcnn.grading.authoring.init import ZIP
    from refcnn.grading.authoring.show import show
    from refcnn.grading.authoring.validate import as_json, holds, steps
    from refcnn.grading.authoring.validate import validate as checked
    from refcnn.implementations.sandbox.nursery import SandboxError

    writable(json)
    try:
        assignment = load(directory)
        with progress() as bar:
            task = bar.add_task("validating", total=steps(assignment))
            found = checked(directory, lambda _: bar.advance(task), trusted=trust)
    except AssignmentError as error:
        typer.echo(f"refcnn: {error}", err=True)
        raise typer.Exit(2) from None
    except SandboxError as error:
        typer.echo(
            f"refcnn: the sandbox is not available: {error}; --trust runs solution, starter and "
            "samples without it, and `refcnn doctor` says more",
            err=True,
        )
        raise typer.Exit(2) from None
    if json is not None:
        write_json(json, as_json(assignment.title, found))
    show(found)
    right = holds(found)
    if gradescope and right:
        _write_autograder(directory, directory / ZIP)
        typer.echo(f"wrote {directory / ZIP}; keep it private: the seed is in it")
    elif gradescope:
        typer.echo(f"{ZIP} was not written", err=True)
    raise typer.Exit(0 if right else 1)


def _write_autograder(directory: Path, path: Path) -> None:
    """Write the zip file for Gradescope, with a progress bar while its cases are made."""
    from refcnn.cli.screen import progress
    from refcnn.grading.assignment import load
    from refcnn.grading.exports.gradescope import autograder_zip

    with progress() as bar:
        task = bar.add_task("private cases", total=len(load(directory).operators))
        autograder_zip(directory, path, lambda _: bar.advance(task))
