"""Many implementations side by side: each is checked in the same way, none is spared."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from refcnn.implementations import targets as doors
from refcnn.implementations.process import Allowance, CouldNotStart
from refcnn.reports.scoreboard import OWN, Judged
from refcnn.run import Options, check


def installed() -> list[str]:
    """refcnn itself, and the frameworks whose packages are all installed."""
    found = [name for name, needs in doors.FRAMEWORKS.items() if all(map(find_spec, needs))]
    return [OWN, *found]


def measure(
    targets: Sequence[str],
    options: Options,
    limits: Allowance,
    begin: Callable[[str], None] = lambda _: None,
) -> list[Judged]:
    """Check each target in a process of its own; `begin` is told its name."""
    entries = []
    for target in targets:
        begin(target)
        try:
            with doors.python(target, limits=limits) as iut:
                entries.append(Judged(target, check(target, iut, options)))
        except CouldNotStart as error:
            entries.append(Judged(target, None, str(error)))
    return entries
