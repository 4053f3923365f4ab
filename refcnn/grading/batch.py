"""Grading many: what is stored is not done again, what fails by our fault is tried again.

The reports do not depend on the number of workers, their order or their kind.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from refcnn.grading.cases import Setup
from refcnn.grading.engines import Engine
from refcnn.grading.grader import provenance
from refcnn.grading.pages.names import file_name
from refcnn.grading.pages.student import page
from refcnn.grading.report import Graded, Person, Provenance, Report, State
from refcnn.grading.store import Store, key_of
from refcnn.grading.submissions import Found, Submission, read
from refcnn.grading.worker import Done
from refcnn.iut.files import write_whole

TRIES = 3  # of a submission at which the grader itself fails
PATIENCE = 2.0  # seconds, then it is asked whether the workers are alive
AHEAD = 3  # submissions in memory for each worker


@dataclass(slots=True)
class Job:
    """One piece of work, and everybody who handed it in."""

    submission: Submission
    provenance: Provenance
    key: str  # what its report is kept under
    people: list[Person]
    tries: int = 0


@dataclass(slots=True)
class Batch:
    """One run over many submissions."""

    setup: Setup
    store: Store
    pages: Path
    engine: Engine
    isolation: str
    told: Callable[[], None] = lambda: None  # called for each submission that is done
    _running: dict["Future[Done]", Job] = field(default_factory=dict)
    _waiting: dict[str, Job] = field(default_factory=dict)  # by key: running or to be tried again
    _again: list[Job] = field(default_factory=list)

    def run(self, found: Iterable[Found]) -> None:
        """Grade what is not stored; store each report and write each page as it comes."""
        for job in self._new(found):
            self._submit(job)
            while len(self._running) >= AHEAD * self.engine.workers:
                self._settle()
        while self._running or self._again:
            if not self._running:  # what has failed is tried alone: then it is to blame
                self._submit(self._again.pop())
            self._settle()

    def _new(self, found: Iterable[Found]) -> Iterator[Job]:
        assignment = self.setup.assignment
        for each in found:
            most = assignment.limits.kibibytes_of_source * 1024
            submission = read(each, assignment.entry, most)
            about = provenance(self.setup, self.isolation, submission)
            key = key_of(about)
            if key in self._waiting:
                self._waiting[key].people.append(submission.person)
            elif (report := self.store.report(key)) and report.settled:
                self._stored(submission.person, key, report)
            else:
                job = self._waiting[key] = Job(submission, about, key, [submission.person])
                yield job

    def _submit(self, job: Job) -> None:
        job.tries += 1
        try:
            self._running[self.engine.submit(job.submission)] = job
        except BrokenProcessPool:
            self.engine.renew()
            self._running[self.engine.submit(job.submission)] = job

    def _settle(self) -> None:
        """Take in what is ready; if workers have died, what is lost is tried again."""
        ready = self._ready()
        broken = not ready
        for future in ready:
            job = self._running.pop(future)
            error = future.exception()
            broken |= isinstance(error, BrokenProcessPool)
            if error is None:
                self._finish(job, future.result())
            elif job.tries < TRIES:
                self._again.append(job)
            else:
                self._finish(job, Done.of(self._failed(job, error)))
        if broken:
            self._again += self._running.values()
            self._running.clear()
            self.engine.renew()

    def _ready(self) -> "set[Future[Done]]":
        """What is done, as soon as something is; nothing if workers died and all of it is lost."""
        while True:
            ready, _ = wait(self._running, timeout=PATIENCE, return_when=FIRST_COMPLETED)
            if ready or self.engine.broken:
                return ready

    def _failed(self, job: Job, error: BaseException) -> Graded:
        assignment = self.setup.assignment
        report = Report(
            title=assignment.title,
            total=assignment.total,
            earned=0,
            state=State.GRADER_ERROR,
            problem=f"The grader failed, not the submission: {type(error).__name__}: {error}",
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
