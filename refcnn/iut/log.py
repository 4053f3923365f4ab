"""Everything that an implementation was asked and what came back, for a diagnosis."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

from refcnn.spec.case import Case, Outcome

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


class Log:
    """An implementation whose every answer is written down, by operator, in order."""

    def __init__(self, iut: Runs) -> None:
        """Ask `iut`."""
        self.iut = iut
        self.entries: dict[str, list[Entry]] = defaultdict(list)

    def run(self, case: Case) -> Outcome:
        """Ask one question and write it down."""
        outcome = self.iut.run(case)
        entries = self.entries[case.operator]
        if len(entries) < MOST:
            entries.append(Entry(case, outcome))
        return outcome
