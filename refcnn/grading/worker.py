"""What a worker does, in this process, in another one or on another machine."""

import gc
import os
import pickle
import signal
import threading
import time
from dataclasses import dataclass
from multiprocessing import current_process
from typing import Any

from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.pages.student import page
from refcnn.grading.report import Graded
from refcnn.grading.submissions import Submission
from refcnn.implementations.sandbox.nursery import SandboxError, Zygote
from refcnn.implementations.sandbox.selftest import selftest

_GRADERS = threading.local()  # a zygote is for one thread


@dataclass(frozen=True, slots=True)
class Done:
    """What comes back: the report as JSON, in brief, and the page of whoever handed it in."""

    report: str
    brief: str
    page: str

    @classmethod
    def of(cls, graded: Graded) -> "Done":
        """All that is kept of a report."""
        report = graded.report
        return cls(report.model_dump_json(), report.brief().model_dump_json(), page(graded))


def job(
    setup: Setup, submission: Submission, at_most: float, *, trusted: bool, prove: bool = False
) -> Done:
    """Grade one submission in `at_most` seconds of its own time, or raise TooSlowError.

    Raises SandboxError, also if the sandbox has to `prove` itself.
    """
    report = _grader(setup, trusted=trusted, prove=prove).grade(submission, at_most)
    return Done.of(Graded(person=submission.person, report=report))


def _grader(setup: Setup, *, trusted: bool, prove: bool) -> Grader:
    """The grader of this thread, made when it is first needed or when its zygote is gone."""
    key = (setup.digest, setup.commitment, trusted)
    known: tuple[Any, Grader] | None = getattr(_GRADERS, "known", None)
    if known and known[0] == key and known[1].zygote.process.poll() is None:
        return known[1]
    if known:
        known[1].zygote.close()
    zygote = Zygote(allowed(setup), trusted=trusted)
    if prove and not trusted and (failed := not_refused(zygote)):
        zygote.close()
        raise SandboxError(f"the sandbox does not hold: {'; '.join(failed)}")
    grader = Grader(setup, zygote)
    gc.freeze()  # the setup stays: collections need not look at it again and again
    _GRADERS.known = key, grader
    return grader


def not_refused(zygote: Zygote) -> list[str]:
    """The forbidden acts that a sandbox does not refuse."""
    return [result.act.name for result in selftest(zygote) if not result.refused]


_OWN: list[Any] = []  # the setup of a local worker, which does not change


def begin(pickled: bytes, trusted: bool) -> None:  # noqa: FBT001 - called by a pool
    """Get ready in a process of a local pool.

    It shares no lock with others: whoever is killed with one in hand would stop them all.
    """
    _stay_on_a_core(int(current_process().name.rpartition("-")[2]))
    stay_with_parent()
    _OWN[:] = [pickle.loads(pickled), trusted]  # noqa: S301 - from our own parent


def stay_with_parent() -> None:
    """End when the parent ends this process or is gone, and not at an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _stay_on_a_core(number: int) -> None:
    """A worker and its confined processes take turns: on one core that costs a sixth less."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def local(submission: Submission, at_most: float) -> Done:
    """Grade one submission in a process that has begun."""
    return job(_OWN[0], submission, at_most, trusted=_OWN[1])


def _end_with(parent: int) -> None:
    """End this process once its parent is gone: a pool's workers would wait for ever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
