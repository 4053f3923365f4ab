"""The choice of vectors: as few and as small as kill every mutant at least twice.

A greedy cover: of many generated questions take the one that meets the most of
what is still needed for its size, until nothing is needed; then leave out what
later ones made needless.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from refcnn.detection.kills import fails, killed
from refcnn.spec.case import OPERATORS
from refcnn.spec.clauses import clauses as known
from refcnn.spec.domains import DOMAINS, question
from refcnn.spec.judge import expect
from refcnn.spec.lint import lint, why_weak
from refcnn.spec.mutants import mutants
from refcnn.spec.offer import EVERYTHING
from refcnn.spec.tensors import DTYPES
from refcnn.spec.variants import Variant, variants
from refcnn.spec.vectors import Vector, exact_answer, offered, vector

KILLS = 2  # vectors that each mutant must fail
ROUNDS, MOST_ROUNDS = 12, 240  # questions tried of each domain, at first and at most
OVERHEAD = 12  # what a vector costs besides its numbers


class NotCoveredError(ValueError):
    """The generator made no vectors that would meet a need often enough."""


def needed(operator: str, kills: int = KILLS) -> dict[str, int]:
    """What vectors of an operator must do, and how often.

    Kill every mutant; fail every algorithm of the fast class that does not say so, once
    more than a mutant: the diagnosis tells no class of algorithms from two cases; be
    evidence of every clause, for implementations of either dtype.
    """
    wanted = {m.name: kills for m in mutants() if m.operator == operator}
    wanted |= {v.id: kills + 1 for v in _fast(operator)}
    clauses = {clause for domain in DOMAINS[operator] for clause in domain.clauses}
    return wanted | {f"{clause} in {dtype}": 1 for clause in sorted(clauses) for dtype in DTYPES}


def _fast(operator: str) -> list[Variant]:
    return [v for v in variants() if v.operator == operator and v.algorithm == "fast"]


def met(one: Vector, wanted: Collection[str]) -> set[str]:
    """Which of `wanted` a vector meets.

    What is about no clause of level `core` counts against mistakes in its own clauses
    alone: a mistake in the mathematics must be seen where nothing else is asked.
    """
    clauses = one.question.clauses
    own = [m for m in mutants() if m.operator == one.operator]
    if not any(known()[name].level == "core" for name in clauses):
        own = [m for m in own if m.clause in clauses]
    failed = killed(one, [m for m in own if m.name in wanted or m.clause in clauses])
    found = {name for name in failed if name in wanted}
    found |= {v.id for v in _fast(one.operator) if v.id in wanted and fails(v.function, one)}
    if not failed and not found:
        return set()  # that nothing fails is evidence of nothing
    forms = EVERYTHING.features[one.operator] - {*DTYPES}
    asked = [dtype for dtype in DTYPES if offered(one, forms | {dtype})]
    # Of a clause that has mutants of its own, only what fails one of them is evidence.
    noticed = {m.clause for m in own if m.name in failed}
    proven = [c for c in clauses if c in noticed or all(m.clause != c for m in own)]
    return found | {f"{clause} in {dtype}" for clause in proven for dtype in asked}


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A vector that could be chosen, and what it would be good for."""

    vector: Vector
    good_for: frozenset[str]

    def worth(self, left: Counter[str]) -> float:
        """Needs that it meets, for its size."""
        return sum(left[need] > 0 for need in self.good_for) / (OVERHEAD + self.vector.size)


def candidates(operator: str, seed: int, rounds: range, wanted: Collection[str]) -> list[Candidate]:
    """Questions of an operator that prove something, each with what it meets of `wanted`."""
    found, domains = [], len(DOMAINS[operator])
    for index in range(rounds.start * domains, rounds.stop * domains):
        with np.errstate(all="ignore"):  # infinities and NaN are among the data
            plain = vector(question(operator, seed, index), expect)
        if not why_weak(plain) and (good_for := met(plain, wanted)):
            found.append(Candidate(plain, frozenset(good_for)))
    return found


def enough(operator: str, seed: int, wanted: Mapping[str, int]) -> list[Candidate]:
    """Candidates until each need could be met; after the first rounds only for what is left."""
    found, left = list[Candidate](), Counter(wanted)
    for start in range(0, MOST_ROUNDS, ROUNDS):
        fresh = candidates(operator, seed, range(start, start + ROUNDS), +left)
        found += fresh
        left.subtract(need for one in fresh for need in one.good_for)
        if not +left:
            return found
    raise NotCoveredError(f"{operator}: no vectors for {', '.join(sorted(+left))}")


def select(found: Sequence[Candidate], wanted: Mapping[str, int]) -> list[Candidate]:
    """The cheapest candidates that meet each of `wanted` that often, in their order."""
    left, chosen = Counter(wanted), list[Candidate]()
    while +left:
        best = max((c for c in found if c not in chosen), key=lambda c: c.worth(left))
        chosen.append(best)
        left.subtract(need for need in best.good_for if left[need] > 0)
    for one in sorted(chosen, key=lambda c: -c.vector.size):
        others = Counter(need for c in chosen if c is not one for need in c.good_for)
        if all(others[need] >= number for need, number in wanted.items()):
            chosen.remove(one)
    return [c for c in found if c in chosen]


def build(
    seed: int,
    operators: Iterable[str] = OPERATORS,
    *,
    kills: int = KILLS,
    done: Callable[[str], None] = lambda _: None,
) -> dict[str, list[Vector]]:
    """The vectors of a seed by operator, checked by both oracles; `done` is told each operator."""
    built = {}
    for operator in operators:
        wanted = needed(operator, kills)
        chosen = select(enough(operator, seed, wanted), wanted)
        built[operator] = [_admit(one.vector) for one in chosen]
        if faults := lint(operator, built[operator]):
            raise NotCoveredError(f"{operator}: {'; '.join(faults)}")
        done(operator)
    return built


def unselected(operator: str, seed: int) -> list[Vector]:
    """One legal question of each domain that nobody has chosen, laws left out.

    Chosen ones are small and made for known mistakes. These notice more of those that
    nobody thought of: of mistakes withheld from the choice they find more than a second
    chosen vector for each of the others does.
    """
    first = MOST_ROUNDS * len(DOMAINS[operator])  # beyond what is chosen from
    asked = [question(operator, seed, first + i) for i in range(len(DOMAINS[operator]))]
    with np.errstate(all="ignore"):
        plain = [vector(one, expect) for one in asked if not one.rule and not one.law]
        return [_admit(one) for one in plain if not why_weak(one)]


def _admit(one: Vector) -> Vector:
    """The same vector with its answers from exact arithmetic, once the oracles agree."""
    frozen = vector(one.question, exact_answer)
    return replace(frozen, kills=tuple(killed(frozen, mutants())))
