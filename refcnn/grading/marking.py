"""Points: what was answered, held against the items of an assignment.

A requirement is met if every private case that is evidence of it is answered
rightly. An item earns its points for the share of its requirements that are met, or
for all of them. It is not run where an item that it requires is not met, unless the
mistake there has a name: then it is held against that mistake.

A mistake with a name costs once: in the item that is about it, unless it costs more
than twice as much in another one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import chain

from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.grading.answers import Answered, about_dtype, reason
from refcnn.grading.assignment import ItemSpec
from refcnn.grading.carry import Carried
from refcnn.grading.cases import Setup, Unit
from refcnn.grading.report import Example, Item, ReadEquation, Requirement, State
from refcnn.grading.tastes import DTYPE, taste_of, tastes
from refcnn.grading.words import equations, happened, mistakes, works
from refcnn.suite.clauses import clauses

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
        self._evidence = self._by_unit()
        self._causes = {unit: self._cause(unit) for _, own in setup.items for unit in own}
        self._payer = self._payers()
        self._told = set[str]()  # operators whose equation has been shown
        self.items: dict[str, Item] = {}

    def mark(self, example: Callable[[tuple[Unit, ...]], Example | None]) -> tuple[Item, ...]:
        """All items in the order of the assignment; `example` finds one for failed units."""
        for spec, units in self.setup.items:
            self.items[spec.id] = self._item(spec, units, example)
        return tuple(self.items[spec.id] for spec in self.setup.assignment.item)

    def noted(self) -> tuple[str, ...]:
        """What is told of, and costs nothing: a sentence for each matter of taste."""
        found = defaultdict[str, dict[Unit, None]](dict)
        for operator, clause in self.setup.noted:
            own = self._evidence[operator, clause]
            if any(one.fails for one in own) and not all(one.missing for one in own):
                found[taste_of(clause)][operator, clause] = None
        return tuple(
            f"{tastes()[key].rules['note']} Not so: {_listed(units)}."
            for key, units in found.items()
        )

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
        waiting = self._waiting(spec, units)
        requirements = tuple(
            _not_run(unit) if unit in waiting else self._requirement(spec, unit) for unit in units
        )
        if len(waiting) == len(units):
            said = f"Not run: it builds on {self._titles(waiting.values())}."
            return Item(
                **about, earned=0, state=State.NOT_RUN, requirements=requirements, happened=said
            )
        failed = tuple(
            (r.operator, r.clause)
            for r in requirements
            if r.state not in (State.PASS, State.NOT_RUN)
        )
        operators = dict.fromkeys(op for op, _ in failed)
        found = [self.diagnoses[op] for op in operators if op in self.diagnoses]
        state = _state(requirements)
        return Item(
            **about,
            earned=earned(spec, requirements),
            state=state,
            requirements=requirements,
            happened=self._happened(requirements, waiting),
            works=works(requirements),
            mistakes=mistakes([self._seen_in(failed, one) for one in found]),
            equations=self._equations(found),
            example=example(failed) if failed and not spec.hidden else None,
        )

    def _equations(self, found: Sequence[Diagnosis]) -> tuple[ReadEquation, ...]:
        """What was read of operators, in the first item in which they are wrong."""
        fresh = [one for one in found if one.operator not in self._told]
        self._told |= {one.operator for one in fresh}
        return tuple(chain.from_iterable(map(equations, fresh)))

    def _waiting(self, spec: ItemSpec, units: Sequence[Unit]) -> dict[Unit, str]:
        """Requirements of an item of which nothing can be told, and the items that they wait for.

        Those are required, and not met by a mistake that has no name. Only what is asked of an
        operator that is wrong there waits; all of it does if they share no operator.
        """
        found = dict[Unit, str]()
        for name in spec.requires:
            needed = self.items[name]
            if needed.state is State.PASS or self._named(needed):
                continue
            own = {r.operator for r in needed.requirements}
            shared = own.intersection(operator for operator, _ in units)
            wrong = {r.operator for r in needed.requirements if r.state is not State.PASS}
            for unit in units:
                if not shared or unit[0] in wrong:
                    found.setdefault(unit, name)
        return found

    def _happened(self, requirements: Sequence[Requirement], waiting: Mapping[Unit, str]) -> str:
        said = happened(requirements)
        if not waiting:
            return said
        operators = " and ".join(dict.fromkeys(op for op, _ in waiting))
        titles = self._titles(waiting.values())
        return f"{said} Not run of {operators}: it builds on {titles}."

    def _titles(self, names: Iterable[str]) -> str:
        return " and ".join(f'"{self.items[name].title}"' for name in dict.fromkeys(names))

    def _named(self, item: Item) -> bool:
        """Whether all that failed in an item is explained by mistakes that have names."""
        failed = {r.operator for r in item.requirements if r.state is not State.PASS}
        ran = item.state is not State.NOT_RUN
        return ran and self.policy.carry_mistakes and failed <= set(self.carried)

    def _requirement(self, spec: ItemSpec, unit: Unit) -> Requirement:
        operator, clause = unit
        own = self._evidence[unit]
        failing = [a for a in own if a.fails]
        about = {
            "operator": operator,
            "clause": clause,
            "sentence": clauses()[clause].sentence,
        }
        if not failing:
            return Requirement(**about, state=State.PASS)
        if self._carries(spec, unit, own):
            return Requirement(**about, state=State.PASS, carried=True)
        state = State.NOT_IMPLEMENTED if all(a.missing for a in own) else State.FAIL
        return Requirement(**about, state=state, reason=reason(_telling(failing)))

    def _seen_in(self, failed: Sequence[Unit], diagnosis: Diagnosis) -> Diagnosis:
        """The diagnosis with the mistakes that show in some requirements."""
        own = [self._causes[unit] for unit in failed if unit[0] == diagnosis.operator]
        names = frozenset().union(*own)
        seen = tuple(m for m in diagnosis.mistakes if m.name in names)
        return replace(diagnosis, mistakes=seen) if all(own) else diagnosis

    def _by_unit(self) -> Mapping[Unit, list[Answered]]:
        """By requirement: the answers to all private cases that are evidence of it."""
        found = defaultdict[Unit, list[Answered]](list)
        for operator, own in self.answers.items():
            for one in own:
                for clause in one.vector.question.clauses:
                    found[operator, clause].append(one)
            found[operator, DTYPE] = about_dtype(own)
        return found

    def _cause(self, unit: Unit) -> frozenset[str]:
        """The named mistakes from which all that is wrong with a requirement follows, or none."""
        carried, own = self.carried.get(unit[0]), self._evidence[unit]
        if not carried or not any(one.fails for one in own):
            return frozenset()
        return carried.causes(own)

    def _payers(self) -> dict[tuple[str, str], str]:
        """By operator and name of a mistake: the item in which it costs points."""
        lost = defaultdict[tuple[str, str], dict[str, float]](dict)
        for spec, units in self.setup.items:
            caused = defaultdict[tuple[str, str], set[Unit]](set)
            for op, clause in units:
                for name in self._causes[op, clause]:
                    caused[op, name].add((op, clause))
            for mistake, own in caused.items():
                lost[mistake][spec.id] = spec.points * _share(spec, units, own)
        home = {
            (op, one.name): spec.id
            for op, carried in self.carried.items()
            for one in carried.mistakes
            for spec, units in self.setup.items
            if (op, one.clause) in units
        }
        return {mistake: _payer(own, home.get(mistake)) for mistake, own in lost.items()}

    def _carries(self, spec: ItemSpec, unit: Unit, own: Sequence[Answered]) -> bool:
        """Whether all that is wrong follows from mistakes that cost points in other items."""
        operator, causes = unit[0], self._causes[unit]
        if not causes or not self.policy.carry_mistakes:
            return False
        elsewhere = all(self._payer[operator, name] != spec.id for name in causes)
        return elsewhere and self.carried[operator].tells(own, causes, unit[1])


MUCH_MORE = 2  # times: so much more a mistake costs elsewhere, or it is paid where it belongs


def _payer(lost: Mapping[str, float], home: str | None) -> str:
    """The item in which a mistake costs points: the one about it, or that where it costs most."""
    most = max(lost, key=lambda item: lost[item])
    if home is not None and home in lost and lost[home] * MUCH_MORE >= lost[most]:
        return home
    return most


def _not_run(unit: Unit) -> Requirement:
    operator, clause = unit
    sentence = clauses()[clause].sentence
    return Requirement(operator=operator, clause=clause, sentence=sentence, state=State.NOT_RUN)


def _listed(units: Iterable[Unit]) -> str:
    """Requirements by operator: "CONV-26 and CONV-27 of conv2d, POOL-19 of max_pool2d"."""
    names = defaultdict[str, list[str]](list)
    for operator, clause in units:
        names[operator].append(clause)
    return ", ".join(f"{' and '.join(own)} of {operator}" for operator, own in names.items())


def _telling(failing: Sequence[Answered]) -> Answered:
    """The first that was asked at all: after some crashes no more are."""
    asked = (a for a in failing if a.failing and getattr(a.failing.outcome, "asked", True))
    return next(asked, failing[0])


def _state(requirements: Sequence[Requirement]) -> State:
    states = {r.state for r in requirements}
    return states.pop() if len(states) == 1 else State.FAIL


def _share(spec: ItemSpec, units: Sequence[Unit], lost: Collection[Unit]) -> float:
    """The share of an item's points that some failed requirements cost."""
    match spec.credit:
        case "all":
            return 1.0
        case "clause":
            return len(_clauses_of(lost)) / len(_clauses_of(units))
    return len(lost) / len(units)


def _clauses_of(units: Iterable[Unit]) -> set[str]:
    return {clause for _, clause in units}


def earned(spec: ItemSpec, requirements: Sequence[Requirement]) -> float:
    """The points for the requirements that are met, to two decimals."""
    if spec.credit == "clause":
        by_clause: dict[str, list[Requirement]] = {}
        for one in requirements:
            by_clause.setdefault(one.clause, []).append(one)
        share = sum(map(_met, by_clause.values()), Fraction(0)) / len(by_clause)
    else:
        met = sum(r.state is State.PASS for r in requirements)
        whole = spec.credit == "part" or met == len(requirements)
        share = Fraction(met, len(requirements)) if whole else Fraction(0)
    points = Fraction(str(spec.points)) * share
    exact = Decimal(points.numerator) / Decimal(points.denominator)
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def _met(requirements: Sequence[Requirement]) -> Fraction:
    """Of one clause: nothing if it is broken anywhere; what was not run only does not count."""
    states = [r.state for r in requirements]
    if not {*states} <= {State.PASS, State.NOT_RUN}:
        return Fraction(0)
    return Fraction(states.count(State.PASS), len(states))


def total(items: Sequence[Item]) -> float:
    """The sum of the points, free of binary rounding."""
    return float(sum((Decimal(str(item.earned)) for item in items), Decimal(0)))
