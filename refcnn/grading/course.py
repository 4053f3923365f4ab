"""A whole class: graded, with its pages, exports and what to tell the teacher."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from time import monotonic

from refcnn.grading.answers import Answered
from refcnn.grading.assignment import AssignmentError
from refcnn.grading.batch import Batch
from refcnn.grading.cases import Setup
from refcnn.grading.engines import Alone, Dask, Engine, Local
from refcnn.grading.exports.write import read_given, write_all
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.known import known_sources
from refcnn.grading.own_files import named, own_file, those_named
from refcnn.grading.pages.cohort import Cohort
from refcnn.grading.pages.cohort import page as cohort_page
from refcnn.grading.report import Example, Item, Report
from refcnn.grading.similar import fingerprint
from refcnn.grading.store import Everyone, Store
from refcnn.grading.submissions import find, read
from refcnn.grading.worker import not_refused
from refcnn.implementations.files import clear_parts, write_whole
from refcnn.implementations.sandbox.nursery import SandboxError, Zygote

MOST_NAMED = 5  # people in a sentence
RUN, PAGES, CLASS, STARTER = "run.json", "pages", "class.html", "starter.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOptions:
    """What a teacher chooses."""

    assignment: Path
    out: Path
    workers: int = 1
    dask: str = ""
    trusted: bool = False
    canvas: Path | None = None
    canvas_column: str | None = None
    moodle: Path | None = None
    minutes: float = inf  # for the class; who is not graded then has no score


class UntrustedError(Exception):
    """Strangers' code must not be run here; the message says why, and what to do."""


@contextmanager
def sandbox(setup: Setup, *, trusted: bool) -> Iterator[Zygote]:
    """A sandbox out of which we have tried to break in vain; raises UntrustedError."""
    advice = "`refcnn doctor` says more; --trust grades without isolation"
    try:
        zygote = Zygote(allowed(setup), trusted=trusted)
    except SandboxError as error:
        raise UntrustedError(f"there is no sandbox here: {error}; {advice}") from None
    with zygote:
        if not trusted and (failed := not_refused(zygote)):
            raise UntrustedError(f"the sandbox does not hold: {'; '.join(failed)}; {advice}")
        yield zygote


def solved(setup: Setup, directory: Path, zygote: Zygote) -> None:
    """Grade the solution of an assignment before any student; nothing is done without one.

    Raises AssignmentError unless it has all points: then the assignment is wrong.
    """
    if not those_named(directory, "solution"):
        return
    solution = own_file(directory, named(directory, "solution"), setup.assignment)
    report = Grader(setup, zygote).grade(solution)
    if report.earned < report.total or not report.settled:
        why = report.problem or f"it has {report.earned:g} of {report.total:g} points"
        raise AssignmentError(
            f"the solution of {directory} is not right by this assignment: {why.rstrip('.')}; "
            f"`refcnn assignment validate {directory}` says more"
        )


@contextmanager
def engine(setup: Setup, options: ClassOptions) -> Iterator[Engine]:
    """The workers; raises EngineError."""
    found: Engine
    if options.dask:
        found = Dask(setup, options.dask, trusted=options.trusted)
    else:
        try:
            found = Local(setup, options.workers, trusted=options.trusted)
        except OSError:  # no /dev/shm, or one that cannot be written to
            found = Alone(setup, trusted=options.trusted)
    try:
        yield found
    finally:
        found.close()


@dataclass(frozen=True, slots=True)
class Upshot:
    """What a run has led to."""

    cohort: Cohort
    sentences: tuple[str, ...]


def grade(
    setup: Setup,
    paths: Sequence[Path],
    options: ClassOptions,
    *,
    regrade: bool = False,
    begin: Callable[[int], None] = lambda _: None,
    told: Callable[[], None] = lambda: None,
) -> Upshot:
    """Grade all submissions of some paths into a folder.

    `begin` is told their number, `told` each one that is done. Raises SubmissionError,
    AssignmentError, UntrustedError, EngineError, StoreError, ExportError or OSError with one
    sentence.
    """
    until = monotonic() + 60 * options.minutes
    read_given(options.out, options.canvas, options.moodle)  # before hours of grading
    found = find(paths, but=(options.out, options.assignment))
    with sandbox(setup, trusted=options.trusted) as zygote:
        isolation = zygote.isolation
        solved(setup, options.assignment, zygote)
    pages = options.out / PAGES
    pages.mkdir(parents=True, exist_ok=True)
    with Store(options.out) as store:
        clear_parts(options.out)
        clear_parts(pages)
        before = _paths_before(options.out)
        write_whole(options.out / RUN, _remembered(_together(before, paths), options))
        begin(len(found))
        if regrade:
            store.begin_regrade()
        with engine(setup, options) as workers:
            share = (until - monotonic()) * workers.workers / max(1, len(found))
            Batch(setup, store, pages, workers, isolation, told, until, share / 2).run(found)
        again = {path.absolute() for path in paths} >= {*before}
        kept = _forget_who_left({each.person.id for each in found}, store, again=again)
        done = finish(store, options)
        return replace(done, sentences=(*done.sentences, *kept))


def _paths_before(out: Path) -> list[Path]:
    """The paths that were graded into a folder before."""
    try:
        return remembered(out)[0]
    except AssignmentError:
        return []


def _together(before: Sequence[Path], paths: Sequence[Path]) -> list[Path]:
    """The paths of a class: those of before, and new ones that do not lie in them."""
    new = [path.absolute() for path in paths]
    known = [path for path in before if not _lies_in(path, new)]
    return [*known, *(path for path in new if not _lies_in(path, known))]


def _lies_in(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _forget_who_left(ids: set[str], store: Store, *, again: bool) -> list[str]:
    """Leave out who is not there any more, if the same class is graded again.

    Whoever was graded from elsewhere stays; and all do if most would go, which is more
    likely to be a mistake than a class that lost so many.
    """
    others = store.others(ids)
    if again and 2 * len(others) <= store.count():
        store.forget(others)
        return []
    if not others:
        return []
    few = ", ".join(others[:MOST_NAMED]) + (", ..." if len(others) > MOST_NAMED else "")
    return [f"{len(others)} who were graded here before are not in this run, and stay: {few}."]


def finish(store: Store, options: ClassOptions) -> Upshot:
    """The page of the class and the gradebooks, from what is stored."""
    cohort = Cohort(_starter(options.assignment), known_sources(options.assignment))
    for graded in store.graded():
        cohort.add(graded)
    write_whole(options.out / CLASS, cohort_page(cohort))
    sentences = write_all(
        options.out, Everyone(store), options.canvas, options.canvas_column, options.moodle
    )
    return Upshot(cohort, sentences)


def _starter(directory: Path) -> tuple[int, ...]:
    """The fingerprint of what was handed out, which all have in common."""
    try:
        return fingerprint((directory / STARTER).read_text("utf-8"))
    except (OSError, ValueError):
        return ()


def _remembered(paths: Sequence[Path], options: ClassOptions) -> str:
    """What `refcnn regrade` does again."""
    said = {
        "paths": [str(path.absolute()) for path in paths],
        "assignment": str(options.assignment.absolute()),
        "trusted": options.trusted,
        "canvas": str(options.canvas.absolute()) if options.canvas else None,
        "canvas_column": options.canvas_column,
        "moodle": str(options.moodle.absolute()) if options.moodle else None,
    }
    return json.dumps(said, indent=1) + "\n"


def remembered(out: Path) -> tuple[list[Path], ClassOptions]:
    """The paths and the options of the last run; raises AssignmentError."""
    try:
        said = json.loads((out / RUN).read_text("utf-8"))
        options = ClassOptions(
            assignment=Path(said["assignment"]),
            out=out,
            trusted=bool(said["trusted"]),
            canvas=Path(said["canvas"]) if said["canvas"] else None,
            canvas_column=said["canvas_column"],
            moodle=Path(said["moodle"]) if said["moodle"] else None,
        )
        return [Path(p) for p in said["paths"]], options
    except (OSError, ValueError, KeyError, TypeError):
        raise AssignmentError(
            f"nothing was graded into {out} yet: run `refcnn grade` first"
        ) from None


def failures(
    setup: Setup, paths: Sequence[Path], student: str, options: ClassOptions
) -> list[tuple[Answered, Example]]:
    """The private vectors that somebody's submission fails, asked again.

    Raises AssignmentError if it is not there any more, SubmissionError or UntrustedError.
    """
    assignment = setup.assignment
    found = {one.person.id: one for one in find(paths, but=(options.out, options.assignment))}
    if student not in found:
        raise AssignmentError(f"what {student} handed in is not there any more")
    submission = read(found[student], assignment.entry, assignment.limits.bytes_of_source)
    if submission.problem:
        raise AssignmentError(f"nothing can be asked of {student}: {submission.problem}")
    with sandbox(setup, trusted=options.trusted) as zygote:
        return [*Grader(setup, zygote).failures(submission)]


def why(before: Report | None, after: Report | None) -> list[str]:
    """What has changed between two reports of one person, in sentences."""
    if before is None:
        return ["new in this run"]
    if after is None:
        return ["not in this run any more"]
    old, new = before.provenance.model_dump(), after.provenance.model_dump()
    found = [
        f"the {name} is another: {_short(old[name])} -> {_short(new[name])}"
        for name in new
        if old[name] != new[name]
    ]
    known = {item.id: item for item in before.items}
    found += [said for item in after.items if (said := _changed(known.get(item.id), item))]
    left = {item.id for item in after.items}
    return found + [f"{name} is not an item any more" for name in known if name not in left]


def _short(value: object) -> str:
    text = str(value)
    return text[:12] if len(text) == 64 else text


def _changed(before: Item | None, after: Item) -> str:
    if before is None:
        return f"{after.id} is a new item: {after.earned:g} of {after.points:g}"
    if (before.earned, before.points) == (after.earned, after.points):
        return ""
    change = f"{before.earned:g} of {before.points:g} -> {after.earned:g} of {after.points:g}"
    return f"{after.id}: {change}; {after.happened}"
