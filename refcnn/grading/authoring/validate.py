"""An assignment held to what it promises: `refcnn assignment validate`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from refcnn.grading.assignment import Assignment, load
from refcnn.grading.authoring import checks, mistakes
from refcnn.grading.authoring.bench import Bench
from refcnn.grading.authoring.beside import slips_of
from refcnn.grading.authoring.checks import Promise
from refcnn.grading.authoring.slipped import BEYOND
from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.own_files import named, own_file
from refcnn.grading.submissions import Submission
from refcnn.implementations import layouts
from refcnn.implementations.sandbox.nursery import Zygote
from refcnn.implementations.sandbox.outside import Confined
from refcnn.suite.capabilities import Offer
from refcnn.suite.case import Case, Outcome
from refcnn.suite.probe import find_out

OTHER_SEEDS = 5  # that must notice what the secret one does
Step = Callable[[str], None]


def steps(assignment: Assignment) -> int:
    """How often `validate` tells that something is done."""
    return len(assignment.operators) + len(assignment.sample) + 9


def validate(
    directory: Path, step: Step = lambda _: None, *, trusted: bool = False
) -> list[Promise]:
    """All checks of an assignment; `step` is told each thing that has been done.

    Solution, starter and samples are graded as submissions are. Raises AssignmentError for
    an assignment that cannot be used, and SandboxError where code cannot be confined.
    """
    assignment = load(directory)
    solution = own_file(directory, named(directory, "solution"), assignment)
    starter = own_file(directory, named(directory, "starter"), assignment)
    samples = [own_file(directory, sample.file, assignment) for sample in assignment.sample]
    setup = Setup.of(directory, step)
    others = [Setup.of(directory, other=n) for n in range(1, OTHER_SEEDS + 1)]
    step("other seeds")
    found = [checks.evidence(setup)]

    def done(check: Promise) -> None:
        found.append(check)
        step(check.what)

    with Zygote(allowed(setup), trusted=trusted) as zygote:
        for check in _graded(Grader(setup, zygote), solution, starter, samples):
            done(check)
    with slips_of(solution, [setup, *others[:BEYOND]], trusted=trusted) as slipped:
        for check in _proven(Bench(setup), others):
            done(check)
        done(slipped())
    return found


def _proven(bench: Bench, others: Sequence[Setup]) -> Iterator[Promise]:
    """What our own functions show: mistakes, right implementations, lazy ones."""
    known = mistakes.all_mistakes(bench)
    yield mistakes.mistakes(known, bench.setup)
    yield mistakes.seeds(known, others)
    yield checks.other_routes(bench)
    yield checks.laziness(bench)


def _graded(
    grader: Grader, solution: Submission, starter: Submission, samples: Sequence[Submission]
) -> Iterator[Promise]:
    """The solution, the starter and the samples, graded like submissions."""
    setup, report = grader.setup, grader.grade(solution)
    full = setup.assignment.total
    loaded = report.settled and not report.problem
    short = loaded and report.earned < full
    hints = checks.lacking(setup, _offer(grader, solution)) if short else []
    yield checks.clean(checks.score("solution", report, full, hints), report.acts)
    yield checks.score("starter", grader.grade(starter), 0)
    yield checks.stated_rules(setup, starter)
    for sample, submission in zip(setup.assignment.sample, samples):
        yield checks.score(sample.file, grader.grade(submission), sample.score)


def _offer(grader: Grader, solution: Submission) -> Offer:
    """The forms that a solution offers, found out as `refcnn check` does."""
    stated = grader.setup.assignment.stated
    code = grader.code(solution)
    with Confined(grader.zygote, code) as process:

        def run(case: Case) -> Outcome:
            return layouts.answered(case, process.run(layouts.asked(case, stated)), stated)

        return find_out(run, grader.setup.assignment.operators)


def as_json(title: str, found: Sequence[Promise]) -> dict[str, Any]:
    """The checks for other programs."""
    return {"title": title, "holds": holds(found), "checks": [asdict(check) for check in found]}


def holds(found: Sequence[Promise]) -> bool:
    """Whether nothing is wrong; what should be looked at is not."""
    return not any(check.word == "wrong" for check in found)
