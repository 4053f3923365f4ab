"""The command line. Commands parse, call and return an exit status; nothing else."""

import io
import sys
from _thread import interrupt_main
from pathlib import Path
from threading import Timer
from typing import Annotated

import typer

from refcnn.cli import assignment as cli_assignment
from refcnn.cli import graded as cli_graded
from refcnn.cli import grading as cli_grading
from refcnn.cli import vectors as cli_vectors
from refcnn.cli.common import ProfileName, UsageError, again, list_in, names_in, writable
from refcnn.implementations.files import write_whole

SOON = 0.05  # seconds

app = typer.Typer(
    name="refcnn",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Says whether a convolutional neural network is implemented correctly.",
    epilog="Exit status: 0 conforms, 1 does not conform, 2 could not be judged.",
)


app.add_typer(cli_vectors.app, name="vectors")
app.add_typer(cli_assignment.app, name="assignment")


@app.callback(invoke_without_command=True)
def version(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Says whether a convolutional neural network is implemented correctly."""
    if version:
        import refcnn

        typer.echo(f"refcnn {refcnn.__version__}")
        raise typer.Exit


@app.command()
def check(
    target: Annotated[
        str | None,
        typer.Argument(
            help="Python file, notebook, module, or a framework: keras, tensorflow, torch, jax, "
            "onnxruntime, scipy."
        ),
    ] = None,
    *,
    command: Annotated[
        str | None, typer.Option("--exec", help="Any program that speaks docs/protocol.md.")
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            help="Whose signatures it has: cs231n, deeplearning-ai, deep-learning-from-scratch, "
            "autograd or micrograd."
        ),
    ] = None,
    statement: Annotated[
        Path | None, typer.Option(help="TOML file with its statement: docs/statement.md.")
    ] = None,
    dialects: Annotated[
        str | None, typer.Option(help="Conventions that it follows, with commas.")
    ] = None,
    algorithm: Annotated[
        str | None, typer.Option(help="How sums are done: direct, fast or low-precision.")
    ] = None,
    levels: Annotated[
        str | None, typer.Option(help="Only clauses of these levels: core, robust, pure.")
    ] = None,
    ops: Annotated[str | None, typer.Option(help="Only these operators, with commas.")] = None,
    clauses: Annotated[str | None, typer.Option(help="Only these clauses, with commas.")] = None,
    dtypes: Annotated[
        str | None, typer.Option(help="Dtypes that must be offered (default: found out).")
    ] = None,
    profile: Annotated[
        ProfileName, typer.Option(help="How many cases to try.")
    ] = ProfileName.STANDARD,
    seed: Annotated[int | None, typer.Option(help="Try other cases than the usual ones.")] = None,
    vectors: Annotated[
        Path | None, typer.Option(help="Directory of vectors (default: the public ones).")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds for one case.")] = 5.0,
    memory: Annotated[int, typer.Option(min=16, help="Mebibytes for one case.")] = 4096,
    limits: Annotated[
        str | None,
        typer.Option(help="What it does not take: docs/statement.md#limits; with commas."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Remarks count: clauses of every level decide.")
    ] = False,
    all_cards: Annotated[
        bool, typer.Option("--all-cards", help="Also of failures that follow from others.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the whole result to this file.")] = None,
) -> None:
    """Check an implementation against every clause that it claims.

    Python code defines functions with these names and arguments (NHWC activations,
    HWIO kernels, NumPy arrays); those that it lacks are reported as not
    implemented:

      conv2d(x, kernel, bias=None, *, strides=1, padding="valid"),
             and dilation=1, groups=1 if it names them
      max_pool2d(x, pool_size, *, strides=None, padding="valid"), avg_pool2d likewise
      flatten(x), dense(x, kernel, bias=None), relu(x), softmax(x)

    and, of who has them, gradients: conv2d_backward(dy, x, kernel, bias=None, *,
    strides=1, padding="valid"), dense_backward, max_pool2d_backward, avg_pool2d_backward,
    relu_backward, softmax_backward, softmax_cross_entropy(x, labels) (docs/gradients.md).

    Other names, layouts and conventions are stated: by --like, in a dict STATEMENT
    in the file, or in a TOML file. Programs in other languages answer over --exec.
    """
    from refcnn.cli.progress import run_check, show
    from refcnn.cli.screen import write_json
    from refcnn.implementations import targets as doors
    from refcnn.implementations.process import Allowance, CouldNotStart
    from refcnn.reports.json_report import to_json as as_json
    from refcnn.run import Options
    from refcnn.suite.case import ALGORITHMS
    from refcnn.suite.clauses import LEVELS
    from refcnn.suite.clauses import clauses as all_clauses
    from refcnn.suite.dialects import known_dialects
    from refcnn.suite.registry import OPERATORS
    from refcnn.suite.tensors import DTYPES
    from refcnn.suite.vector_files import load

    if (target is None) == (command is None):
        raise UsageError("name what to check: a file, a framework, or a program with --exec")
    writable(json)
    given = {
        "dialects": names_in(dialects, tuple(known_dialects()), "--dialects"),
        "levels": names_in(levels, tuple(LEVELS), "--levels"),
        "limits": list_in(limits),
        "algorithm": "".join(names_in(algorithm, ALGORITHMS, "--algorithm")),
    }
    try:
        stated = doors.stated(like, statement, given)
        asked = None if vectors is None else load(vectors)
    except ValueError as error:
        raise UsageError(str(error)) from None
    options = Options(
        operators=names_in(ops, (*OPERATORS, "model"), "--ops"),
        clauses=names_in(clauses and clauses.upper(), tuple(all_clauses()), "--clauses"),
        dtypes=names_in(dtypes, DTYPES, "--dtypes"),
        profile=str(profile),
        seed=seed,
        vectors=asked,
        strict=strict,
    )
    named = {"--exec": command, "--like": like, "--statement": statement, "--dialects": dialects}
    named |= {
        "--algorithm": algorithm,
        "--levels": levels,
        "--limits": limits,
        "--vectors": vectors,
    }
    words = again(named, target)
    allowed = Allowance(seconds=timeout, mebibytes=memory)
    what = command or target or ""
    try:
        door = doors.command if command else doors.python
        with door(what, stated, allowed) as iut:
            summary = run_check(what, iut, options, words)
    except CouldNotStart as error:
        typer.echo(f"refcnn: {what} could not be judged: {error}", err=True)
        raise typer.Exit(2) from None
    if json is not None:
        write_json(json, as_json(summary))
    show(summary, all_cards=all_cards)
    raise typer.Exit(summary.exit_status)


@app.command()
def scoreboard(
    directory: Annotated[Path, typer.Argument(help="Where to write the pages.")],
    *,
    only: Annotated[
        str | None, typer.Option(help="Only these, with commas; files and modules count, too.")
    ] = None,
    profile: Annotated[
        ProfileName, typer.Option(help="How many cases to try.")
    ] = ProfileName.STANDARD,
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds for one case.")] = 20.0,
) -> None:
    """Check refcnn and every framework that is installed, and put the results side by side.

    Writes scoreboard.md, scoreboard.html and badges/*.svg. Exit status: 0 when every
    one of them was judged (whether it conforms or not), 2 when one could not be.
    """
    from refcnn.cli.measurements import run_scoreboard
    from refcnn.implementations.process import Allowance
    from refcnn.run import Options
    from refcnn.scoreboard import installed

    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is not a directory")
    targets = [name.strip() for name in (only or "").split(",") if name.strip()] or installed()
    options = Options(profile=str(profile))
    entries = run_scoreboard(targets, directory, options, Allowance(seconds=timeout))
    raise typer.Exit(2 if any(entry.why_not for entry in entries) else 0)


@app.command()
def explain(
    what: Annotated[
        str | None,
        typer.Argument(
            help="An implementation, as for check; or a JSON file: a case, or a report of check "
            "(default: the 4x4 example)."
        ),
    ] = None,
    *,
    ops: Annotated[
        str | None, typer.Option(help="Of an implementation, these operators, with commas.")
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="Whose signatures an implementation has: see check.")
    ] = None,
    statement: Annotated[
        Path | None, typer.Option(help="TOML file with its statement: docs/statement.md.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds for one case.")] = 5.0,
    clause: Annotated[str | None, typer.Option(help="Which failure of a report.")] = None,
    output: Annotated[
        str | None, typer.Option(help="Of several output tensors, this one, by its name.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Only this place of it, as 0,1,2,0.")] = None,
    most: Annotated[int, typer.Option(min=1, help="At most this many outputs.")] = 9,
    html: Annotated[
        Path | None, typer.Option(help="Of an implementation: write a page with pictures.")
    ] = None,
) -> None:
    """Show what an implementation computes, as an equation; or how outputs come about.

    Of an implementation, right or wrong, what its operators compute is read out by asking, and
    shown beside what is right: equations, windows of pools, the curve of relu, softmax's shares.

    Of a case: window, arithmetic and sum, step by step. Without a file the 2x2 kernel of the
    worked example slides over its 4x4 input. A case is {"operator", "attributes", "inputs"}, as
    in the reports of `refcnn check --json`.
    """
    from refcnn.reports.explain import lines, load, looking_at

    if what is not None and not what.endswith(".json"):
        if clause or output or at:
            raise UsageError("--clause, --output and --at are about a case, not an implementation")
        from refcnn.cli.equations import show_equations

        show_equations(what, ops, like, statement, timeout, html=html)
        return
    if html:
        raise UsageError("--html is about an implementation, not a case")
    try:
        asked, stated = load(None if what is None else Path(what), clause)
        for line in lines(looking_at(asked, output), stated, at, most):
            typer.echo(line)
    except ValueError as error:
        raise UsageError(str(error)) from None


@app.command()
def prove(
    target: Annotated[str, typer.Argument(help="An implementation, as for check.")],
    *,
    case: Annotated[
        Path,
        typer.Option(help="JSON file: a case, or a report of check, whose first failure it is."),
    ],
    like: Annotated[str | None, typer.Option(help="Whose signatures it has: see check.")] = None,
    statement: Annotated[
        Path | None, typer.Option(help="TOML file with its statement: docs/statement.md.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds for one case.")] = 5.0,
) -> None:
    """Read whether an operator is right for all numbers in the shapes of a case.

    What it computes is read out by asking (docs/equations.md). If all that it reads, all that it
    multiplies it by and all that it adds are as they should be, and nothing contradicts that it
    is linear, it is right in these shapes, up to rounding, and not for what was tried alone.

    Exit status: 0 right, 1 something else was read, or nothing could be, 2 could not be asked.
    """
    from refcnn.cli.equations import prove_case

    raise typer.Exit(0 if prove_case(target, case, like, statement, timeout) else 1)


@app.command()
def spec(
    *,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the specification to this file.")
    ] = None,
    schemas: Annotated[
        Path | None,
        typer.Option(help="Write the JSON Schemas of protocol and vectors to this directory."),
    ] = None,
) -> None:
    """Print every clause: id, level, sentence, formula, source, and its tests."""
    from refcnn.harness import schema as of_protocol
    from refcnn.reports.specification import as_markdown, show
    from refcnn.suite import vector_files
    from refcnn.suite.case_schemas import as_text

    texts = {markdown: as_markdown} if markdown else {}
    if schemas:
        texts[schemas / "protocol.json"] = lambda: as_text(of_protocol.schema())
        texts[schemas / "vectors.json"] = lambda: as_text(vector_files.schema())
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text())
        typer.echo(f"wrote {path}")
    if not texts:
        show()


@app.command()
def mutants(
    *,
    ops: Annotated[str | None, typer.Option(help="Only these operators, with commas.")] = None,
    vectors: Annotated[
        Path | None, typer.Option(help="Directory of vectors (default: the public ones).")
    ] = None,
    each: Annotated[bool, typer.Option("--list", help="Also show every mutant.")] = False,
    properties: Annotated[
        bool, typer.Option("--properties", help="Also the properties: takes minutes.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the kill matrix to this file.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the catalogue to this file.")] = None,
) -> None:
    """Measure how many known mistakes the suite detects, and whom it wrongs.

    Every mutant (a small deliberately wrong implementation) and every alternative (a
    right one by another route) is asked the golden vectors. Exit status: 0, or 1
    if a mutant survives or an alternative fails.
    """
    from refcnn.cli.measurements import run_mutants
    from refcnn.cli.screen import write_json
    from refcnn.reports.detection import as_markdown, to_json
    from refcnn.suite.registry import OPERATORS

    writable(json)
    writable(markdown, "--markdown")
    names = names_in(ops, OPERATORS, "--ops") or OPERATORS
    try:
        power, found = run_mutants(names, vectors, each=each, properties=properties)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if json is not None:
        write_json(json, to_json(power, found))
    if markdown is not None:
        write_whole(markdown, as_markdown(power))
    raise typer.Exit(1 if power.survivors() or any(power.wronged.values()) else 0)


for command in (cli_grading.grade, cli_grading.regrade, cli_graded.show, cli_graded.doctor):
    app.command()(command)


def _not_lost(swallowed: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more, soon, what ran on because Ctrl-C came in a callback of a library.

    Such a callback (of the garbage collector, in `__del__`) can raise nothing: Python would
    show a traceback, and go on.
    """
    if swallowed.exc_type is KeyboardInterrupt:
        Timer(SOON, interrupt_main).start()
    else:
        sys.__unraisablehook__(swallowed)


def main() -> None:
    """Entry point; a file that cannot be written is one sentence too."""
    sys.unraisablehook = _not_lost
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a screen that lacks a sign shows another
    try:
        app()
    except OSError as error:
        typer.echo(f"refcnn: {error.strerror}: {error.filename}", err=True)
        sys.exit(2)
