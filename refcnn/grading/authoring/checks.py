"""What an assignment promises, check by check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from refcnn.grading.authoring.bench import LAZY, Bench
from refcnn.grading.cases import Setup
from refcnn.grading.marking import total
from refcnn.grading.report import Report
from refcnn.grading.submissions import Submission
from refcnn.grading.tastes import rules
from refcnn.harness.python import PythonFunctions
from refcnn.suite.alternatives import Alternative, alternatives
from refcnn.suite.capabilities import DESCRIPTIONS, EVERYTHING, Offer
from refcnn.suite.probe import find_out
from refcnn.suite.tensors import DTYPES

Word = Literal["ok", "look", "wrong"]


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: whether it is kept, in a sentence, and what there is to do."""

    what: str
    word: Word
    said: str
    details: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)  # for other programs


def number(points: float) -> str:
    """Points as a person writes them."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def evidence(setup: Setup) -> Promise:
    """That every item has cases; Setup refuses those that have none."""
    units = sum(len(units) for _, units in setup.items)
    cases = sum(map(len, setup.private.values()))
    said = f"{cases} private cases for {units} requirements in {len(setup.items)} items"
    return Promise("cases", "ok", said)


def score(what: str, report: Report, stated: float, hints: Sequence[str] = ()) -> Promise:
    """That a submission has the score that is stated; `hints` are given if it has not."""
    if not report.settled:
        return Promise(what, "wrong", f"it could not be graded: {report.problem}")
    if what == "starter" and report.problem:  # students begin with it
        return Promise(what, "wrong", report.problem)
    said = f"{number(report.earned)} of {number(report.total)} points"
    if report.earned != stated:
        wanted = f"{said}, not {number(stated)}"
        return Promise(what, "wrong", wanted, (*hints, *_why(report, stated)))
    return Promise(what, "ok", said)


def stated_rules(setup: Setup, starter: Submission) -> Promise:
    """That students can read on the starter what matters of taste are worth."""
    asked = {clause for _, units in setup.items for _, clause in units}
    said = " ".join(starter.source.split())
    wanted = rules(setup.assignment.policy.tastes, asked)
    missing = [rule for rule in wanted if rule not in said]
    if missing:
        told = tuple(f'write in it: "{rule}"' for rule in missing)
        return Promise("rules", "look", "students should read on the starter what counts", told)
    return Promise("rules", "ok", "the starter says what counts")


def clean(check: Promise, acts: Sequence[str]) -> Promise:
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
    return setup.features[operator] & EVERYTHING.features[operator]


def other_routes(bench: Bench) -> Promise:
    """That right implementations have full marks, whatever way they take."""
    setup, right, wrong = bench.setup, 0, list[str]()
    for one in alternatives():
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
        return Promise("alternatives", "wrong", f"{said}, {len(wrong)} do not", tuple(wrong))
    return Promise("alternatives", "ok", said)


def _admitted(setup: Setup, one: Alternative) -> bool:
    """Whether an alternative adds up as is stated, and offers all that is asked for."""
    if one.algorithm not in ("direct", setup.assignment.stated.algorithm):
        return False
    offer = find_out(PythonFunctions({one.operator: one.function}).run, [one.operator])
    return _forms(setup, one.operator) <= offer.features[one.operator]


PART = ', or give them credit = "all"'


def laziness(bench: Bench) -> Promise:
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
        return Promise("laziness", "look", "doing nothing earns points", tuple(found))
    return Promise("laziness", "ok", f"a function that {' or '.join(LAZY)} earns nothing")
