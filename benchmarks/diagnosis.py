"""How often a mistake is named: every mutant, and pairs of them, as a file through the check.

Each is written to a Python file, run in a process of its own as any submission
is, and diagnosed from its answers alone. It counts as named if the diagnosis says
that mistake, or one that gives the same answers to all questions asked here.

    python benchmarks/diagnosis.py --pairs 300 --json diagnosis.json
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from refcnn.diagnosis.observed import same
from refcnn.harness.python import PythonFunctions
from refcnn.implementations.targets import python
from refcnn.run import Options, check
from refcnn.suite.data import stream
from refcnn.suite.generators import question
from refcnn.suite.mutants import compose, mutants, pairs

QUESTIONS = 400  # to tell two mistakes apart
FILE = """
STATEMENT = {{"dtypes": ["float32", "float64"]}}
from refcnn.suite.mutants import compose, mutants

names = {names!r}
parts = [m for m in mutants() if m.operator == {operator!r} and m.name in names]
{operator} = compose(parts).build()
"""


def equal(operator, ours, theirs):
    """Whether two sets of mistakes give the same answers to many questions."""
    one, two = (PythonFunctions({operator: compose(parts).build()}) for parts in (ours, theirs))
    return all(
        same(one.run(case), two.run(case))
        for index in range(QUESTIONS)
        for case in question(operator, 99, index).cases
    )


def diagnosed(job, profile):
    """(operator, names of the mistakes) -> what the check said of it."""
    operator, names = job
    parts = [m for m in mutants() if m.operator == operator and m.name in names]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "submission.py")
        path.write_text(FILE.format(operator=operator, names=names), "utf-8")
        with python(str(path)) as iut:
            summary = check(
                str(path), iut, Options(operators=(operator,), profile=profile, strict=True)
            )
    found = summary.diagnoses.get(operator)
    said = found.mistakes if found else ()
    if not summary.failed:
        verdict = "not detected"
    elif {m.name for m in said} == set(names):
        verdict = "named"
    elif said and equal(operator, parts, said):
        verdict = "an equal one named"
    elif {m.name for m in said} & set(names):
        verdict = "one of two named"
    elif said:
        verdict = "another named"
    else:
        verdict = "where it holds" if found and found.holds else "not named"
    evidence = (found.explained, found.failing) if found else (0, 0)
    return operator, names, verdict, [m.name for m in said], evidence


def jobs(operators, count):
    """All single mutants, and `count` pairs drawn from all there are."""
    singles = [(m.operator, (m.name,)) for m in mutants() if m.operator in operators]
    every = [(p.operator, p.name) for o in operators for p in pairs(o)]
    chosen = sorted({int(n) % len(every) for n in stream(7, count)})
    return singles, [(every[i][0], tuple(every[i][1].split("+"))) for i in chosen]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pairs", type=int, default=300, help="pairs of mistakes to try")
    parser.add_argument("--ops", help="only these operators, with commas")
    parser.add_argument("--profile", default="standard")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    operators = list(dict.fromkeys(m.operator for m in mutants()))
    if chosen.ops:
        operators = chosen.ops.split(",")
    rows, start = [], time.perf_counter()
    with ProcessPoolExecutor() as pool:
        for kind, work in zip(("singles", "pairs"), jobs(operators, chosen.pairs)):
            results = pool.map(partial(diagnosed, profile=chosen.profile), work)
            for found in track(results, kind, total=len(work)):
                rows.append((kind, *found))
                if chosen.json:
                    chosen.json.write_text(json.dumps(rows, indent=1), "utf-8")
    console = Console()
    table = Table(title="named mistakes", title_justify="left")
    verdicts = sorted({row[3] for row in rows})
    table.add_column("")
    for name in ("files", "right", *verdicts):
        table.add_column(name, justify="right")
    for kind in ("singles", "pairs"):
        for operator in (*operators, "all"):
            here = [r for r in rows if r[0] == kind and operator in (r[1], "all")]
            count = Counter(r[3] for r in here)
            right = count["named"] + count["an equal one named"]
            share = f"{100 * right / max(1, len(here)):.1f} %"
            row = (str(len(here)), share, *(str(count[v] or "") for v in verdicts))
            table.add_row(f"{kind}: {operator}", *row)
        table.add_section()
    console.print(table)
    for kind, operator, names, verdict, said, (explained, failing) in rows:
        if verdict not in ("named", "an equal one named"):
            told = "; ".join(said) or "nothing"
            console.print(
                f"{kind}: {operator}/{'+'.join(names)}: {verdict}: {told} ({explained}/{failing})"
            )
    console.print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
