"""What is read of each mistake of the catalogue, beside its own sentence.

Each is asked at the shapes of the golden vectors that notice it, as far as these are ordinary
questions that it answers with wrong numbers.

    python benchmarks/equations.py docs/equations_of_mistakes.md
"""

import argparse
from collections import defaultdict
from math import inf
from pathlib import Path

import numpy as np
from rich.progress import track

from refcnn.diagnosis.afresh import AskedMutant
from refcnn.diagnosis.identify.failing import deviation
from refcnn.diagnosis.identify.implementation import readable
from refcnn.diagnosis.identify.reading import Budget
from refcnn.diagnosis.observed import is_right
from refcnn.suite.case import Answer
from refcnn.suite.mutants import mutants
from refcnn.suite.vector_files import public

MOST_QUESTIONS = 4000
READ, WHY_NOT, NOTHING, OTHER = "read", "told why not", "nothing seen", "no wrong numbers"
HEAD = """# What is read of the mistakes of the catalogue

Made by `python benchmarks/equations.py docs/equations_of_mistakes.md`. Each mistake is asked at the
shapes of the golden vectors that notice it, as far as these are ordinary questions (no refusal, no
empty batch, no infinity, plain memory) that it answers with wrong numbers of the right dtype.

| what was seen | mistakes |
| --- | ---: |
"""
TABLES = {
    WHY_NOT: "## It has no equation of the kind that is looked for, and it is told why",
    NOTHING: "## Nothing else was seen at these shapes",
    READ: "## Another equation was read",
}


def is_ordinary(vector):
    asked = vector.question
    finite = all(t.size and np.isfinite(t).all() for t in asked.case.inputs.values())
    return finite and not (asked.rule or asked.law) and asked.case.memory == "plain"


def wrong_numbers(mutant, vectors):
    """The cases that a mistake answers with wrong numbers of the right dtype."""
    run = AskedMutant(mutant).alone
    for vector in vectors:
        case = vector.question.case
        outcome = run(case)
        if not isinstance(outcome, Answer) or outcome.faults or is_right(case, outcome):
            continue
        if all(array.dtype == case.dtype for array in outcome.outputs.values()):
            yield case


def read(mutant, vectors):
    """What was seen of a mistake, and the sentences about it."""
    own = [one for one in vectors if mutant.name in one.kills and is_ordinary(one)]
    cases = [*wrong_numbers(mutant, own)]
    if not cases:
        return OTHER, ()
    budget = Budget(MOST_QUESTIONS, inf)
    run = AskedMutant(mutant).alone
    found = deviation(run, (), cases, most=1, budget=budget, offered=lambda _: True)
    if found.equations:
        return READ, found.equations[0].differences
    return (WHY_NOT, (found.why_not,)) if found.why_not else (NOTHING, ())


def page(rows):
    """All of it as Markdown."""
    kinds = defaultdict(list)
    for mutant, kind, told in rows:
        kinds[kind].append((mutant, told))
    lines = [HEAD.rstrip("\n")]
    lines += [f"| {kind} | {len(kinds[kind])} |" for kind in (READ, WHY_NOT, NOTHING, OTHER)]
    for kind, heading in TABLES.items():
        lines += [
            "",
            heading,
            "",
            "| mistake | its sentence | what is told |",
            "| --- | --- | --- |",
        ]
        for mutant, told in kinds[kind]:
            said = ". ".join(told).replace("|", "\\|")
            lines.append(f"| `{mutant.id}` | {mutant.sentence} | {said} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("page", type=Path)
    chosen = parser.parse_args()
    vectors = public()
    every = [one for one in mutants() if one.operator in readable()]
    rows = [(one, *read(one, vectors[one.operator])) for one in track(every, "reading")]
    chosen.page.write_text(page(rows), "utf-8")


if __name__ == "__main__":
    main()
