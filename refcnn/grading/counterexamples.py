"""Fresh public questions for what only private ones have shown.

Nobody loses points over a case that is never shown: questions of the same kind are drawn in
public, and asked of the process that has seen no private number, until one is answered wrongly.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from refcnn.detection.kinds import chained
from refcnn.detection.select import drawn
from refcnn.grading.answers import Answered
from refcnn.grading.evidence import PUBLIC_SEED
from refcnn.spec.domains import DOMAINS
from refcnn.spec.terms import Terms
from refcnn.spec.vectors import Vector

BEYOND = 10_000  # rounds: where no public vector was chosen from
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
    """Public questions of the kinds that went wrong, in turn."""
    many = len(DOMAINS[terms.operator])
    for turn in range(BEYOND, 2 * BEYOND):
        for vector in wrong:
            place = int(vector.id.rpartition("/")[2]) % many
            one = drawn(terms, PUBLIC_SEED, place + many * turn)
            if one and vector.question.then and not vector.question.law:
                one = chained(terms, one)
            asked = terms.ask(one) if one else None
            if asked:
                yield asked
