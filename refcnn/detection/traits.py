"""What still holds: the predicate, or the two, that tell failing cases from passing ones."""

from collections.abc import Sequence
from itertools import combinations

from refcnn.spec.case import Case
from refcnn.spec.predicates import PREDICATES, true_of

ENOUGH = 3  # passing cases, before a rule is made of them


def what_holds(failing: Sequence[Case], passing: Sequence[Case]) -> str:
    """One sentence on where it is wrong and where it is right; "" if no trait tells them apart."""
    wrong, right = [true_of(c) for c in failing], [true_of(c) for c in passing]
    if not wrong or len(right) < ENOUGH:
        return ""
    common = frozenset.intersection(*wrong)
    for size in (1, 2):
        for names in combinations([t for t in PREDICATES if t in common], size):
            if not any(one.issuperset(names) for one in right):
                where = " and ".join(names)
                return f"It is wrong whenever {where} ({len(wrong)} cases) and right otherwise."
    return _only(common, wrong, right)


def _only(
    common: frozenset[str], wrong: Sequence[frozenset[str]], right: Sequence[frozenset[str]]
) -> str:
    """The rarest trait without which it is right, if most of what passes is without it."""
    shares = {t: sum(t in one for one in right) for t in PREDICATES if t in common}
    also, name = min(((n, t) for t, n in shares.items()), default=(len(right), ""))
    if also * 2 >= len(right):
        return ""
    return (
        f"It is wrong only where {name}, in {len(wrong)} of {len(wrong) + also} such cases; "
        f"the other {len(right) - also} cases are right."
    )
