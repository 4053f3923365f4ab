"""Which mutants fail which vectors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from refcnn.diagnosis.afresh import AskedMutant, single
from refcnn.harness.python import PythonFunctions
from refcnn.suite.case import Case, Outcome, Refusal
from refcnn.suite.dialects import ruled
from refcnn.suite.judge import Verdict
from refcnn.suite.mutants import Mutant
from refcnn.suite.vectors import Vector, judge_vector

Run = Callable[[Case], Outcome]


def asked(run: Run, case: Case) -> Outcome:
    """The answer of functions that follow the stated dialects, but for their own mistakes."""
    try:
        plain = ruled(case)
    except (ValueError, TypeError):  # illegal: no dialect has a say
        plain = case
    return Refusal("ValueError", "a dialect refuses it") if plain is None else run(plain)


def fails(function: Callable[..., Any], vector: Vector) -> bool:
    """Whether an implementation of the vector's operator fails it."""
    return _fail(PythonFunctions({vector.operator: function}).run, vector)


def _fail(run: Run, vector: Vector) -> bool:
    return judge_vector(vector, partial(asked, run)).verdict is Verdict.FAIL


def _kills(vector: Vector, wrong: AskedMutant) -> bool:
    """Whether a vector kills a mutant, which remembers nothing of other vectors."""
    wrong.forget()
    return _fail(wrong.run, vector)


def killed(vector: Vector, mutants: Iterable[Mutant]) -> list[str]:
    """Names of the mutants of the vector's operator that fail it."""
    own = (m for m in mutants if m.operator == vector.operator)
    return [m.name for m in own if _kills(vector, single(m))]


def matrix(
    vectors: Mapping[str, Sequence[Vector]], mutants: Iterable[Mutant]
) -> dict[str, list[str]]:
    """By id of each mutant, the ids of the vectors that kill it."""
    return {m.id: killers(m, vectors[m.operator]) for m in mutants}


def killers(mutant: Mutant, vectors: Iterable[Vector]) -> list[str]:
    """Ids of the vectors that kill a mutant."""
    wrong = AskedMutant(mutant)
    return [one.id for one in vectors if _kills(one, wrong)]
