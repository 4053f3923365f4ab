"""What a student is told, whatever the medium.

Here hidden items lose what must not be shown, and here alone: every medium tells
what is left. Acts and fingerprints are for the teacher and do not come this far.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from refcnn.grading.report import (
    Example,
    Graded,
    Item,
    ReadEquation,
    Report,
    Requirement,
    State,
)

PARTLY = "part"
SIGNS = {  # of a state: sign, word for a student
    State.PASS: ("✓", "right"),
    State.FAIL: ("✗", "wrong"),
    PARTLY: ("◐", "partly right"),
    State.NOT_RUN: ("○", "not run"),
    State.NOT_IMPLEMENTED: ("–", "not implemented"),  # noqa: RUF001
    State.GRADER_ERROR: ("!", "not graded: our fault"),
}
KINDS = {  # of a state: the class of what is drawn
    State.PASS: "pass",
    State.FAIL: "fail",
    PARTLY: "part",
    State.NOT_RUN: "wait",
    State.NOT_IMPLEMENTED: "none",
    State.GRADER_ERROR: "ours",
}
CATEGORIES = {  # of a reason: how it begins, and what is said of it in a hidden item
    "wrong shape": "an answer of the wrong shape",
    "wrong dtype": "an answer of the wrong dtype",
    "wrong class": "NaN or infinity where there should be a number, or the other way round",
    "wrong numbers": "wrong numbers",
    "raised": "an exception was raised",
    "answered with": "the answer was not an array of numbers",
    "answered what": "an illegal call was answered",
    "no answer": "no answer in time",
    "the process ended": "the process ended",
    "not asked": "not asked any more, after crashes or timeouts",
    "it changes": "the input was changed",
    "an earlier answer": "an earlier answer was changed",
    "the same question": "the same question got another answer",
}
OTHER = "it does not hold"
WORTH_READING = (State.FAIL, State.GRADER_ERROR)
HOLDS = ("holds", "hold")  # of one requirement, of several
OTHERS = {
    State.NOT_RUN: ("was not run", "were not run"),
    State.NOT_IMPLEMENTED: ("is not implemented", "are not implemented"),
}
HIDDEN = (
    "This item is checked with cases that are not shown: you are told what kind of mistake "
    "was made, without numbers."
)


@dataclass(frozen=True, slots=True)
class ToldClause:
    """One requirement: of some operators, with the same word on each."""

    sentence: str
    clause: str
    operators: str
    state: State
    reason: str

    @property
    def sign(self) -> str:
        """One character."""
        return SIGNS[self.state][0]

    @property
    def word(self) -> str:
        """The state in words."""
        return SIGNS[self.state][1]

    @property
    def kind(self) -> str:
        """For colours."""
        return KINDS[self.state]


@dataclass(frozen=True, slots=True)
class Group:
    """Requirements of which the same is to be said; few people want to read them."""

    line: str
    sign: str
    kind: str
    rows: list[ToldClause]


@dataclass(frozen=True, slots=True)
class Section:
    """One item."""

    title: str
    points: str
    earned: str
    sign: str
    word: str
    kind: str
    hidden: bool
    waits: list[str]  # titles of items
    happened: str
    mistakes: list[str]
    equations: list[ReadEquation]
    works: str
    failed: list[ToldClause]  # requirements that do not hold
    others: list[Group]
    example: Example | None


@dataclass(frozen=True, slots=True)
class Telling:
    """All that a student is told."""

    name: str
    id: str
    file: str
    title: str
    score: str  # "" if there is none
    total: str
    percent: float
    line: str  # on the whole
    kind: str
    sections: list[Section]
    notes: list[str]
    provenance: list[tuple[str, str]] = field(default_factory=list)


def telling(graded: Graded) -> Telling:
    """What to tell the person of a report."""
    report, person = graded.report, graded.person
    settled = report.settled
    return Telling(
        name=person.name or person.id,
        id=person.id if person.name else "",
        file=person.file,
        title=report.title,
        score=points(report.earned) if settled else "",
        total=points(report.total),
        percent=100 * min(1.0, max(0.0, report.earned / report.total)) if settled else 0.0,
        line=on_the_whole(report),
        kind=KINDS[state_of(report)],
        sections=[_section(item, report) for item in report.items],
        notes=[*report.notes],
        provenance=_provenance(report),
    )


def points(number: float) -> str:
    """7.5, 10, 33.33."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def state_of(found: Item | Report) -> State | str:
    """The state; "part" of what failed and yet earned something."""
    return PARTLY if found.state is State.FAIL and found.earned > 0 else found.state


def on_the_whole(report: Report) -> str:
    """One or two sentences on a submission."""
    match report.state:
        case State.GRADER_ERROR:
            return (
                "Your work could not be graded, and that is our fault, not yours. There is no "
                "score yet; your teacher has been told."
            )
        case State.NOT_RUN:
            why = report.problem or "The submission could not be loaded."
            return f"Nothing could be run. {why}"
        case State.PASS:
            return "Everything that was asked for is right. Well done."
    right = sum(item.state is State.PASS for item in report.items)
    line = f"{right} of {len(report.items)} items are right."
    first = _first_to_mend(report)
    return f"{line} Begin with “{first.title}”{_because(first, report)}." if first else line


def _first_to_mend(report: Report) -> Item | None:
    """The failed item that most others wait for, the first of equals."""
    wrong = [i for i in report.items if i.state in (State.FAIL, State.NOT_IMPLEMENTED)]
    return max(wrong, key=lambda item: _waiting(item, report), default=None)


def _waiting(item: Item, report: Report) -> int:
    own = {r.operator for r in item.requirements}
    return sum(item.id in i.requires and _waits_of(i, own) for i in report.items)


def _waits_of(item: Item, operators: Collection[str]) -> bool:
    """Whether an item was not run, or what it asks of some operators."""
    waits = (r.operator in operators for r in item.requirements if r.state is State.NOT_RUN)
    return item.state is State.NOT_RUN or any(waits)


def _because(item: Item, report: Report) -> str:
    if waiting := _waiting(item, report):
        return f": {waiting} other {'item waits' if waiting == 1 else 'items wait'} for it"
    return ""


# --- one item


def _section(item: Item, report: Report) -> Section:
    state = state_of(item)
    sign, word = SIGNS[state]
    told = not item.hidden
    return Section(
        title=item.title,
        points=points(item.points),
        earned="" if item.state is State.GRADER_ERROR else points(item.earned),
        sign=sign,
        word=word,
        kind=KINDS[state],
        hidden=item.hidden,
        waits=[*_waits(item, report)],
        happened=item.happened if told and item.state is not State.NOT_RUN else "",
        mistakes=[*item.mistakes],
        equations=[*item.equations],
        works=item.works if told else "",
        failed=[*_rows(item, [r for r in item.requirements if r.state in WORTH_READING])],
        others=[*_groups(item, report)],
        example=item.example if told else None,
    )


def _waits(item: Item, report: Report) -> Iterator[str]:
    """Titles of the items that one waits for; told in what happened, if that is shown."""
    in_part = item.hidden and any(r.state is State.NOT_RUN for r in item.requirements)
    if item.state is State.NOT_RUN or in_part:
        before = [i for i in report.items if i.id in item.requires]
        wrong = [i for i in before if i.state is not State.PASS]
        yield from (i.title for i in wrong or before)


def _rows(item: Item, found: Iterable[Requirement]) -> Iterator[ToldClause]:
    """The requirements; operators of which the same is to be said are told together."""
    groups: dict[tuple[object, ...], list[Requirement]] = {}
    for r in found:
        groups.setdefault((r.clause, r.state, r.reason), []).append(r)
    for first, *more in groups.values():
        operators = ", ".join(r.operator for r in (first, *more))
        reason = category(first) if item.hidden else first.reason
        yield ToldClause(first.sentence, first.clause, operators, first.state, reason)


def _groups(item: Item, report: Report) -> Iterator[Group]:
    """What holds, what could not be judged, and what has been paid for elsewhere."""
    found: dict[tuple[str, str], list[Requirement]] = {}
    for r in item.requirements:
        if r.state not in WORTH_READING:
            found.setdefault(_verbs(r, item, report), []).append(r)
    for verbs, requirements in sorted(found.items(), key=lambda group: group[0] == HOLDS):
        rows = [*_rows(item, requirements)]
        one, several = verbs
        line = f"1 requirement {one}" if len(rows) == 1 else f"{len(rows)} requirements {several}"
        yield Group(line, rows[0].sign, rows[0].kind, rows)


def _verbs(found: Requirement, item: Item, report: Report) -> tuple[str, str]:
    """What is said of a requirement that has not failed, and of several."""
    if found.state is not State.PASS:
        return OTHERS[found.state]
    if not found.carried:
        return HOLDS
    where = _paid_in(item, found.operator, report)
    said = f"right but for a mistake that already cost you points {where}: it costs nothing here"
    return f"is {said}", f"are {said}"


def waiting(section: Section) -> str:
    """Why an item was not run, or not all of it."""
    named = " and ".join(f"“{title}”" for title in section.waits)
    if section.kind != KINDS[State.NOT_RUN]:
        return f"A part waits for {named}: nothing can be said of it until that is right."
    return f"Waits for {named}: it builds on that, so nothing can be said until that is right."


def category(found: Requirement) -> str:
    """The kind of failure in fixed words, so that nothing of a hidden case comes through."""
    if found.state is not State.FAIL:
        return ""
    return next((said for how, said in CATEGORIES.items() if found.reason.startswith(how)), OTHER)


def _paid_in(item: Item, operator: str, report: Report) -> str:
    """The item in which a mistake in an operator cost points."""
    for other in report.items:
        wrong = (r.state is State.FAIL and r.operator == operator for r in other.requirements)
        if other.id != item.id and other.earned < other.points and any(wrong):
            return f"in “{other.title}”"
    return "elsewhere"


# --- with what it was graded


def _provenance(report: Report) -> list[tuple[str, str]]:
    found = report.provenance
    return [
        ("Graded by", f"refcnn {found.refcnn}, suite {found.suite}"),
        ("Run with", f"Python {found.python}, NumPy {found.numpy}"),
        ("Isolation of your code", found.isolation),
        ("Your submission (SHA-256)", found.submission),
        ("The assignment (SHA-256)", found.assignment),
        ("The private seed (SHA-256)", found.commitment),
    ]
