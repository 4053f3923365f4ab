"""Which share of the catalogue's mistakes a suite notices: refcnn beside its peers.

`python benchmarks/detection_power.py --help`. All are run in one process on the same
mutants, so that figures and times compare. A peer is given the benefit of the doubt:
its cases are translated to refcnn's operators wherever that is possible, and a mutant
that shows only in what a peer has no words for (padding by numbers, in Keras) does
not count against it.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from peers.suite import Suite, Watch
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from refcnn.diagnosis.kills import killed
from refcnn.harness.python import PythonFunctions
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case
from refcnn.suite.clauses import clauses
from refcnn.suite.generators import maker, question
from refcnn.suite.judge import Expected, Verdict, compare, expect
from refcnn.suite.mutants import Mutant, mutants
from refcnn.suite.registry import OPERATORS
from refcnn.suite.sampling import counted
from refcnn.suite.vector_files import public
from refcnn.suite.vectors import Vector, vector

PEERS = {
    "onnx": ("peers.onnx_nodes", "OnnxTests", "onnx"),
    "onnx-nodes": ("peers.onnx_nodes", "OnnxNodeTests", "onnx"),
    # Older wheels of Keras hold no tests, and its NumPy backend needs jax.
    "keras": ("peers.keras_tests", "KerasTests", "'keras>=3.15.1' jax"),
}
REFCNN_CASES = 100  # for each operator
PROBES = 1000  # to find out whether a peer has words for what is wrong with a mutant


@dataclass
class Column:
    """What one suite did with the mutants."""

    name: str
    killed: set[str] = field(default_factory=set)
    judgeable: set[str] = field(default_factory=set)
    cases: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # CPU, one pass without a fault
    start_up: float = 0.0
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)


def about_numbers(mutant: Mutant) -> bool:
    """Whether a peer means to test such a thing: no refusals, purity, memory, dtypes, batches."""
    clause = clauses()[mutant.clause]
    return not clause.id.startswith("ANY-") and not clause.sentence.endswith("is refused.")


@cache
def _asked(operator: str, index: int) -> tuple[Case, Expected]:
    pick = counted(f"detection power of {operator}", index)
    case = maker(operator)(pick, EVERYTHING.features[operator])
    return case, expect(case)


def asked(operator: str, number: int) -> Iterator[tuple[Case, Expected]]:
    """Counted cases, with their answers."""
    return (_asked(operator, index) for index in range(number))


def failed(mutant: Mutant, cases: Iterable[tuple[Case, Expected]]) -> Iterator[Case]:
    """Those of the cases that a mutant gets wrong."""
    iut = PythonFunctions({mutant.operator: mutant.build()})
    for case, expected in cases:
        outcome = iut.run(case)
        if (
            not isinstance(outcome, Answer)
            or outcome.faults
            or compare(expected, outcome.array, case.dtype).verdict is Verdict.FAIL
        ):
            yield case


def unselected(operator: str) -> list[Vector]:
    """The first questions of another seed: nobody chose them for what they kill."""
    with np.errstate(all="ignore"):
        return [vector(question(operator, 1, i), expect) for i in range(REFCNN_CASES)]


# Refcnn's own columns. The vectors were chosen to kill this catalogue: 100 % by construction.
OWN: dict[str, Callable[[str], Sequence[Vector]]] = {
    "refcnn\nvectors": lambda operator: public()[operator],
    f"refcnn, {REFCNN_CASES}\nunselected": unselected,
}


def right(operator: str) -> Mutant:
    """No mistake at all."""
    return Mutant(operator, "right", "", "", {})


def refcnn_column(name: str, suspects: Sequence[Mutant], watch: Watch) -> Column:
    """Refcnn's own figures."""
    column = Column(name, judgeable={m.id for m in suspects})
    for operator in watch(OPERATORS, description="refcnn"):
        vectors = OWN[name](operator)
        started = time.process_time()
        if any(killed(v, [right(operator)]) for v in vectors):
            raise RuntimeError(f"refcnn fails {operator} without a fault")
        column.seconds[operator] = time.process_time() - started
        column.cases[operator] = len(vectors)
        column.killed |= {f"{operator}/{name}" for v in vectors for name in killed(v, suspects)}
    return column


def peer_column(suite: Suite, suspects: Sequence[Mutant], watch: Watch) -> Column:
    """A peer's figures."""
    label = f"{suite.name} {version(suite.name.partition('-')[0])}"
    column = Column(label, start_up=suite.start_up)
    column.cases = {op: len(tests) for op, tests in suite.tests.items()}
    column.left_out = {op: dict(counts) for op, counts in suite.left_out.items()}
    column.seconds = {op: suite.seconds(op) for op in OPERATORS}
    for mutant in watch(suspects, description=f"{suite.name}: mutants"):
        if suite.kills(mutant.operator, mutant.build()):
            column.killed.add(mutant.id)
        wrong = failed(mutant, asked(mutant.operator, PROBES))
        if mutant.id in column.killed or not about_numbers(mutant) or _has_words(suite, wrong):
            column.judgeable.add(mutant.id)
    return column


def _has_words(suite: Suite, wrong: Iterable[Case]) -> bool:
    """Whether any of the wrong cases, if there are any, can be put to a peer."""
    seen = False
    for case in wrong:
        seen = True
        if case.dtype == "float32" and suite.expresses(case):
            return True
    return not seen


def columns(names: Sequence[str], suspects: Sequence[Mutant], watch: Watch) -> Iterator[Column]:
    """Refcnn's figures, then those of the peers that are installed."""
    yield from (refcnn_column(name, suspects, watch) for name in OWN)
    for name in names:
        module, suite, packages = PEERS[name]
        try:
            peer: Suite = getattr(import_module(module), suite)(watch)
        except ModuleNotFoundError as error:
            print(f"{name} is skipped: there is no {error.name}; pip install {packages}")
        else:
            yield peer_column(peer, suspects, watch)


def table(found: Sequence[Column], suspects: Sequence[Mutant]) -> Table:
    """Killed of judged, operator by operator, and what it costs."""
    shown = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    shown.add_column("\n\nkilled / judged")
    for column in found:
        name = column.name if "\n" in column.name else f"{column.name}\n"
        shown.add_column(f"{name}\nnumbers", justify="right", no_wrap=True)
        shown.add_column("\n\nall", justify="right", no_wrap=True)
    for operator in (*OPERATORS, "total"):
        own = [m for m in suspects if operator in (m.operator, "total")]
        everything, numbers = {m.id for m in own}, {m.id for m in own if about_numbers(m)}
        pairs = [
            (len(judged & column.killed), len(judged))
            for column in found
            for judged in (numbers & column.judgeable, everything)
        ]
        cells = (f"{killed}/{of}" for killed, of in pairs)
        shown.add_row(operator, *cells, end_section=operator == OPERATORS[-1])
    shown.add_row("share", *(f"{killed / max(of, 1):.0%}" for killed, of in pairs))
    shown.add_section()
    shown.add_row("cases, CPU time")
    shown.add_section()
    for operator in (*OPERATORS, "total"):
        own = OPERATORS if operator == "total" else (operator,)
        costs = [
            (f"{sum(c.cases[op] for op in own)}", f"{sum(c.seconds[op] for op in own):.2f} s")
            for c in found
        ]
        shown.add_row(operator, *(cell for cost in costs for cell in cost))
    return shown


NOTES = """\
numbers: mutants that give wrong numbers or shapes, in forms that the suite has words for
all: every mutant, also those about refusals, purity, memory, dtypes and empty batches
cases: what can be put to these operators, and holds without a fault; CPU: for all of them"""


def as_json(column: Column, suspects: Sequence[Mutant]) -> dict[str, Any]:
    """One suite's figures, mutant by mutant."""

    def ids(operator: str, wanted: Callable[[str], bool]) -> list[str]:
        return [m.id for m in suspects if m.operator == operator and wanted(m.id)]

    return {
        op: {
            "cases": column.cases[op],
            "left_out": column.left_out.get(op, {}),
            "cpu_seconds": round(column.seconds[op], 3),
            "killed": ids(op, lambda i: i in column.killed),
            "survived": ids(op, lambda i: i in column.judgeable - column.killed),
            "no_words_for": ids(op, lambda i: i not in column.judgeable),
        }
        for op in OPERATORS
    }


def run(names: Sequence[str], suspects: Sequence[Mutant], path: Path | None) -> None:
    """Measure, print, and write down."""
    error = Console(stderr=True)
    watch = partial(track, console=error, disable=not error.is_terminal, transient=True)
    found = list(columns(names, suspects, watch))
    console = Console()
    if not console.is_terminal:
        console.width = 160  # a file is as wide as need be
    console.print(table(found, suspects))
    print(NOTES)
    for column in found[len(OWN) :]:
        print(f"{column.name} took {column.start_up:.0f} s more, to make its cases and sort them")
        for operator, reasons in column.left_out.items():
            if reasons:
                why = ", ".join(f"{reason} ({count})" for reason, count in reasons.items())
                print(f"{column.name} left out, {operator}: {why}")
    if path:
        report = {
            "numbers": [m.id for m in suspects if about_numbers(m)],
            "suites": {
                " ".join(column.name.split()): as_json(column, suspects) for column in found
            },
        }
        path.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--peers", default="onnx,keras", help=f"of {', '.join(PEERS)}; default: %(default)s"
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures here, too")
    arguments = parser.parse_args()
    names = [name for name in arguments.peers.split(",") if name]
    if unknown := set(names) - set(PEERS):
        parser.error(f"{min(unknown)} is not a peer; there are {', '.join(PEERS)}")
    run(names, mutants(), arguments.json)


if __name__ == "__main__":
    main()
