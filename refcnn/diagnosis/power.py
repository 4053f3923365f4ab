"""Detection power: how many mutants the vectors and the properties kill, and whom they wrong."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from refcnn.diagnosis.kills import fails, killers, matrix
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.trial import trial_of
from refcnn.suite.alternatives import Alternative
from refcnn.suite.mutants import Mutant, pairs
from refcnn.suite.registry import OPERATORS, record
from refcnn.suite.vectors import Vector, offered

REFERENCE = {operator: record(operator).reference for operator in OPERATORS}


@dataclass(frozen=True, slots=True, eq=False)
class Power:
    """The kill matrix of a set of vectors, and what it costs."""

    mutants: Sequence[Mutant]
    vectors: Mapping[str, Sequence[Vector]]  # by operator
    kills: Mapping[str, Sequence[str]]  # ids of vectors, by id of mutant
    wronged: Mapping[str, Sequence[str]]  # ids of vectors, by id of the right alternative they fail
    seconds: float  # of CPU, for the kills

    def survivors(self, least: int = 1) -> list[Mutant]:
        """Mutants that fewer than `least` vectors kill."""
        return [m for m in self.mutants if len(self.kills[m.id]) < least]


def measure(
    vectors: Mapping[str, Sequence[Vector]],
    wrong: Sequence[Mutant],
    right: Iterable[Alternative],
) -> Power:
    """Ask mutants and alternatives all vectors of their operator."""
    start = time.process_time()
    kills = matrix(vectors, wrong)
    seconds = time.process_time() - start
    wronged = {v.id: wrongly_failed(v, vectors[v.operator]) for v in right}
    return Power(wrong, vectors, kills, wronged, seconds)


def wrongly_failed(alternative: Alternative, vectors: Iterable[Vector]) -> list[str]:
    """Ids of the vectors that a right implementation fails, within what it offers."""
    functions = {alternative.operator: alternative.function}
    trial = trial_of(LocalIUT(functions, dtypes=(), algorithm=alternative.algorithm))
    asked = (offered(v, trial.offer.features[alternative.operator]) for v in vectors)
    return [v.id for v in asked if v and fails(alternative.function, v)]


def surviving_pairs(
    vectors: Mapping[str, Sequence[Vector]], operators: Iterable[str]
) -> tuple[int, list[Mutant]]:
    """How many pairs of mistakes there are, and those that no vector kills."""
    every = [pair for operator in operators for pair in pairs(operator)]
    alive = [pair for pair in every if not killers(pair, vectors[pair.operator])]
    return len(every), alive
