"""Which mutants fail which vectors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from refcnn.iut.python import PythonFunctions
from refcnn.spec.judge import Verdict
from refcnn.spec.mutants import Mutant
from refcnn.spec.vectors import Vector, judge_vector


def fails(function: Callable[..., Any], vector: Vector) -> bool:
    """Whether an implementation of the vector's operator fails it."""
    found = judge_vector(vector, PythonFunctions({vector.operator: function}).run)
    return found.verdict is Verdict.FAIL


def killed(vector: Vector, mutants: Iterable[Mutant]) -> list[str]:
    """Names of the mutants of the vector's operator that fail it, each built afresh."""
    own = (m for m in mutants if m.operator == vector.operator)
    return [m.name for m in own if fails(m.build(), vector)]


def matrix(
    vectors: Mapping[str, Sequence[Vector]], mutants: Iterable[Mutant]
) -> dict[str, list[str]]:
    """By id of each mutant, the ids of the vectors that kill it."""
    return {m.id: [v.id for v in vectors[m.operator] if fails(m.build(), v)] for m in mutants}
