"""Vectors that nobody chose for a known mistake: of every kind, and one thing changed at a time.

A kind is two things that are true of one case, or not true, in the words of the predicates:
"there is padding", and not "the window has more than one cell"; of the main ones three.
Shortcuts are wrong where two or three such things meet. Caches are wrong where a question
differs from the one before it in one argument alone.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations

import numpy as np

from refcnn.detection.nearby import nearby
from refcnn.detection.observed import is_legal
from refcnn.detection.select import MOST_ROUNDS, admitted, drawn
from refcnn.spec.case import Case
from refcnn.spec.dialects import WINDOWED
from refcnn.spec.domains import DOMAINS
from refcnn.spec.judge import expect
from refcnn.spec.offer import WHOLE
from refcnn.spec.predicates import PREDICATES, true_of
from refcnn.spec.tensors import Array
from refcnn.spec.terms import Terms
from refcnn.spec.vectors import Vector
from refcnn.spec.windows import lay_out

ROUNDS = 24  # of each domain, among which the kinds are found
MORE_ROUNDS = 48  # among which any two of the main things are
OFTEN = 3  # a kind that is met less often is left to chance
CHAINS = 2  # questions after which one argument is changed at a time
BIAS = "the bias is not 0"  # where a call cannot leave it out, 0 is none
MAIN = (  # of which any three meet: what shortcuts ask for
    BIAS,
    "a stride is above 1",
    "there is padding",
    "the window has more than one cell",
    "the window is square",
    "the input is not square",
    "there is more than one example",
    "there is more than one channel",
    "there is more than one filter",
    "a window lies in padding alone",
)
KNOWN = tuple(sorted({*PREDICATES, BIAS}))

Kind = tuple[str, ...]


def of_every_kind(terms: Terms, seed: int) -> list[Vector]:
    """Legal vectors within the terms, not chosen for any mistake: of each kind some.

    Chosen ones are small and made for known mistakes. These are for those that nobody
    thought of: shortcuts that forget what they were not meant for, caches, rare sizes.
    """
    usual = [*_legal(terms, seed, range(ROUNDS))]
    more = [*_legal(terms, seed, range(ROUNDS, MORE_ROUNDS))]
    kinds = [_kinds(one.question.case) for one in usual]
    kinds += [_main_pairs(one.question.case) for one in more]
    found = usual + more
    plain = [admitted(found[n], terms) for n in sorted(_covering(kinds))]
    return [*plain, *_chains(terms, usual)]


def _covering(kinds: Sequence[frozenset[Kind]]) -> list[int]:
    """The places of cases among which each kind is that is met often: always the one with most.

    Any two of the main things are, however seldom they meet.
    """
    times = Counter(chain.from_iterable(kinds))
    known = [kind for kind in times if times[kind] >= OFTEN or _is_of_main_ones(kind)]
    places = {kind: n for n, kind in enumerate(known)}
    met = np.zeros((len(kinds), len(places)), np.float32)
    for row, own in zip(met, kinds):
        row[[places[kind] for kind in own if kind in places]] = 1
    left, taken = np.ones(len(places), np.float32), list[int]()
    while left.any():
        taken.append(int(np.argmax(met @ left)))
        left[met[taken[-1]] > 0] = 0
    return taken


def _is_of_main_ones(kind: Kind) -> bool:
    return len(kind) == 2 and all(name.removeprefix("not ") in MAIN for name in kind)


def _legal(terms: Terms, seed: int, rounds: range) -> Iterator[Vector]:
    """Legal questions beyond those that are chosen from, laws left out.

    So are sums of numbers of all sizes: what a mistake changes in them may be hardly more than
    rounding, so that nobody could say that it is the same mistake.
    """
    many = len(DOMAINS[terms.operator])
    first, last = (MOST_ROUNDS + turn for turn in (rounds.start, rounds.stop))
    for index in range(first * many, last * many):
        one = drawn(terms, seed, index)
        if one is None or one.question.rule or one.question.law:
            continue
        if one.question.case.family != "spread" and terms.ask(one):
            yield one


def _kinds(case: Case) -> frozenset[Kind]:
    """Any two things that are true of a case or not, and any three of the main ones."""
    every, main = _told(case)
    return frozenset(chain(combinations(every, 2), combinations(main, 3)))


def _main_pairs(case: Case) -> frozenset[Kind]:
    """Any two of the main things that are true of a case or not."""
    return frozenset(combinations(_told(case)[1], 2))


def _told(case: Case) -> tuple[list[str], list[str]]:
    """What is true of a case, and of what is not "not ...": of everything, and the main things."""
    true = true_of(case)
    if case.inputs.get("bias", np.zeros(1)).any():
        true |= {BIAS}
    told = {name: name if name in true else f"not {name}" for name in KNOWN}
    return [*told.values()], [said for name, said in told.items() if name in MAIN]


def _chains(terms: Terms, found: Sequence[Vector]) -> list[Vector]:
    """Vectors of several cases, each of which differs from the first one in one argument.

    As many as it takes until each change that can be made has changed an answer; the first
    are those that tell most.
    """
    usual = [one for one in found if WHOLE[terms.operator] in one.question.clauses]
    chains, shown = list[Vector](), set[str]()
    for one in sorted(usual, key=lambda one: _telling(terms, one.question.case), reverse=True):
        changes = _telling_changes(terms, one.question.case)
        if (len(chains) < CHAINS or changes - shown) and (made := chained(terms, one)):
            chains.append(admitted(made, terms))
            shown |= changes
    return chains


def _telling(terms: Terms, case: Case) -> tuple[bool, bool, int, bool]:
    """How much a chain can tell: by its numbers, its changes, and whether height is not width.

    Where sums round, what a mistake changes can be too little to be told from rounding.
    """
    window = lay_out(case).window if case.operator in WINDOWED else (0, 0)
    varied = all(map(_is_varied, case.inputs.values()))
    return varied, case.exact, len(_telling_changes(terms, case)), window[0] != window[1]


def _telling_changes(terms: Terms, case: Case) -> set[str]:
    """The changes after which the answer is another: else who forgets it is right."""
    with np.errstate(all="ignore"):
        before = expect(case).hi
        answers = {name: expect(near).hi for name, near in _neighbours(terms, case).items()}
    return {name for name, after in answers.items() if not np.array_equal(before, after)}


def _is_varied(tensor: Array) -> bool:
    """Whether there are several numbers, few of them 0: else much gives the same answer."""
    several = np.unique(tensor).size >= min(3, tensor.size)
    nonzero = 2 * np.count_nonzero(tensor) > tensor.size
    return bool(several and nonzero and np.isfinite(tensor).all())


def _neighbours(terms: Terms, case: Case) -> dict[str, Case]:
    """By what is changed: the legal cases within the terms that differ in a single argument."""
    legal = ((name, near) for name, near in nearby(case) if is_legal(near))
    return {name: near for name, near in legal if terms.has(near) and terms.inside(near)}


def chained(terms: Terms, one: Vector) -> Vector | None:
    """A vector, then the same with one argument changed at a time, then the same again."""
    case = one.question.case
    others = _neighbours(terms, case).values()
    question = replace(one.question, then=(*others, case))
    with np.errstate(all="ignore"):
        answers = tuple(expect(near) for near in question.cases)
    whole = replace(one, question=question, answers=answers)
    return whole if others and terms.ask(whole) else None
