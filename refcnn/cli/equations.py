"""What implementations compute, read out of them: parts of `explain`, and `prove`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from refcnn.cli.common import UsageError, names_in, writable
from refcnn.implementations.process import ProcessIUT


@contextmanager
def _started(
    what: str, like: str | None, statement: Path | None, timeout: float
) -> Iterator[ProcessIUT]:
    """An implementation in a process of its own; exit status 2 if that cannot be."""
    from refcnn.implementations import targets as doors
    from refcnn.implementations.process import Allowance, CouldNotStart

    try:
        stated = doors.stated(like, statement)
        with doors.python(what, stated, Allowance(seconds=timeout)) as iut:
            yield iut
    except ValueError as error:
        raise UsageError(str(error)) from None
    except CouldNotStart as error:
        typer.echo(f"refcnn: {what} could not be read: {error}", err=True)
        raise typer.Exit(2) from None


def show_equations(
    what: str,
    ops: str | None,
    like: str | None,
    statement: Path | None,
    timeout: float,
    *,
    html: Path | None,
) -> None:
    """Read the equations of an implementation and print them, or write them as a page."""
    from refcnn.diagnosis.identify.implementation import read_all, readable
    from refcnn.reports.equations import equations, other_layouts

    operators = names_in(ops, readable(), "--ops")
    writable(html, "--html")
    with _started(what, like, statement, timeout) as iut:
        found = read_all(iut, operators)
        if html is None:
            for line in equations(found, iut.statement):
                typer.echo(line)
            return
        from refcnn.implementations.files import write_whole
        from refcnn.reports.equations_page import explained

        page = explained(what, found, other_layouts(iut.statement)).page()
        write_whole(html, page)
    typer.echo(f"wrote {html}")


def prove_case(
    what: str, case: Path, like: str | None, statement: Path | None, timeout: float
) -> bool:
    """Read an operator at the shapes of a case, print what was read, and say if it is right."""
    from refcnn.diagnosis.identify.implementation import readable
    from refcnn.diagnosis.identify.proof import proofs
    from refcnn.reports.explain import load
    from refcnn.reports.proofs import lines

    try:
        asked, _ = load(case, None)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if asked.operator not in readable():
        raise UsageError(f"no way of reading {asked.operator} is known")
    holds = True
    with _started(what, like, statement, timeout) as iut:
        stated = iut.statement
        dialects = tuple(stated.of("dialects", asked.operator))
        one = replace(asked, dialects=dialects, algorithm=stated.algorithm)
        for proof in proofs(iut.run, one):
            holds &= proof.holds
            for line in lines(proof):
                typer.echo(line)
    return holds
