"""Fresh public questions for what only private ones have shown.

Nobody loses points over a case that is never shown: questions of the same kind are drawn in
public, and asked of the process that has seen no private number, until one is answered wrongly.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, zip_longest

from refcnn.diagnosis.chains import chained, elsewhere
from refcnn.diagnosis.select import drawn
from refcnn.grading.answers import Answered
from refcnn.grading.evidence import PUBLIC_SEED
from refcnn.suite.generators import indices, place_of
from refcnn.suite.predicates import true_of
from refcnn.suite.terms import Terms
from refcnn.suite.vectors import Vector

BEYOND = 10_000  # rounds: where no public vector was chosen from
SEARCHED, MOST_WRONG = 120, 6  # rounds that are looked through, for so many that went wrong
MOST = 60  # questions for each operator
AT_ONCE = 12  # of them

AskAll = Callable[[Sequence[Vector]], Sequence[Answered]]


def counterexample(terms: Terms, private: Sequence[Answered], ask: AskAll) -> tuple[Answered, ...]:
    """The answer to a public question that is wrong as the private ones are; none if none is."""
    wrong = [one.vector for one in private if one.fails]
    fresh = _fresh(terms, wrong)
    for _ in range(MOST // AT_ONCE):
        some = [*islice(fresh, AT_ONCE)]
        if found := [one for one in ask(some) if one.fails]:
            return tuple(found[:1])
    return ()


def _fresh(terms: Terms, wrong: Sequence[Vector]) -> Iterator[Vector]:
    """Public questions of the kinds that went wrong, in turn: those most alike first."""
    of_each = [_nearest(terms, vector) for vector in wrong[:MOST_WRONG]]
    for some in zip_longest(*of_each):
        yield from filter(None, some)


def _nearest(terms: Terms, wrong: Vector) -> Iterator[Vector]:
    """Public questions of one kind, in the order of how much is true of them that is of `wrong`."""
    place = place_of(terms.operator, int(wrong.id.rpartition("/")[2]))
    further = indices(terms.operator, range(BEYOND, BEYOND + SEARCHED), [place])
    fresh = filter(None, (drawn(terms, PUBLIC_SEED, index) for index in further))
    true = true_of(wrong.question.case)

    def distance(one: Vector) -> int:
        return len(true ^ true_of(one.question.case))

    for one in sorted(fresh, key=distance):
        alike = _alike(terms, one, wrong)
        if alike and (asked := terms.ask(alike)):
            yield asked


def _alike(terms: Terms, one: Vector, wrong: Vector) -> Vector | None:
    """A question of several cases if what went wrong has several: changed, or in other memory."""
    if not wrong.question.then or one.question.law:
        return one
    if wrong.question.clauses == ("ANY-7",):
        return next(iter(elsewhere(terms, [one])), None)
    return chained(terms, one)
