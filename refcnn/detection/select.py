"""The choice of vectors: as few and as small as kill every mutant at least twice.

A greedy cover: of many generated questions take the one that meets the most of
what is still needed for its size, until nothing is needed; then leave out what
later ones made needless.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from refcnn.detection.kills import killed
from refcnn.spec.case import OPERATORS
from refcnn.spec.domains import DOMAINS, question
from refcnn.spec.lint import lint, why_weak
from refcnn.spec.mutants import mutants
from refcnn.spec.vectors import Vector, exact_answer, quick_answer, vector

KILLS = 2  # vectors that each mutant must fail
ROUNDS = 24  # questions tried of each domain
OVERHEAD = 12  # what a vector costs besides its numbers


class NotCoveredError(ValueError):
    """The generator made no vectors that would kill a mutant often enough."""


def candidates(operator: str, seed: int, rounds: int) -> list[Vector]:
    """Questions of an operator that prove something, each with the mutants that it kills."""
    found = []
    for index in range(rounds * len(DOMAINS[operator])):
        plain = vector(question(operator, seed, index), quick_answer)
        if not why_weak(plain) and (kills := killed(plain, mutants())):
            found.append(replace(plain, kills=tuple(kills)))
    return found


def needs(one: Vector) -> set[str]:
    """What a vector can meet: a kill of each mutant, and evidence of its clauses."""
    return {*one.kills, *one.question.clauses}


def select(found: Sequence[Vector], wanted: dict[str, int]) -> list[Vector]:
    """The cheapest vectors that meet each of `wanted` that often; raises NotCoveredError."""
    left, rest, chosen = Counter(wanted), list(found), list[Vector]()
    while +left:
        best = max(rest, key=lambda v: _worth(v, left), default=None)
        if best is None or not _worth(best, left):
            raise NotCoveredError(f"no vectors for {', '.join(sorted(+left))}")
        rest.remove(best)
        chosen.append(best)
        left.subtract(need for need in needs(best) if left[need] > 0)
    return _without_the_needless(chosen, wanted)


def _worth(one: Vector, left: Counter[str]) -> float:
    return sum(left[need] > 0 for need in needs(one)) / (OVERHEAD + one.size)


def _without_the_needless(chosen: Sequence[Vector], wanted: dict[str, int]) -> list[Vector]:
    """Leave out the largest first, as long as all needs stay met."""
    kept = sorted(chosen, key=lambda v: v.size)
    for one in reversed(kept[:]):
        met = Counter(need for v in kept if v is not one for need in needs(v))
        if all(met[need] >= number for need, number in wanted.items()):
            kept.remove(one)
    return sorted(kept, key=lambda v: int(v.question.id.split("/")[1]))


def build(
    seed: int,
    operators: Iterable[str] = OPERATORS,
    *,
    rounds: int = ROUNDS,
    done: Callable[[str], None] = lambda _: None,
) -> dict[str, list[Vector]]:
    """The vectors of a seed by operator, checked by both oracles; `done` is told each operator."""
    built = {}
    for operator in operators:
        wanted = {m.name: KILLS for m in mutants() if m.operator == operator}
        wanted |= {clause: 1 for domain in DOMAINS[operator] for clause in domain.clauses}
        chosen = select(candidates(operator, seed, rounds), wanted)
        built[operator] = [_admit(one) for one in chosen]
        if faults := lint(operator, built[operator]):
            raise NotCoveredError(f"{operator}: {'; '.join(faults)}")
        done(operator)
    return built


def _admit(one: Vector) -> Vector:
    """The same vector with its answers from exact arithmetic, once the oracles agree."""
    frozen = vector(one.question, exact_answer)
    return replace(frozen, kills=tuple(killed(frozen, mutants())))
