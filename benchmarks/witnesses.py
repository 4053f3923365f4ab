"""A framework's gradients as a witness, on as many questions as are wanted.

    python benchmarks/witnesses.py jax [--cases 5000]

The suite's questions never repeat a shape, and JAX compiles for each one. Here every shape of
the public vectors is asked with fresh numbers again and again, whole ones (compared with ==)
and others (within the bound), in both dtypes. An answer that the judge calls wrong is told; a
refusal is not asked again.
"""

import argparse
from collections import Counter
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from rich.console import Console
from rich.progress import track

from refcnn.implementations.targets import python
from refcnn.suite import data
from refcnn.suite.judge import Verdict, judge
from refcnn.suite.registry import OPERATORS, record
from refcnn.suite.vector_files import public


def shapes(operators):
    """The questions of the public vectors about gradients that are to be answered."""
    vectors = [v for one in public().values() for v in one if v.operator in operators]
    cases = [case for vector in vectors for case in vector.question.cases]
    return [case for case in cases if case.memory == "plain" and not case.dialects]


def fresh(case, turn):
    """The same question with other numbers: whole ones and others in turn, in both dtypes."""
    dtype, whole = ("float32", "float64")[turn % 2], turn % 4 < 2
    inputs = {}
    for number, (name, tensor) in enumerate(case.inputs.items()):
        seed, shape = (turn << 16) + number, tensor.shape
        numbers = data.integers(seed, shape, -8, 8, dtype)
        inputs[name] = numbers if whole else data.floats(seed, shape, dtype)
    return replace(case, inputs=inputs, exact=whole, output="")


def main(framework, wanted):
    operators = [name for name in OPERATORS if record(name).gradient_of]
    counts, wrong, declined = Counter(), [], set()
    with python(framework) as iut:
        operators = [name for name in operators if name in iut.statement.operators]
        asked = cycle(enumerate(shapes(operators)))
        console = Console(stderr=True)
        for turn in track(range(10 * wanted), framework, console=console, transient=True):
            number, case = next(asked)
            if sum(counts.values()) >= wanted:
                break
            if number in declined:
                continue
            question = fresh(case, turn)
            judgement = judge(question, iut.run(question))
            if judgement.verdict is Verdict.NOT_IMPLEMENTED or "raised" in judgement.reason:
                declined.add(number)
                continue
            counts[case.operator, question.dtype, "whole" if question.exact else "any"] += 1
            if judgement.verdict is Verdict.FAIL:
                wrong.append((question, judgement.reason))
    for (operator, dtype, how), number in sorted(counts.items()):
        print(f"{operator:<22}{dtype:<9}{how:<7}{number:>6}")
    print(f"{sum(counts.values())} questions, {len(declined)} shapes declined, {len(wrong)} wrong")
    for question, reason in wrong[:20]:
        shown = {name: tensor.shape for name, tensor in question.inputs.items()}
        print(question.operator, question.dtype, shown, question.attributes, reason)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("framework", help="keras, tensorflow, torch, jax, or a file")
    parser.add_argument("--cases", type=int, default=5000)
    given = parser.parse_args()
    path = Path(given.framework)
    main(str(path) if path.exists() else given.framework, given.cases)
