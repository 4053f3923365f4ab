"""The choice of vectors: as few and as small as kill every mutant at least twice.

A greedy cover: of many generated questions take the one that meets the most of
what is still needed for its size, until nothing is needed; then leave out what
later ones made needless. All are drawn within the terms: where less is asked for than
the whole specification, what is needed is what questions within the terms can show.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from types import MappingProxyType

import numpy as np

from refcnn.diagnosis.kills import fails, killed
from refcnn.suite.alternatives import Alternative, alternatives
from refcnn.suite.clauses import EQUATIONS
from refcnn.suite.clauses import clauses as known
from refcnn.suite.generators import domains, indices, of_extension, out_of_reach
from refcnn.suite.judge import expectations
from refcnn.suite.mutants import Mutant, mutants
from refcnn.suite.quality import lint, why_weak
from refcnn.suite.registry import OPERATORS
from refcnn.suite.tensors import DTYPES
from refcnn.suite.terms import Terms, whole
from refcnn.suite.vectors import Vector, exact_answers, offered, vector

KILLS = 2  # vectors that each mutant must fail
AT_HOME = 2  # of them about its own clause, where points hang on them
ROUNDS, MOST_ROUNDS = 12, 240  # questions tried of each domain, at first and at most
FURTHER = 5  # times as many, for what is rare
SHOWN_ROUNDS = 36  # of each domain, in which it shows what the terms can show at all
OVERHEAD = 12  # what a vector costs besides its numbers


NO_HOPES: Mapping[str, int] = MappingProxyType({})


class NotCoveredError(ValueError):
    """The generator made no vectors that would meet a need often enough."""


def at_home(mutant: Mutant) -> str:
    """The need for a mistake to be seen where it belongs, by a vector about its own clause."""
    return f"{mutant.name} in {mutant.clause}"


def hoped(terms: Terms) -> dict[str, int]:
    """What vectors of an operator should do, if points hang on them: see each mistake at home.

    Not all can: some clauses are laws, of which a mistake elsewhere breaks none.
    """
    return {at_home(m): AT_HOME for m in mutants() if m.operator == terms.operator}


def needed(terms: Terms, kills: int = KILLS, proofs: int = 1) -> dict[str, int]:
    """What vectors of an operator must do, and how often.

    Kill every mutant; fail every algorithm of the fast class that does not say so, once
    more than a mutant: the diagnosis tells no class of algorithms from two cases; be
    evidence of every clause, for implementations of either dtype, `proofs` times.
    """
    operator = terms.operator
    beyond = out_of_reach(operator, terms.features)
    own = (m for m in mutants() if m.operator == operator and m.clause not in beyond)
    wanted = {m.name: kills for m in own}
    wanted |= {v.id: kills + 1 for v in _fast(operator)}
    clauses = {clause for domain in domains(operator) for clause in domain.clauses} - beyond
    each = (f"{clause} in {dtype}" for clause in sorted(clauses) for dtype in terms.dtypes)
    return wanted | dict.fromkeys(each, proofs)


def _fast(operator: str) -> list[Alternative]:
    return [v for v in alternatives() if v.operator == operator and v.algorithm == "fast"]


def met(one: Vector, wanted: Collection[str], terms: Terms) -> set[str]:
    """Which of `wanted` a vector meets, as it is asked within the terms."""
    clauses = one.question.clauses
    own = _that_count(one)
    failed = killed(one, [m for m in own if m.name in wanted or m.clause in clauses])
    here = [at_home(m) for m in own if m.name in failed and m.clause in clauses]
    found = {name for name in (*failed, *here, *_failed_by_fast(one, wanted)) if name in wanted}
    if not failed and not found:
        return set()  # that nothing fails is evidence of nothing
    return found | _proven(one, terms, [m for m in own if m.name in failed], own)


def _that_count(one: Vector) -> list[Mutant]:
    """The mistakes that a vector is held against.

    What is about no clause of an equation counts against mistakes in its own clauses
    alone: a mistake in the mathematics must be seen where nothing else is asked. What is
    about an extension counts against those in the clauses about it.
    """
    clauses, further = one.question.clauses, of_extension(one.question)
    own = [m for m in mutants() if m.operator == one.operator]
    if further:
        own = [m for m in own if m.clause in further]
    if any(known()[name].level in EQUATIONS for name in clauses):
        return own
    return [m for m in own if m.clause in clauses]


def _failed_by_fast(one: Vector, wanted: Collection[str]) -> list[str]:
    """The fast algorithms among `wanted` that fail a vector: about what all of them have."""
    if of_extension(one.question):
        return []
    asked = [v for v in _fast(one.operator) if v.id in wanted]
    return [v.id for v in asked if fails(v.function, one)]


def _proven(one: Vector, terms: Terms, failed: Sequence[Mutant], own: Sequence[Mutant]) -> set[str]:
    """The clauses that a vector is evidence of, in each dtype in which it is asked.

    Of a clause that has mutants of its own, only what fails one of them is evidence.
    """
    noticed = {m.clause for m in failed}
    with_mutants = {m.clause for m in own}
    proven = [c for c in one.question.clauses if c in noticed or c not in with_mutants]
    forms = terms.features - {*DTYPES}
    asked = [dtype for dtype in terms.dtypes if offered(one, forms | {dtype})]
    return {f"{clause} in {dtype}" for clause, dtype in product(proven, asked)}


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A vector that could be chosen, and what it would be good for."""

    vector: Vector
    good_for: frozenset[str]

    def worth(self, left: Counter[str]) -> float:
        """Needs that it meets, for its size."""
        return sum(left[need] > 0 for need in self.good_for) / (OVERHEAD + self.vector.size)


def candidates(terms: Terms, seed: int, rounds: range, wanted: Collection[str]) -> list[Candidate]:
    """Questions within the terms that prove something, each with what it meets of `wanted`."""
    found = []
    for index in indices(terms.operator, rounds):
        plain = drawn(terms, seed, index)
        asked = terms.ask(plain) if plain else None
        if plain and asked and (good_for := met(asked, wanted, terms)):
            found.append(Candidate(plain, frozenset(good_for)))
    return found


def drawn(terms: Terms, seed: int, index: int) -> Vector | None:
    """Question `index` of a seed as a vector; None if there is none, or it proves nothing."""
    asked = terms.draw(seed, index)
    if asked is None:
        return None
    with np.errstate(all="ignore"):  # infinities and NaN are among the data
        plain = vector(asked, expectations)
    return None if why_weak(plain) else plain


def shown(terms: Terms, seed: int) -> frozenset[str]:
    """The needs that questions within the terms meet at all, in as many rounds as are tried."""
    wanted = needed(terms, 1)
    found = set[str]()
    for start in range(0, SHOWN_ROUNDS, ROUNDS):
        left = wanted.keys() - found
        fresh = candidates(terms, seed, range(start, start + ROUNDS), left) if left else []
        found.update(chain.from_iterable(one.good_for for one in fresh))
    return frozenset(found)


def enough(
    terms: Terms, seed: int, wanted: Mapping[str, int], hopes: Collection[str] = ()
) -> list[Candidate]:
    """Candidates until each need could be met; after the first rounds only for what is left.

    What questions within the terms can show is drawn in the end, whatever the seed. What is
    only hoped for is looked for in the first rounds.
    """
    found, left = list[Candidate](), Counter(wanted)
    for start in range(0, FURTHER * MOST_ROUNDS, ROUNDS):
        asked = {*+left, *(hopes if start == 0 else ())}
        fresh = candidates(terms, seed, range(start, start + ROUNDS), asked)
        found += fresh
        left.subtract(need for one in fresh for need in one.good_for)
        if not +left:
            return found
    raise NotCoveredError(f"{terms.operator}: no vectors for {', '.join(sorted(+left))}")


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
    done: Callable[[str], None] = lambda _: None,
) -> dict[str, list[Vector]]:
    """The vectors of a seed by operator, checked by both oracles; `done` is told each operator."""
    built = {}
    for operator in operators:
        terms = whole(operator)
        built[operator] = chosen(terms, seed, needed(terms))
        if faults := lint(operator, built[operator]):
            raise NotCoveredError(f"{operator}: {'; '.join(faults)}")
        done(operator)
    return built


def chosen(
    terms: Terms, seed: int, wanted: Mapping[str, int], hopes: Mapping[str, int] = NO_HOPES
) -> list[Vector]:
    """The vectors within the terms that meet each of `wanted` that often, and what is hoped for.

    Of `hopes` as much is met as the first rounds can.
    """
    found = enough(terms, seed, wanted, hopes)
    times = Counter(need for one in found for need in one.good_for)
    can = {need: min(number, times[need]) for need, number in hopes.items()}
    own = select(found, {**wanted, **can})
    return [admitted(one.vector, terms) for one in own]


def unmet(terms: Terms, wanted: Mapping[str, int], vectors: Iterable[Vector]) -> dict[str, int]:
    """What is left of the needs, and how often, beside some vectors."""
    left = Counter(wanted)
    for asked in filter(None, map(terms.ask, vectors)):
        left.subtract(met(asked, +left, terms))
    return dict(+left)


def admitted(one: Vector, terms: Terms) -> Vector:
    """The same vector with its answers from exact arithmetic, once the oracles agree."""
    frozen = vector(one.question, exact_answers)
    asked = terms.ask(frozen)
    return replace(frozen, kills=tuple(killed(asked, mutants())) if asked else ())
