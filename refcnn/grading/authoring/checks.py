"""What an assignment promises, check by check."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from refcnn.grading.authoring.bench import LAZY, Bench
from refcnn.grading.cases import Setup, Unit, features
from refcnn.grading.marking import total
from refcnn.grading.report import Report
from refcnn.iut.python import PythonFunctions
from refcnn.spec.mutants import Mutant, mutants
from refcnn.spec.offer import DESCRIPTIONS, EVERYTHING, Offer
from refcnn.spec.search import find_out
from refcnn.spec.tensors import DTYPES
from refcnn.spec.variants import Variant, variants
from refcnn.spec.vectors import Vector

Word = Literal["ok", "look", "wrong"]


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: whether it is kept, in a sentence, and what there is to do."""

    what: str
    word: Word
    said: str
    details: tuple[str, ...] = ()


def number(points: float) -> str:
    """Points as a person writes them."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def evidence(setup: Setup) -> Check:
    """That every item has cases; Setup refuses those that have none."""
    units = sum(len(units) for _, units in setup.items)
    cases = sum(map(len, setup.private.values()))
    said = f"{cases} private cases for {units} requirements in {len(setup.items)} items"
    return Check("cases", "ok", said)


def score(what: str, report: Report, stated: float, hints: Sequence[str] = ()) -> Check:
    """That a submission has the score that is stated; `hints` are given if it has not."""
    if not report.settled:
        return Check(what, "wrong", f"it could not be graded: {report.problem}")
    said = f"{number(report.earned)} of {number(report.total)} points"
    if report.earned != stated:
        wanted = f"{said}, not {number(stated)}"
        return Check(what, "wrong", wanted, (*hints, *_why(report, stated)))
    return Check(what, "ok", said)


def clean(check: Check, acts: Sequence[str]) -> Check:
    """The check, worth a look if of a student's submission the teacher would be told something."""
    if not acts:
        return check
    told = tuple(f"of a submission you would be told that it {act}" for act in acts)
    word: Word = "look" if check.word == "ok" else check.word
    return replace(check, word=word, details=(*check.details, *told))


def _why(report: Report, stated: float) -> list[str]:
    """The items that make the difference."""
    if report.problem:
        return [report.problem]
    if report.earned < stated:
        return [
            f"{item.id}: {number(item.earned)} of {number(item.points)}; {item.happened}"
            for item in report.items
            if item.earned < item.points
        ]
    return [f"{item.id}: {number(item.earned)} points" for item in report.items if item.earned]


def lacking(setup: Setup, offer: Offer) -> list[str]:
    """What is asked for, and a solution does not offer: a sentence for each."""
    found, forms = list[str](), dict[str, list[str]]()
    for operator in setup.assignment.operators:
        if operator not in offer.features:
            why = offer.reasons[operator]["all of it"]
            found.append(f"the solution does not offer {operator}: {why}")
            continue
        for form in _forms(setup, operator) - offer.features[operator]:
            forms.setdefault(form, []).append(operator)
    return found + [
        f"the solution does not offer {DESCRIPTIONS.get(form, form)} ({', '.join(forms[form])}): "
        f'add it, or put "{form}" into `without`'
        for form in (*DTYPES, *DESCRIPTIONS)
        if form in forms
    ]


def _forms(setup: Setup, operator: str) -> frozenset[str]:
    """The forms of arguments and the dtypes that are asked for."""
    return features(setup.assignment, operator) & EVERYTHING.features[operator]


def mistakes(bench: Bench) -> Check:
    """That every mistake costs points which a case of what is asked for shows."""
    setup, noticed, free = bench.setup, 0, list[tuple[Mutant, bool]]()
    units = {unit for _, own in setup.items for unit in own}
    for one in (m for m in mutants() if m.operator in setup.private):
        answers = bench.answers(one.operator, one.build())
        if total(bench.items({one.operator: answers})) < setup.assignment.total:
            noticed += 1
        else:
            free.append((one, any(a.fails and _asked(a.vector, units) for a in answers)))
    wrong, holes, beyond = _sorted(setup, units, free)
    said = f"{noticed} known mistakes cost points"
    if wrong:
        return Check("mistakes", "wrong", f"{said}, {len(wrong)} do not", wrong)
    if holes:
        said += f"; {len(holes)} do not, though their clauses are asked for"
        return Check("mistakes", "look", said, (*holes, *beyond))
    return Check("mistakes", "ok", said, beyond)


Lines = tuple[str, ...]


def _sorted(
    setup: Setup, units: Collection[Unit], free: Iterable[tuple[Mutant, bool]]
) -> tuple[Lines, Lines, Lines]:
    """Mistakes that cost nothing: by a fault, by thin evidence, and because nobody asks."""
    wrong, holes = list[str](), list[str]()
    unasked, left_out = dict[str, list[str]](), 0
    for one, fails in free:
        named = f"{one.id} gets full marks ({one.sentence})"
        killers = [v for v in setup.private[one.operator] if one.name in v.kills]
        evident = any(_asked(v, units) for v in killers)
        if fails:
            wrong.append(f"{named}: it costs less than 0.005 points; give its item more")
        elif evident and _standard(setup):
            wrong.append(f"{named}: its cases are not those of this version; delete .cases")
        elif evident or not killers:
            left_out += 1
        elif (one.operator, one.clause) in units:
            others = ", ".join(dict.fromkeys(c for v in killers for c in v.question.clauses))
            holes.append(f"{named}: no case of {one.clause} shows it; also ask for one of {others}")
        else:
            unasked.setdefault(one.clause, []).append(one.operator)
    beyond = [
        f"no item asks for {clause} ({', '.join(dict.fromkeys(operators))}): "
        f"{_many(len(operators))} nothing; add it to an item, unless you left it out on purpose"
        for clause, operators in unasked.items()
    ]
    if left_out:
        beyond.append(f"{_many(left_out)} nothing: the statement or `without` leaves them out")
    return tuple(wrong), tuple(holes), tuple(beyond)


def _many(count: int) -> str:
    return "1 known mistake costs" if count == 1 else f"{count} known mistakes cost"


def _asked(one: Vector, units: Collection[Unit]) -> bool:
    """Whether a vector is evidence of what some item asks for."""
    return any((one.operator, clause) in units for clause in one.question.clauses)


def _standard(setup: Setup) -> bool:
    """Whether the cases are asked and judged as they were made."""
    stated = setup.assignment.stated
    dtypes = {*(stated.every("dtypes") or DTYPES)} - {*setup.assignment.without}
    return dtypes == {*DTYPES} and not stated.every("dialects") and stated.algorithm == "direct"


def other_routes(bench: Bench) -> Check:
    """That right implementations have full marks, whatever way they take."""
    setup, right, wrong = bench.setup, 0, list[str]()
    for one in variants():
        if one.operator not in setup.private or not _admitted(setup, one):
            continue
        answers = bench.answers(one.operator, one.function)
        earned = total(bench.items({one.operator: answers}))
        if earned == setup.assignment.total:
            right += 1
        else:
            why = f"{one.id} is right ({one.sentence}), yet it has {number(earned)} points"
            wrong.append(f"{why}: report this, please")
    said = f"{right} right implementations have full marks"
    if wrong:
        return Check("variants", "wrong", f"{said}, {len(wrong)} do not", tuple(wrong))
    return Check("variants", "ok", said)


def _admitted(setup: Setup, one: Variant) -> bool:
    """Whether a variant adds up as is stated, and offers all that is asked for."""
    if one.algorithm not in ("direct", setup.assignment.stated.algorithm):
        return False
    offer = find_out(PythonFunctions({one.operator: one.function}).run, [one.operator])
    return _forms(setup, one.operator) <= offer.features[one.operator]


PART = ', or give them credit = "all"'


def laziness(bench: Bench) -> Check:
    """That functions which do next to nothing earn nothing."""
    found = []
    for name, function in LAZY.items():
        items = bench.items({op: bench.answers(op, function) for op in bench.setup.private})
        if paid := [item for item in items if item.earned]:
            told = ", ".join(f"{item.id} ({number(item.earned)})" for item in paid)
            part = any(item.earned < item.points for item in paid)
            advice = "let these require an item that it cannot meet" + (PART if part else "")
            found.append(f"a function that {name} earns {number(total(items))}: {told}; {advice}")
    if found:
        return Check("laziness", "look", "doing nothing earns points", tuple(found))
    return Check("laziness", "ok", f"a function that {' or '.join(LAZY)} earns nothing")
