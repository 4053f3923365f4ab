"""Which known mistakes an assignment notices, in which items, and why others cost nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from refcnn.grading.answers import Answered
from refcnn.grading.authoring.bench import Bench
from refcnn.grading.authoring.checks import Promise
from refcnn.grading.cases import Setup, Unit, is_evidence
from refcnn.grading.marking import total
from refcnn.grading.tastes import DTYPE, taste_of
from refcnn.suite.clauses import clauses
from refcnn.suite.generators import out_of_reach
from refcnn.suite.mutants import Mutant, mutants
from refcnn.suite.vectors import Vector

NEXT_TO_NOTHING = "it costs less than 0.005 points; give its item more"


@dataclass(frozen=True, slots=True)
class Noticed:
    """One mistake: the items in which it costs points, in the order in which they are marked."""

    mistake: Mutant
    items: tuple[str, ...]
    wrong_in: tuple[Vector, ...]  # cases that it fails, asked for by an item or not


def all_mistakes(bench: Bench) -> list[Noticed]:
    """Every known mistake in what the assignment asks for, each made alone."""
    asked = bench.setup.features
    beyond = {operator: out_of_reach(operator, forms) for operator, forms in asked.items()}
    own = (one for one in mutants() if one.operator in asked)
    return [_noticed(one, bench) for one in own if one.clause not in beyond[one.operator]]


def _noticed(one: Mutant, bench: Bench) -> Noticed:
    function = one.build()
    answers = bench.answers(one.operator, function)
    marked = {item.id: item for item in bench.items({one.operator: answers})}
    order = [spec.id for spec, _ in bench.setup.items]
    full = total([*marked.values()]) == bench.setup.assignment.total
    lost = [name for name in order if marked[name].earned < marked[name].points]
    beside = bench.beside(one.operator, function) if full else answers
    return Noticed(one, () if full else tuple(lost), _failed(beside))


def _failed(answers: Iterable[Answered]) -> tuple[Vector, ...]:
    return tuple(one.vector for one in answers if one.fails)


def mistakes(found: Sequence[Noticed], setup: Setup) -> Promise:
    """That every mistake which can be seen in what is asked costs points."""
    units = {unit for _, own in setup.items for unit in own}
    free = {one.mistake: _why_free(one, setup, units) for one in found if not one.items}
    costs = len(found) - len(free)
    by_item: dict[str, list[str]] = {spec.id: [] for spec, _ in setup.items}
    for one in found:
        for name in one.items:
            by_item[name].append(one.mistake.id)
    each = ", ".join(f"{name} {len(names)}" for name, names in by_item.items())
    said = f"{costs} known mistakes cost points ({each})"
    if free:
        said += f", {len(free)} cost nothing"
    words = {reason.word for reason in free.values()}
    return Promise(
        "mistakes",
        next((word for word in ("wrong", "look") if word in words), "ok"),
        said,
        tuple(_told(free)),
        {
            "noticed": by_item,
            "unnoticed": [
                {"mistake": one.id, "clause": one.clause, "why": reason.said}
                for one, reason in free.items()
            ],
        },
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mistake costs nothing, and whether something should be done about it."""

    word: str
    said: str


def _why_free(one: Noticed, setup: Setup, units: Collection[Unit]) -> Reason:
    """The reason, from what the mistake did with the cases."""
    own, policy = one.mistake, setup.assignment.policy
    levels = setup.assignment.stated.levels
    if any(is_evidence(vector, units) for vector in one.wrong_in):
        return Reason("wrong", NEXT_TO_NOTHING)
    if policy.worth(own.clause) != "points":
        rule = f'{taste_of(own.clause)} = "{policy.worth(own.clause)}"'
        return Reason("ok", f"{own.clause} costs nothing by [policy] {rule}")
    if one.wrong_in:
        names = dict.fromkeys(c for vector in one.wrong_in for c in vector.question.clauses)
        named = " and ".join(names)
        if (own.operator, own.clause) in units:
            return Reason("look", f"no case of {own.clause} shows it; also ask for {named}")
        return Reason("ok", f"no item asks for {named} ({own.operator})")
    level = clauses()[own.clause].level
    if levels and level not in levels:
        return Reason("ok", f"it is about {own.clause}, of the level {level}, which is left out")
    if own.clause == DTYPE and (own.operator, DTYPE) not in units:
        return Reason("ok", f"no item asks for {DTYPE} ({own.operator})")
    return Reason("ok", "no question that was drawn within what is asked shows it")


def _told(free: Mapping[Mutant, Reason]) -> list[str]:
    """A line for each reason, what should be looked at first, with all names."""
    names = defaultdict[Reason, list[str]](list)
    for one, reason in free.items():
        names[reason].append(one.id)
    rank = ("wrong", "look", "ok")
    return [
        f"{reason.said}: {', '.join(names[reason])}"
        for reason in sorted(names, key=lambda reason: rank.index(reason.word))
    ]


def seeds(found: Sequence[Noticed], others: Sequence[Setup]) -> Promise:
    """That other seeds notice the same mistakes."""
    noticed = [one.mistake for one in found if one.items]
    lost = [
        f"seed {number} of {len(others)} does not notice {mistake.id}"
        for number, setup in enumerate(others, 1)
        for mistake in _unnoticed(noticed, setup)
    ]
    if lost:
        return Promise("seeds", "wrong", "another seed notices less", tuple(lost))
    return Promise("seeds", "ok", f"{len(others)} other seeds notice the same mistakes")


def _unnoticed(known: Iterable[Mutant], setup: Setup) -> Iterator[Mutant]:
    """The mistakes that no case of what is asked shows."""
    units = {unit for _, own in setup.items for unit in own}
    for one in known:
        killers = [v for v in setup.private[one.operator] if one.name in v.kills]
        if not any(is_evidence(vector, units) for vector in killers):
            yield one
