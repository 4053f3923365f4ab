"""A class in numbers: what is kept of each submission while a batch goes by."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from refcnn.grading.pages.telling import SIGNS, points, state_of
from refcnn.grading.report import Graded, Item, Report, State
from refcnn.grading.similar import Pair, copies, similar

MOST_ROWS = 2_000  # of the table of all students: the CSV file has the others, too
MOST_ACTS = 20  # of one student that are kept
STEPS = 10  # of the distribution; full marks are a step of their own


@dataclass(frozen=True, slots=True)
class Student:
    """One student in one line."""

    id: str
    name: str
    score: str  # "7.5 / 10", or "" if there is none
    state: State | str
    mistake: str  # the first

    @property
    def sign(self) -> str:
        """One character."""
        return SIGNS[self.state][0]

    @property
    def word(self) -> str:
        """The state in words."""
        return SIGNS[self.state][1]


def row(graded: Graded) -> Student:
    """The line of a submission."""
    report, person = graded.report, graded.person
    score = f"{points(report.earned)} / {points(report.total)}" if report.settled else ""
    return Student(person.id, person.name, score, state_of(report), _first_mistake(report))


def _first_mistake(report: Report) -> str:
    """The first diagnosis, or why there is none."""
    named = (m for item in report.items for m in item.mistakes)
    failed = (
        f"{r.operator}: {r.reason or r.state}"
        for state in (State.FAIL, State.NOT_IMPLEMENTED)
        for item in report.items
        for r in item.requirements
        if r.state is state
    )
    return report.problem or next(named, "") or next(failed, "")


@dataclass(slots=True)
class ItemTally:
    """What became of one item."""

    title: str
    points: float
    states: Counter[State | str] = field(default_factory=Counter)
    earned: Counter[float] = field(default_factory=Counter)  # how often how much: few numbers

    def add(self, item: Item) -> None:
        """Count the item of one submission."""
        self.states[state_of(item)] += 1
        if item.state is not State.GRADER_ERROR:
            self.earned[item.earned] += 1

    @property
    def share(self) -> float:
        """Of its points, how many were earned in the mean, from 0 to 1."""
        total = fsum(earned * times for earned, times in self.earned.items())
        count = self.earned.total()
        return total / count / self.points if count else 0.0


@dataclass(slots=True)
class ClauseTally:
    """What became of one requirement."""

    sentence: str
    judged: int = 0
    missed: int = 0


class Cohort:
    """A summary that grows by one submission at a time: numbers, ids and counters, no reports."""

    def __init__(
        self, starter: Collection[int] = (), known: Mapping[str, Sequence[int]] | None = None
    ) -> None:
        """Begin with an empty class.

        `starter` is the fingerprint of the code that was handed out, `known` are those of
        sources that may have been copied, by name.
        """
        self.known: dict[str, array[int]] = {}
        for name, found in (known or {}).items():
            self.known[name] = array("Q", (h % 2**32 for h in found))
        self.starter = starter
        self.title, self.total, self.count = "", 0.0, 0
        self.states: Counter[State | str] = Counter()
        self.scores = array("d")
        self.items: dict[str, ItemTally] = {}
        self.clauses: dict[tuple[str, str], ClauseTally] = {}
        self.mistakes: dict[tuple[str, str], list[str]] = {}  # of an item, a sentence: ids
        self.problems: dict[str, str] = {}  # by id
        self.acts: dict[str, tuple[str, ...]] = {}
        self.names: dict[str, str] = {}
        self.rows: list[Student] = []
        self.fingerprints: dict[str, array[int]] = {}

    def add(self, graded: Graded) -> None:
        """Count one submission."""
        report, name = graded.report, graded.person.id
        self.title, self.total = report.title, report.total
        self.count += 1
        self.states[state_of(report)] += 1
        if graded.person.name:
            self.names[name] = graded.person.name
        if report.settled:
            self.scores.append(report.earned)
        if report.state in (State.NOT_RUN, State.GRADER_ERROR):
            self.problems[name] = report.problem or SIGNS[report.state][1]
        if report.acts:
            self.acts[name] = report.acts[:MOST_ACTS]
        if report.fingerprint:
            self.fingerprints[name] = array("Q", (h % 2**32 for h in report.fingerprint))
        if len(self.rows) <= MOST_ROWS:
            self.rows.append(row(graded))
        for item in report.items:
            self._item(item, name)
        self._clauses(report)

    def _item(self, item: Item, name: str) -> None:
        tally = self.items.setdefault(item.id, ItemTally(item.title, item.points))
        tally.add(item)
        for mistake in dict.fromkeys(item.mistakes):
            self.mistakes.setdefault((item.id, mistake), []).append(name)

    def _clauses(self, report: Report) -> None:
        """Each requirement once, if more than one item has it."""
        missed: dict[tuple[str, str], bool] = {}
        for item in report.items:
            for r in item.requirements:
                if r.state in (State.PASS, State.FAIL):
                    key = r.operator, r.clause
                    missed[key] = missed.get(key, False) or r.state is State.FAIL or r.carried
                    self.clauses.setdefault(key, ClauseTally(r.sentence))
        for key, wrong in missed.items():
            self.clauses[key].judged += 1
            self.clauses[key].missed += wrong

    def pairs(self) -> list[Pair]:
        """Submissions that are near-identical."""
        return similar(self.fingerprints, self.starter)

    def copies(self) -> list[Pair]:
        """Submissions that are near-identical with a known source."""
        return copies(self.fingerprints, self.known, self.starter)

    def steps(self) -> list[tuple[str, int]]:
        """The distribution of the scores, from full marks down."""
        counts = [0] * (STEPS + 1)
        for score in self.scores:
            # as a share of the total: not below none, and full marks only if full
            share = max(0.0, score / self.total)
            counts[STEPS if share >= 1 else int(share * STEPS)] += 1
        names = [f"from {100 * n // STEPS} %" for n in range(STEPS)]
        return [*zip([*names, "full marks"], counts)][::-1]


def cohort(every: Iterable[Graded], starter: Collection[int] = ()) -> Cohort:
    """The summary of some submissions."""
    found = Cohort(starter)
    for graded in every:
        found.add(graded)
    return found
