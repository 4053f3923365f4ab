"""Points: what was answered, held against the items of an assignment.

A requirement is met if every private case that is evidence of it is answered
rightly. An item earns its points for the share of its requirements that are met, or
for all of them. It is not run where an item that it requires is not met, unless the
mistake there has a name: then it is held against that mistake.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

from refcnn.detection.diagnosis import Diagnosis
from refcnn.grading.answers import Answered, reason
from refcnn.grading.assignment import ItemSpec
from refcnn.grading.carry import Carried
from refcnn.grading.cases import Setup, Unit
from refcnn.grading.report import Example, Item, Requirement, State
from refcnn.grading.words import happened, mistakes, works
from refcnn.spec.clauses import clauses

Answers = Mapping[str, Sequence[Answered]]  # by operator


class Marking:
    """The marks of one submission, item after item."""

    def __init__(
        self,
        setup: Setup,
        answers: Answers,
        diagnoses: Mapping[str, Diagnosis],
    ) -> None:
        """Mark `answers` to the private cases."""
        self.setup, self.answers, self.diagnoses = setup, answers, diagnoses
        self.policy = setup.assignment.policy
        self.carried = {op: c for op, d in diagnoses.items() if (c := Carried.of(d))}
        self.paid: set[tuple[str, str]] = set()  # operators, mistakes that have cost points
        self._causes: dict[Unit, frozenset[str]] = {}
        self.items: dict[str, Item] = {}

    def mark(self, example: Callable[[tuple[Unit, ...]], Example | None]) -> tuple[Item, ...]:
        """All items in the order of the assignment; `example` finds one for failed units."""
        for spec, units in self.setup.items:
            self.items[spec.id] = self._item(spec, units, example)
        return tuple(self.items[spec.id] for spec in self.setup.assignment.item)

    def _item(
        self,
        spec: ItemSpec,
        units: tuple[Unit, ...],
        example: Callable[[tuple[Unit, ...]], Example | None],
    ) -> Item:
        about = {
            "id": spec.id,
            "title": spec.title,
            "points": spec.points,
            "hidden": spec.hidden,
            "requires": spec.requires,
        }
        if waiting := self._waits_for(spec):
            names = " and ".join(f'"{self.items[name].title}"' for name in waiting)
            requirements = tuple(
                Requirement(
                    operator=op, clause=c, sentence=clauses()[c].sentence, state=State.NOT_RUN
                )
                for op, c in units
            )
            said = f"Not run: it builds on {names}."
            return Item(
                **about, earned=0, state=State.NOT_RUN, requirements=requirements, happened=said
            )
        requirements = tuple(self._requirement(op, clause) for op, clause in units)
        failed = tuple((r.operator, r.clause) for r in requirements if r.state is not State.PASS)
        self.paid |= {(op, m) for op, c in failed for m in self._causes.get((op, c), ())}
        operators = dict.fromkeys(op for op, _ in failed)
        found = [self.diagnoses[op] for op in operators if op in self.diagnoses]
        state = _state(requirements)
        return Item(
            **about,
            earned=earned(spec, requirements),
            state=state,
            requirements=requirements,
            happened=happened(requirements),
            works=works(requirements),
            mistakes=mistakes([self._seen_in(failed, one) for one in found]),
            example=example(failed) if failed and not spec.hidden else None,
        )

    def _waits_for(self, spec: ItemSpec) -> list[str]:
        """Items that it requires, which are not met by a mistake that has no name."""
        return [
            name
            for name in spec.requires
            if self.items[name].state is not State.PASS and not self._named(self.items[name])
        ]

    def _named(self, item: Item) -> bool:
        """Whether all that failed in an item is explained by mistakes that have names."""
        failed = {r.operator for r in item.requirements if r.state is not State.PASS}
        ran = item.state is not State.NOT_RUN
        return ran and self.policy.carry_mistakes and failed <= set(self.carried)

    def _requirement(self, operator: str, clause: str) -> Requirement:
        own = [a for a in self.answers[operator] if clause in a.vector.question.clauses]
        failing = [a for a in own if a.fails]
        about = {
            "operator": operator,
            "clause": clause,
            "sentence": clauses()[clause].sentence,
        }
        if not failing:
            return Requirement(**about, state=State.PASS)
        if self.policy.carry_mistakes and self._carries(operator, clause, own):
            return Requirement(**about, state=State.PASS, carried=True)
        state = State.NOT_IMPLEMENTED if all(a.missing for a in own) else State.FAIL
        return Requirement(**about, state=state, reason=reason(_telling(failing)))

    def _seen_in(self, failed: Sequence[Unit], diagnosis: Diagnosis) -> Diagnosis:
        """The diagnosis with the mistakes that show in some requirements."""
        own = [
            self._causes.get(unit, frozenset()) for unit in failed if unit[0] == diagnosis.operator
        ]
        names = frozenset().union(*own)
        seen = tuple(m for m in diagnosis.mistakes if m.name in names)
        return replace(diagnosis, mistakes=seen) if all(own) else diagnosis

    def _carries(self, operator: str, clause: str, own: Sequence[Answered]) -> bool:
        """Whether all that is wrong follows from mistakes that have cost points before."""
        if not (carried := self.carried.get(operator)):
            return False
        causes = self._causes[operator, clause] = carried.causes(own)
        paid = {name for op, name in self.paid if op == operator}
        return bool(causes) and causes <= paid and carried.tells(own, causes)


def _telling(failing: Sequence[Answered]) -> Answered:
    """The first that was asked at all: after some crashes no more are."""
    asked = (a for a in failing if a.failing and getattr(a.failing.outcome, "asked", True))
    return next(asked, failing[0])


def _state(requirements: Sequence[Requirement]) -> State:
    states = {r.state for r in requirements}
    return states.pop() if len(states) == 1 else State.FAIL


def earned(spec: ItemSpec, requirements: Sequence[Requirement]) -> float:
    """The points for the requirements that are met, to two decimals."""
    met = sum(r.state is State.PASS for r in requirements)
    if met < len(requirements) and spec.credit == "all":
        return 0.0
    share = Decimal(str(spec.points)) * met / len(requirements)
    return float(share.quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def total(items: Sequence[Item]) -> float:
    """The sum of the points, free of binary rounding."""
    return float(sum((Decimal(str(item.earned)) for item in items), Decimal(0)))
