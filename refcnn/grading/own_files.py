"""The files of code that lie in the folder of an assignment: solution, starter, samples."""

from pathlib import Path

from refcnn.grading.assignment import Assignment, AssignmentError
from refcnn.grading.submissions import CODE, Submission, SubmissionError, collect


def named(directory: Path, stem: str) -> str:
    """The name of the solution or the starter; raises AssignmentError unless there is one."""
    there = those_named(directory, stem)
    if not there:
        raise AssignmentError(f"{directory} has no {stem}.py and no {stem}.ipynb; put one there")
    if len(there) > 1:
        raise AssignmentError(f"{directory} has {' and '.join(there)}; keep one of them")
    return there[0]


def those_named(directory: Path, stem: str) -> list[str]:
    """The names of the files of code that are called so."""
    return [stem + suffix for suffix in CODE if (directory / (stem + suffix)).exists()]


def own_file(directory: Path, name: str, assignment: Assignment) -> Submission:
    """A file of the assignment's, read as a submission is; raises AssignmentError."""
    most = assignment.limits.bytes_of_source
    try:
        return next(collect([directory / name], entry=assignment.entry, most=most, one=True))
    except SubmissionError as error:
        raise AssignmentError(f"{error} (the assignment names it)") from None
