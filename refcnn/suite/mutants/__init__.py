"""The catalogue of mistakes: small deliberately wrong implementations of every operator."""

from functools import cache
from itertools import chain, combinations

from refcnn.suite.mutants import common
from refcnn.suite.mutants.mutant import Mutant, compose, in_steps, mutant
from refcnn.suite.registry import parts

__all__ = ["Mutant", "compose", "in_steps", "mutant", "mutants", "pairs"]


@cache
def mutants() -> tuple[Mutant, ...]:
    """All single mistakes, operator by operator, in the order of the catalogue."""
    return tuple(chain(*parts("mutants"), common.MUTANTS))


def pairs(operator: str) -> list[Mutant]:
    """Every two mistakes of an operator made at once."""
    own = [m for m in mutants() if m.operator == operator]
    return [compose(two) for two in combinations(own, 2)]
