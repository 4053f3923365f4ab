"""Everything that an implementation was asked and what came back, for a diagnosis."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from refcnn.suite.case import Case, Outcome

MOST = 3000  # entries kept of one operator


class Runs(Protocol):
    """Whatever can run a case: functions in this process, or another process."""

    def run(self, case: Case) -> Outcome:
        """Ask one question."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A case and its outcome."""

    case: Case
    outcome: Outcome
    legal: bool = True


class Log:
    """An implementation whose every answer is written down, by operator, in order."""

    def __init__(self, iut: Runs) -> None:
        """Ask `iut`."""
        self.iut = iut
        self.entries: dict[str, list[Entry]] = defaultdict(list)

    def run(self, case: Case) -> Outcome:
        """Ask one question and write it down."""
        return self._written(case, self.iut.run(case))

    def run_illegal(self, case: Case) -> Outcome:
        """Ask an illegal question, apart from the legal ones if that can be, and write it down."""
        run: Callable[[Case], Outcome] = getattr(self.iut, "run_illegal", self.iut.run)
        return self._written(case, run(case), legal=False)

    def _written(self, case: Case, outcome: Outcome, *, legal: bool = True) -> Outcome:
        entries = self.entries[case.operator]
        if len(entries) < MOST:
            entries.append(Entry(case, outcome, legal))
        return outcome
