"""Whether what failed is right where nothing was asked before: whether something is kept."""

from collections.abc import Callable, Sequence

from refcnn.suite.case import Case, Outcome
from refcnn.suite.judge import Verdict, judge

MOST_ALONE = 4  # cases that are asked alone, each of a new process


def kept_between_calls(
    failing: Sequence[Case], restart: Callable[[], None], ask: Callable[[Case], Outcome]
) -> str:
    """That failing cases are right as the first question of a new process; "" if one is not.

    The smallest of the cases are asked.
    """
    chosen = sorted(failing, key=lambda case: case.size)[:MOST_ALONE]
    for case in chosen:
        restart()
        if judge(case, ask(case)).verdict not in (Verdict.PASS, Verdict.WEAK):
            return ""
    if not chosen:
        return ""
    return (
        f"Asked alone, of a new process each, {len(chosen)} of the cases that failed are right: "
        "something is kept from call to call (a cache, a buffer, a global)."
    )
