"""The catalogue of mistakes: small deliberately wrong implementations of every operator."""

from functools import cache
from itertools import combinations

from refcnn.suite.mutants import activations, common, conv2d, dense, pool2d
from refcnn.suite.mutants.mutant import Mutant, compose, in_steps, mutant

__all__ = ["Mutant", "compose", "in_steps", "mutant", "mutants", "pairs"]


@cache
def mutants() -> tuple[Mutant, ...]:
    """All single mistakes, operator by operator, in the order of the catalogue."""
    stems = (conv2d, pool2d, dense, activations, common)
    return tuple(found for stem in stems for found in stem.MUTANTS)


def pairs(operator: str) -> list[Mutant]:
    """Every two mistakes of an operator made at once."""
    own = [m for m in mutants() if m.operator == operator]
    return [compose(two) for two in combinations(own, 2)]
