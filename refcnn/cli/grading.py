"""The commands that grade: a class, and the same class again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refcnn.cli.common import UsageError

if TYPE_CHECKING:
    from refcnn.grading.cases import Setup
    from refcnn.grading.course import ClassOptions, Upshot

AssignmentOption = Annotated[
    Path, typer.Option("--assignment", "-a", help="Directory of the assignment.")
]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, max=512, help="Processes; as many as there are cores.")
]
DaskOption = Annotated[
    str, typer.Option(help="A dask.distributed scheduler, whose workers grade: tcp://HOST:PORT.")
]
CanvasOption = Annotated[
    Path | None, typer.Option(help="CSV exported by Canvas, to be filled into OUT/canvas.csv.")
]
CanvasColumnOption = Annotated[str | None, typer.Option(help="The column of it that is filled.")]
MoodleOption = Annotated[
    Path | None, typer.Option(help="Grading worksheet of Moodle, filled into OUT/moodle.csv.")
]
MinutesOption = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        help="Time for the class: who is not graded then has no score, and the same command "
        "goes on. Slow work comes last.",
    ),
]


def grade(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="A .py or .ipynb file, a folder of them or of folders, or a zip."),
    ] = None,
    *,
    assignment: AssignmentOption,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where pages, gradebooks and results go.")
    ] = Path("graded"),
    workers: WorkersOption = None,
    dask: DaskOption = "",
    trust: Annotated[
        bool, typer.Option("--trust", help="Run submissions without isolation; reports say so.")
    ] = False,
    canvas: CanvasOption = None,
    canvas_column: CanvasColumnOption = None,
    moodle: MoodleOption = None,
    minutes: MinutesOption = None,
    one: Annotated[
        bool, typer.Option("--one", help="PATH is one submission, also if it is a folder.")
    ] = False,
    gradescope: Annotated[
        Path | None,
        typer.Option(help="Grade one submission and write this results.json; nothing else."),
    ] = None,
    commit: Annotated[
        bool,
        typer.Option("--commit", help="Print the SHA-256 of the private seed, to be published."),
    ] = False,
) -> None:
    """Grade submissions: safely, with the same private cases for everybody, and explained.

    OUT gets a page for each student, class.html for the teacher, grades.csv and other
    gradebooks. What has been graded is not graded again: after any end, the same
    command goes on. Exit status: 0 everybody has a score, 2 somebody has none.
    """
    from refcnn.grading.course import ClassOptions

    if commit:
        _commit(assignment)
        return
    if not paths:
        raise UsageError("name what is to be graded: files, folders or a zip")
    options = ClassOptions(
        assignment=assignment,
        out=out,
        workers=workers or len(os.sched_getaffinity(0)),
        dask=dask,
        trusted=trust,
        canvas=canvas,
        canvas_column=canvas_column,
        moodle=moodle,
        minutes=minutes or inf,
    )
    if gradescope is not None or one:
        _grade_one(paths, options, gradescope)
        return
    _show(_graded(paths, options), options)


def regrade(
    out: Annotated[Path, typer.Argument(help="What `refcnn grade` wrote to.")],
    *,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show each changed score and why it has changed.")
    ] = False,
    workers: WorkersOption = None,
    dask: DaskOption = "",
    minutes: MinutesOption = None,
) -> None:
    """Grade the same again after a change: only what the change concerns is computed anew."""
    from refcnn.grading import course
    from refcnn.grading.assignment import AssignmentError
    from refcnn.grading.store import Store

    try:
        paths, options = course.remembered(out)
    except AssignmentError as error:
        raise UsageError(str(error)) from None
    many = workers or len(os.sched_getaffinity(0))
    options = replace(options, workers=many, dask=dask, minutes=minutes or inf)
    told = _graded(paths, options, again=True)
    with Store(out) as store:
        changes = [*store.changes()]
        for person, before, after in changes if diff else ():
            old, new = (f"{one.earned:g}" if one else "none" for one in (before, after))
            typer.echo(f"{person.id}: {old} -> {new}")
            for line in course.why(before, after):
                typer.echo(f"  {line}")
        store.end_regrade()
    moved = sum(
        not before or not after or before.earned != after.earned for _, before, after in changes
    )
    typer.echo(f"{moved} scores of {told.cohort.count} have changed")


def _commit(directory: Path) -> None:
    from refcnn.grading.assignment import AssignmentError
    from refcnn.grading.cases import commitment, secret

    try:
        typer.echo(commitment(secret(directory)))
    except AssignmentError as error:
        raise UsageError(str(error)) from None


def setup_of(directory: Path) -> "Setup":
    """The setup of an assignment, with a progress bar while its cases are made."""
    from refcnn.cli.screen import progress
    from refcnn.grading.assignment import AssignmentError, load
    from refcnn.grading.cases import Setup

    try:
        with progress() as bar:
            task = bar.add_task("private cases", total=len(load(directory).operators))
            return Setup.of(directory, lambda _: bar.advance(task))
    except AssignmentError as error:
        raise UsageError(str(error)) from None


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """End with one sentence and exit status 2 where grading cannot go on."""
    from refcnn.grading.assignment import AssignmentError
    from refcnn.grading.course import UntrustedError
    from refcnn.grading.engines import EngineError
    from refcnn.grading.exports.csv_text import ExportError
    from refcnn.grading.store import StoreError
    from refcnn.grading.submissions import SubmissionError
    from refcnn.implementations.sandbox.nursery import SandboxError

    grading = (SubmissionError, AssignmentError, StoreError, ExportError)
    ours = (*grading, UntrustedError, EngineError, SandboxError)
    try:
        yield
    except ours as error:
        typer.echo(f"refcnn: {error}", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("refcnn: stopped; the same command goes on where it was", err=True)
        raise typer.Exit(2) from None


def _graded(paths: list[Path], options: "ClassOptions", *, again: bool = False) -> "Upshot":
    from refcnn.cli.screen import progress
    from refcnn.grading import course

    with in_one_sentence():
        setup = setup_of(options.assignment)
    with in_one_sentence(), progress(rate=True) as bar:
        task = bar.add_task("grading", total=None)
        return course.grade(
            setup,
            paths,
            options,
            regrade=again,
            begin=lambda total: bar.update(task, total=total),
            told=lambda: bar.advance(task),
        )


def _show(told: "Upshot", options: "ClassOptions") -> None:
    """The class in a table, and where the rest is."""
    from rich.console import Console
    from rich.text import Text

    from refcnn.grading.pages.terminal import show_class
    from refcnn.grading.report import State

    console = Console()
    show_class(console, sorted(told.cohort.rows, key=lambda row: row.id))
    for sentence in told.sentences:
        console.print(Text(sentence))
    console.print(Text(f"{told.cohort.count} graded; look at {options.out / 'class.html'}"))
    failed = told.cohort.states[State.GRADER_ERROR]
    if failed:
        console.print(
            Text(
                f"{failed} have no score: see why; then the same command tries them again",
                "bold red",
            )
        )
        raise typer.Exit(2)


def _grade_one(paths: list[Path], options: "ClassOptions", results: Path | None) -> None:
    """One submission, told on the terminal or to Gradescope."""
    from rich.console import Console

    from refcnn.grading import course
    from refcnn.grading.assignment import AssignmentError, load
    from refcnn.grading.exports import gradescope
    from refcnn.grading.grader import Grader
    from refcnn.grading.pages.terminal import show
    from refcnn.grading.report import Graded
    from refcnn.grading.submissions import collect

    if len(paths) != 1:
        raise UsageError("--one and --gradescope take one PATH")
    with in_one_sentence():
        if results is not None:
            try:
                gradescope.write(results, gradescope.pessimistic(load(options.assignment)))
            except AssignmentError as error:
                raise UsageError(str(error)) from None
        setup = setup_of(options.assignment)
        found = collect(
            paths,
            entry=setup.assignment.entry,
            most=setup.assignment.limits.bytes_of_source,
            one=True,
        )
        submission = next(iter(found))
        with course.sandbox(setup, trusted=options.trusted) as zygote:
            report = Grader(setup, zygote).grade(submission)
        if results is not None:
            gradescope.write(results, gradescope.results(report))
        show(Console(), Graded(person=submission.person, report=report))
