"""Which mutants fail which vectors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from refcnn.harness.python import PythonFunctions
from refcnn.suite.case import Case, Outcome, Refusal
from refcnn.suite.dialects import ruled
from refcnn.suite.judge import Verdict
from refcnn.suite.mutants import Mutant
from refcnn.suite.vectors import Vector, judge_vector


def asked(functions: PythonFunctions, case: Case) -> Outcome:
    """The answer of functions that follow the stated dialects, but for their own mistakes."""
    try:
        plain = ruled(case)
    except (ValueError, TypeError):  # illegal: no dialect has a say
        plain = case
    return Refusal("ValueError", "a dialect refuses it") if plain is None else functions.run(plain)


def fails(function: Callable[..., Any], vector: Vector) -> bool:
    """Whether an implementation of the vector's operator fails it."""
    return _fail(PythonFunctions({vector.operator: function}), vector)


def _fail(functions: PythonFunctions, vector: Vector) -> bool:
    return judge_vector(vector, partial(asked, functions)).verdict is Verdict.FAIL


class _Wrong:
    """A mutant that is asked vectors, each as if it were the first."""

    def __init__(self, mutant: Mutant) -> None:
        self.function = mutant.build()
        self.functions = PythonFunctions({mutant.operator: self.function})

    def fails(self, vector: Vector) -> bool:
        self.function.memory.clear()  # type: ignore[attr-defined]
        self.functions.forget()
        return _fail(self.functions, vector)


_known = cache(_Wrong)  # of single mistakes: to build one takes longer than to ask it


def killed(vector: Vector, mutants: Iterable[Mutant]) -> list[str]:
    """Names of the mutants of the vector's operator that fail it, each with no memory."""
    own = (m for m in mutants if m.operator == vector.operator)
    return [m.name for m in own if _known(m).fails(vector)]


def matrix(
    vectors: Mapping[str, Sequence[Vector]], mutants: Iterable[Mutant]
) -> dict[str, list[str]]:
    """By id of each mutant, the ids of the vectors that kill it."""
    return {m.id: killers(m, vectors[m.operator]) for m in mutants}


def killers(mutant: Mutant, vectors: Iterable[Vector]) -> list[str]:
    """Ids of the vectors that kill a mutant."""
    wrong = _Wrong(mutant)
    return [one.id for one in vectors if wrong.fails(one)]
