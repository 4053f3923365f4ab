"""Grading many: what is stored is not done again, what fails by our fault is tried again.

The reports do not depend on the number of workers, their order or their kind. Where a class
has a deadline, everybody is first given a little time, and what needs more comes after all
others: slow work takes the time of nobody but other slow work.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from time import monotonic

from refcnn.grading.cases import Setup
from refcnn.grading.engines import Engine
from refcnn.grading.grader import TooSlowError, provenance
from refcnn.grading.pages.names import file_name
from refcnn.grading.pages.student import page
from refcnn.grading.report import Graded, Person, Provenance, Report, State
from refcnn.grading.store import Store, key_of
from refcnn.grading.submissions import Found, Submission, read
from refcnn.grading.worker import Done
from refcnn.implementations.files import write_whole

TRIES = 3  # of a submission at which the grader itself fails
PATIENCE = 2.0  # seconds, then it is asked whether the workers are alive
AHEAD = 3  # submissions in memory for each worker
TOO_LATE = "Not graded: the time for the class was over. It is nobody's fault, and no zero."


@dataclass(slots=True)
class Job:
    """One piece of work, and everybody who handed it in."""

    submission: Submission
    provenance: Provenance
    key: str  # what its report is kept under
    people: list[Person]
    tries: int = 0
    at_most: float = inf  # seconds of its own time


@dataclass(slots=True)
class Batch:
    """One run over many submissions."""

    setup: Setup
    store: Store
    pages: Path
    engine: Engine
    isolation: str
    told: Callable[[], None] = lambda: None  # called for each submission that is done
    until: float = inf  # as of time.monotonic: then nobody more is graded
    at_first: float = inf  # seconds of its own time that everybody is given, before slow work
    _running: dict["Future[Done]", Job] = field(default_factory=dict)
    _waiting: dict[str, Job] = field(default_factory=dict)  # by key: running or to be tried again
    _again: list[Job] = field(default_factory=list)
    _slow: list[Job] = field(default_factory=list)

    def run(self, found: Iterable[Found]) -> None:
        """Grade what is not stored; store each report and write each page as it comes."""
        for job in self._new(found):
            self._submit(job)
            while len(self._running) >= AHEAD * self.engine.workers:
                self._settle()
        while self._running or self._again or self._slow:
            if not self._running and self._again:
                self._submit(self._again.pop())  # alone: if it fails again, it is to blame
            elif not self._again:
                self._submit_slow()
            self._settle()

    def _submit_slow(self) -> None:
        """Give what is slow all the time that the assignment allows, as many as there is room."""
        while self._slow and len(self._running) < self.engine.workers:
            job = self._slow.pop(0)
            job.at_most = inf
            self._submit(job)

    def _new(self, found: Iterable[Found]) -> Iterator[Job]:
        assignment = self.setup.assignment
        for each in found:
            most = assignment.limits.bytes_of_source
            submission = read(each, assignment.entry, most)
            about = provenance(self.setup, self.isolation, submission)
            key = key_of(about)
            if key in self._waiting:
                self._waiting[key].people.append(submission.person)
            elif (report := self.store.report(key)) and report.settled:
                self._stored(submission.person, key, report)
            else:
                job = Job(submission, about, key, [submission.person], at_most=self.at_first)
                self._waiting[key] = job
                yield job

    def _submit(self, job: Job) -> None:
        if self._is_late:
            self._finish(job, Done.of(self._without_score(job, TOO_LATE)))
            return
        job.tries += 1
        try:
            future = self.engine.submit(job.submission, job.at_most)
        except BrokenProcessPool:
            self.engine.renew()
            future = self.engine.submit(job.submission, job.at_most)
        self._running[future] = job

    @property
    def _is_late(self) -> bool:
        return monotonic() > self.until

    def _settle(self) -> None:
        """Take in what is ready; if workers have died, what is lost is tried again.

        When the time for the class is over, what is running is left, and the workers ended.
        """
        ready = self._ready()
        broken = not ready and bool(self._running)
        for future in ready:
            job = self._running.pop(future)
            error = future.exception()
            broken |= isinstance(error, BrokenProcessPool)
            if error is None:
                self._finish(job, future.result())
            elif isinstance(error, TooSlowError):
                self._slow.append(job)
            elif job.tries < TRIES:
                self._again.append(job)
            else:
                why = f"The grader failed, not the submission: {type(error).__name__}: {error}"
                self._finish(job, Done.of(self._without_score(job, why)))
        if broken:
            self._again += self._running.values()
            self._running.clear()
            self.engine.renew()

    def _ready(self) -> "set[Future[Done]]":
        """What is done, as soon as something is; nothing if all that is running is lost."""
        while True:
            patience = max(0.0, min(PATIENCE, self.until - monotonic()))
            ready, _ = wait(self._running, timeout=patience, return_when=FIRST_COMPLETED)
            if ready or not self._running or self.engine.broken or self._is_late:
                return ready

    def _without_score(self, job: Job, problem: str) -> Graded:
        assignment = self.setup.assignment
        report = Report(
            title=assignment.title,
            total=assignment.total,
            earned=0,
            state=State.GRADER_ERROR,
            problem=problem,
            provenance=job.provenance,
        )
        return Graded(person=job.submission.person, report=report)

    def _finish(self, job: Job, done: Done) -> None:
        """Store a report, then write the pages of all who handed the same in."""
        key = job.key
        del self._waiting[key]
        self.store.keep(key, done.report, done.brief)
        first, *others = job.people
        self._done(first, key, done.page)
        if others:
            report = Report.model_validate_json(done.report)
            for person in others:
                self._done(person, key, page(Graded(person=person, report=report)))

    def _stored(self, person: Person, key: str, report: Report) -> None:
        """Somebody whose report was stored: the page is written if it is not there."""
        there = self.store.has(person, key) and self._path(person).is_file()
        self._done(person, key, "" if there else page(Graded(person=person, report=report)))

    def _done(self, person: Person, key: str, ready: str) -> None:
        """Somebody's page, then the name on the report: in this order nothing can be missing."""
        if ready:
            write_whole(self._path(person), ready)
        self.store.name(person, key)
        self.told()

    def _path(self, person: Person) -> Path:
        return self.pages / f"{file_name(person.id)}.html"
