"""Vectors that nobody chose for a known mistake: of every kind, and one thing changed at a time.

A kind is two things that are true of one case, or not true, in the words of the predicates:
"there is padding", and not "the window has more than one cell"; of the main ones three.
Shortcuts are wrong where two or three such things meet. Caches are wrong where a question
differs from the one before it in one argument alone.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations

import numpy as np

from refcnn.diagnosis.chains import changed
from refcnn.diagnosis.select import MOST_ROUNDS, admitted, drawn
from refcnn.suite.case import Case
from refcnn.suite.generators import indices
from refcnn.suite.predicates import BEYOND, PREDICATES, TOLD_ALONE, true_of
from refcnn.suite.roles import MATRIX_PRODUCTS, WINDOWED
from refcnn.suite.terms import Terms
from refcnn.suite.vectors import Vector
from refcnn.suite.windows import lay_out

ROUNDS = 24  # of each domain, among which the kinds are found
MORE_ROUNDS = 48  # among which any two of the main things are
OFTEN = 3  # a kind that is met less often is left to chance
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
FORTRAN = "the tensors are in Fortran order"
SQUARE = "there are as many inputs as outputs"
SIDE_BY_SIDE = "windows of several cells lie side by side"
PAIRED = (  # of which any two meet, however seldom they do
    *MAIN,
    FORTRAN,
    SQUARE,
    SIDE_BY_SIDE,
    "the stride does not divide the sizes",
    "padding is not the same at both ends",
    "the last axis has one number",
)
KNOWN = tuple(sorted({*PREDICATES, *PAIRED} - {*BEYOND, *TOLD_ALONE}))

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
    return [*plain, *changed(terms, usual)]


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
    return len(kind) == 2 and all(name.removeprefix("not ") in PAIRED for name in kind)


def _legal(terms: Terms, seed: int, rounds: range) -> Iterator[Vector]:
    """Legal questions beyond those that are chosen from, laws left out.

    So are sums of numbers of all sizes: what a mistake changes in them may be hardly more than
    rounding, so that nobody could say that it is the same mistake.
    """
    turns = range(MOST_ROUNDS + rounds.start, MOST_ROUNDS + rounds.stop)
    for index in indices(terms.operator, turns):
        one = drawn(terms, seed, index)
        if one is None or one.question.rule or one.question.law:
            continue
        if one.question.case.family != "spread" and terms.ask(one):
            yield one


def _kinds(case: Case) -> frozenset[Kind]:
    """Any two things that are true of a case or not, and any three of the main ones."""
    told = _told(case)
    main = [said for name, said in told.items() if name in MAIN]
    return frozenset(chain(combinations(told.values(), 2), combinations(main, 3)))


def _main_pairs(case: Case) -> frozenset[Kind]:
    """Any two of the main things that are true of a case or not."""
    main = [said for name, said in _told(case).items() if name in PAIRED]
    return frozenset(combinations(main, 2))


def _told(case: Case) -> dict[str, str]:
    """By name of a thing: itself if it is true of a case, else "not" and its name.

    That an argument which goes beyond is not there is nothing worth telling.
    """
    true = true_of(case) | {name for name, tell in OWN.items() if tell(case)}
    told = {name: name if name in true else f"not {name}" for name in KNOWN}
    return {**told, **{name: name for name in BEYOND if name in true}}


def _lies_side_by_side(case: Case) -> bool:
    if case.operator not in WINDOWED:
        return False
    place = lay_out(case)
    return place.reach == place.strides and max(place.window) > 1


def _as_many(inputs: int, outputs: int) -> bool:
    return inputs == outputs > 1


OWN: Mapping[str, Callable[[Case], bool]] = {  # things that nobody would want to read
    BIAS: lambda case: bool(case.inputs.get("bias", np.zeros(1)).any()),
    FORTRAN: lambda case: case.memory == "fortran",
    SQUARE: lambda case: (
        case.operator in MATRIX_PRODUCTS and _as_many(*case.inputs["kernel"].shape)
    ),
    SIDE_BY_SIDE: _lies_side_by_side,
}
