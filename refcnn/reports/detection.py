"""Detection power on a terminal and as JSON."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

import refcnn
from refcnn.diagnosis.power import Power
from refcnn.diagnosis.select import KILLS
from refcnn.suite.mutants import Mutant
from refcnn.suite.vectors import Vector


def operators(power: Power) -> list[str]:
    """Those that there are mutants of, in order."""
    return list(dict.fromkeys(m.operator for m in power.mutants))


def show(
    power: Power, properties: Mapping[str, Sequence[str]], console: Console, *, each: bool
) -> None:
    """Print the summary, survivors by name, and on request every mutant."""
    if each:
        console.print(every_mutant(power, properties))
    console.print(summary(power, properties))
    for mutant in power.survivors():
        console.print(Text(f"survives: {mutant.id}: {mutant.sentence}", style="bold red"))
    for mutant in power.mutants:
        if properties.get(mutant.id) == []:
            console.print(Text(f"no property fails it: {mutant.id}", style="red"))
    for name, wronged in power.wronged.items():
        if wronged:
            text = f"false alarm: {name} is right, but fails {', '.join(wronged)}"
            console.print(Text(text, style="bold red"))
    console.print(conclusion(power))


def summary(power: Power, properties: Mapping[str, Sequence[str]]) -> Table:
    """A row for each operator."""
    table = Table(title="detection power", title_justify="left")
    table.add_column("operator")
    for column in ("mutants", "killed", f"by {KILLS} or more", "vectors", "numbers"):
        table.add_column(column, justify="right")
    if properties:
        table.add_column("by properties", justify="right")
    table.add_column("right alternatives", justify="right")
    for operator in operators(power):
        table.add_row(operator, *_row(power, properties, operator))
    if len(operators(power)) > 1:
        table.add_section()
        table.add_row("all", *_row(power, properties, ""))
    return table


def _row(power: Power, properties: Mapping[str, Sequence[str]], operator: str) -> list[str]:
    mutants = [m for m in power.mutants if operator in ("", m.operator)]
    sets = [vs for name, vs in power.vectors.items() if operator in ("", name)]
    chosen = [*chain.from_iterable(sets)]
    wronged = [w for name, w in power.wronged.items() if name.startswith(operator)]
    right = f"{wronged.count([])}/{len(wronged)}" if wronged else ""
    counts = [len(power.kills[m.id]) for m in mutants]
    numbers = sum(v.size for v in chosen)
    caught = [bool(properties.get(m.id)) for m in mutants]
    return [
        str(len(mutants)),
        str(sum(n > 0 for n in counts)),
        str(sum(n >= KILLS for n in counts)),
        str(len(chosen)),
        f"{numbers:,}",
        *([str(sum(caught))] if properties else []),
        right,
    ]


def as_markdown(power: Power) -> str:
    """The catalogue as a document."""
    killed = len(power.mutants) - len(power.survivors())
    out = [
        "# The catalogue of mistakes",
        "",
        f"{len(power.mutants)} small deliberately wrong implementations, {killed} of which fail",
        f"{KILLS} golden vectors or more. When an implementation fails, its answers are held",
        "against these mistakes, and against every two of them, to name what is wrong.",
        "Made by `refcnn mutants --markdown docs/mistakes.md`.",
    ]
    for operator in operators(power):
        own = [m for m in power.mutants if m.operator == operator]
        out += ["", f"## {operator}: {len(own)} mistakes", "", "| mistake | clause | vectors |"]
        out.append("| --- | --- | --: |")
        out += [f"| {m.sentence} | {m.clause} | {len(power.kills[m.id])} |" for m in own]
    return "\n".join(out) + "\n"


def every_mutant(power: Power, properties: Mapping[str, Sequence[str]]) -> Table:
    """A row for each mutant."""
    table = Table(title="the catalogue of mistakes", title_justify="left")
    for column in ("mutant", "clause", "mistake"):
        table.add_column(column)
    table.add_column("vectors", justify="right")
    if properties:
        table.add_column("properties", justify="right")
    for mutant in power.mutants:
        counts = [str(len(power.kills[mutant.id]))]
        counts += [str(len(properties.get(mutant.id, ())))] if properties else []
        table.add_row(mutant.id, mutant.clause, mutant.sentence, *counts)
    return table


def conclusion(power: Power) -> Text:
    """The kill rate, the false alarms and the cost, in one line."""
    killed = len(power.mutants) - len(power.survivors())
    wronged = sum(bool(w) for w in power.wronged.values())
    good = killed == len(power.mutants) and not wronged
    word = "of the vectors alone: " if power.mutants else ""
    rate = 100 * killed / max(1, len(power.mutants))
    return Text.assemble(
        (f"{killed} of {len(power.mutants)} mutants killed", "bold green" if good else "bold red"),
        f" ({rate:.1f} %, {word}{power.seconds:.2f} s of CPU); "
        f"{wronged} of {len(power.wronged)} right alternatives fail.",
    )


def to_json(power: Power, properties: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The kill matrix as data."""
    return {
        "suite": {"name": "refcnn", "version": refcnn.__version__},
        "seconds": round(power.seconds, 3),
        "killed": len(power.mutants) - len(power.survivors()),
        "mutants": [_entry(m, power, properties) for m in power.mutants],
        "vectors": {op: _ids(vs) for op, vs in power.vectors.items()},
        "alternatives": {name: {"fails": list(w)} for name, w in power.wronged.items()},
    }


def _ids(vectors: Sequence[Vector]) -> list[str]:
    return [one.id for one in vectors]


def _entry(mutant: Mutant, power: Power, properties: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "id": mutant.id,
        "operator": mutant.operator,
        "clause": mutant.clause,
        "sentence": mutant.sentence,
        "killed_by_vectors": list(power.kills[mutant.id]),
        **({"killed_by_properties": names} if (names := properties.get(mutant.id)) else {}),
    }
