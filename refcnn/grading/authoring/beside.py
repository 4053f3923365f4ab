"""Slips asked in a process of their own, while this one holds functions of ours to the cases."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from refcnn.grading.authoring.checks import Promise
from refcnn.grading.authoring.slipped import slipped
from refcnn.grading.cases import Setup
from refcnn.grading.engines import end
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.submissions import Submission
from refcnn.grading.worker import stay_with_parent
from refcnn.implementations.sandbox.nursery import Zygote

WORTH_A_PROCESS = 100  # private cases: it takes half a second to begin


@contextmanager
def slips_of(
    solution: Submission, setups: Sequence[Setup], *, trusted: bool
) -> Iterator[Callable[[], Promise]]:
    """A function that gives what `slipped` says, by the cases of several seeds.

    The work has begun in another process where one can be had and is worth it; otherwise it
    is done when it is asked for. What it raises, the function raises.
    """
    pool = _pool() if sum(map(len, setups[0].private.values())) > WORTH_A_PROCESS else None
    if pool is None:
        yield lambda: _asked(solution, setups, trusted)
        return
    try:
        yield pool.submit(_asked, solution, setups, trusted).result
    finally:
        end(pool)


def _pool() -> ProcessPoolExecutor | None:
    """One process, or none where no locks can be had (no /dev/shm)."""
    try:
        return ProcessPoolExecutor(1, get_context("spawn"), stay_with_parent)
    except OSError:
        return None


def _asked(solution: Submission, setups: Sequence[Setup], trusted: bool) -> Promise:  # noqa: FBT001 - sent to a process
    with Zygote(allowed(setups[0]), trusted=trusted) as zygote:
        return slipped(solution, [Grader(setup, zygote) for setup in setups])
