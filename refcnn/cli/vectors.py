"""The commands about vectors: build them; export questions and judge the responses."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refcnn.cli.common import UsageError, names_in, writable

if TYPE_CHECKING:
    from refcnn.implementations.exports import Vectors


app = typer.Typer(no_args_is_help=True, help="Golden vectors: build, export, judge.")


class Format(StrEnum):
    """How questions are written."""

    JSON = "json"
    ONNX = "onnx"


@app.command()
def build(
    directory: Annotated[Path, typer.Argument(help="Where to write the files.")],
    *,
    seed: Annotated[
        int, typer.Option(min=0, max=2**64 - 1, help="Any number; the public set has 0.")
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files of vectors.")] = False,
) -> None:
    """Choose a set of vectors that kills every mutant at least twice, and write it.

    The files follow from the seed and the version of the suite alone. With a seed
    of your own, the questions are ones that nobody has seen.
    """
    from refcnn.cli.measurements import run_build
    from refcnn.suite.vector_files import STEMS

    files = [directory / f"{stem}.json" for stem in STEMS]
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is not a directory")
    if not force and (there := [str(f) for f in files if f.exists()]):
        raise UsageError(f"{there[0]} exists; --force overwrites it")
    try:
        run_build(directory, seed)
    except ValueError as error:
        typer.echo(f"refcnn: no set of vectors could be chosen: {error}", err=True)
        raise typer.Exit(2) from None


@app.command()
def export(
    directory: Annotated[Path, typer.Argument(help="Where to write the prompts.")],
    *,
    seed: Annotated[
        int, typer.Option(min=0, max=2**64 - 1, help="Of which vectors; the public set has 0.")
    ] = 0,
    vectors: Annotated[
        Path | None, typer.Option(help="Directory of vectors, in place of a seed.")
    ] = None,
    ops: Annotated[str | None, typer.Option(help="Only these operators, with commas.")] = None,
    dtypes: Annotated[str | None, typer.Option(help="Only these dtypes, with commas.")] = None,
    attributes: Annotated[
        str | None,
        typer.Option(help="Arguments that it takes, too: dilation, groups."),
    ] = None,
    layout: Annotated[str | None, typer.Option(help="Axes of images: NHWC or NCHW.")] = None,
    kernel_layout: Annotated[
        str | None, typer.Option(help="Axes of kernels: HWIO, OIHW, OHWI or IOHW.")
    ] = None,
    dense_layout: Annotated[
        str | None, typer.Option(help="Axes of kernels that are matrices: IO or OI.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="json, or onnx: also as ONNX backend tests.")
    ] = Format.JSON,
    answers: Annotated[
        bool, typer.Option("--answers", help="Only ONNX backend tests, with their outputs.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an earlier export.")] = False,
) -> None:
    """Write questions without answers, for an implementation that cannot be run from here.

    Whoever has it writes responses beside them, on whatever device; `refcnn vectors
    judge` judges these. DIR/README.md says how, docs/offline.md says more.
    """
    from refcnn.implementations import exports
    from refcnn.suite.registry import OPERATORS, extensions
    from refcnn.suite.tensors import DTYPES

    given = {
        "operators": names_in(ops, OPERATORS, "--ops"),
        "dtypes": names_in(dtypes, DTYPES, "--dtypes"),
        "attributes": names_in(attributes, extensions(), "--attributes"),
        "layout": layout,
        "kernel_layout": kernel_layout,
        "dense_layout": dense_layout,
    }
    if vectors and seed:
        raise UsageError("--seed and --vectors: name one of them")
    if answers and form is not Format.ONNX:
        raise UsageError("--answers is for --format onnx alone: prompts have no answers")
    try:
        wanted = exports.Wanted(given, None if vectors else seed, str(form), answers, force)
        count = exports.export(directory, _vectors(seed, vectors), wanted)
    except ValueError as error:
        raise UsageError(str(error)) from None
    typer.echo(f"wrote {count} questions to {directory}")


@app.command()
def judge(
    directory: Annotated[Path, typer.Argument(help="Where prompts and responses are.")],
    *,
    vectors: Annotated[
        Path | None, typer.Option(help="Directory of vectors, if the prompts are of such.")
    ] = None,
    ops: Annotated[str | None, typer.Option(help="Only these operators, with commas.")] = None,
    clauses: Annotated[str | None, typer.Option(help="Only these clauses, with commas.")] = None,
    all_cards: Annotated[
        bool, typer.Option("--all-cards", help="Also of failures that follow from others.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the whole result to this file.")] = None,
) -> None:
    """Judge the responses to exported prompts, as `refcnn check` judges answers."""
    from refcnn.cli.progress import run_check, show
    from refcnn.cli.screen import write_json
    from refcnn.implementations import offline
    from refcnn.reports.json_report import to_json as as_json
    from refcnn.run import Options
    from refcnn.suite.clauses import clauses as all_clauses
    from refcnn.suite.registry import OPERATORS

    writable(json)
    options = Options(
        operators=names_in(ops, OPERATORS, "--ops"),
        clauses=names_in(clauses and clauses.upper(), tuple(all_clauses()), "--clauses"),
        profile="quick",
    )
    try:
        seed = offline.exported(directory).seed
        if seed is None and vectors is None:
            raise UsageError(f"{directory} asks vectors of your own: name them with --vectors")
        chosen = _vectors(seed or 0, vectors)
        iut = offline.load(directory, chosen)
    except ValueError as error:
        raise UsageError(str(error)) from None
    words = (*(() if vectors is None else ("--vectors", str(vectors))), str(directory))
    options = replace(options, vectors=chosen)
    summary = run_check(str(directory), iut, options, words, ("vectors", "judge"))
    asked = ((f.clause.id, f.worst.failure) for f in summary.roots())
    where = (f"{c} fails prompt {iut.name(failure.case)}" for c, failure in asked if failure)
    notes = (*summary.statement.notes, *where)
    summary = replace(summary, statement=replace(summary.statement, notes=notes))
    if json is not None:
        write_json(json, as_json(summary))
    show(summary, all_cards=all_cards)
    raise typer.Exit(summary.exit_status)


def _vectors(seed: int, directory: Path | None) -> "Vectors":
    """The vectors of a directory or of a seed; raises ValueError if there are none."""
    from refcnn.diagnosis.select import build
    from refcnn.suite.vector_files import load, public

    if directory is not None:
        return load(directory)
    return build(seed) if seed else public()
