"""Whether slips in the teacher's own solution cost points, asked as students are asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from refcnn.grading.authoring.checks import Promise
from refcnn.grading.authoring.slips import Slip, slips
from refcnn.grading.grader import Grader, TooSlowError
from refcnn.grading.submissions import Submission

MOST = 100  # slips that are tried
MOST_SECONDS = 10.0  # of one, in the sandbox: what does not end is not told of
BEYOND = 2  # other seeds that those which cost nothing are asked by


@dataclass(frozen=True, slots=True)
class TriedSlip:
    """A slip, and the seed whose questions notice it: 0 is the secret one, None is none."""

    slip: Slip
    seed: int | None

    @property
    def said(self) -> str:
        return f"line {self.slip.line}: {self.slip.told}"

    @property
    def data(self) -> dict[str, Any]:
        """The same for other programs."""
        known = {"line": self.slip.line, "change": self.slip.told}
        return {**known, "noticed_by_another_seed": bool(self.seed)}


def slipped(solution: Submission, graders: Sequence[Grader]) -> Promise:
    """That slips in the solution cost points, by the questions of the first grader.

    Those that do not are asked by the others, of other seeds, so that it can be said whether
    anything that may be asked tells them from what is right.
    """
    if not graders[0].has_all(solution):
        return Promise("slips", "look", "not tried: the solution itself has not full marks")
    found = [*_tried(solution, graders)]
    late = [one for one in found if one.seed]
    free = [one for one in found if one.seed is None]
    lines = []
    if late:
        lines.append(f"they cost nothing by this seed, and do by another: {_all(late)}")
    if free:
        seeds = f"{len(graders)} seeds" if len(graders) > 1 else "this seed"
        lines.append(f"no question of {seeds} tells them from what is right: {_all(free)}")
    costing = len(found) - len(free) - len(late)
    said = f"of {len(found)} slips in the solution, {costing} cost points"
    data = {"tried": len(found), "unnoticed": [one.data for one in (*late, *free)]}
    return Promise("slips", "look" if late else "ok", said, tuple(lines), data)


def _tried(solution: Submission, graders: Sequence[Grader]) -> Iterator[TriedSlip]:
    """Each slip that comes to an end, with what notices it."""
    for slip in slips(solution, MOST):
        costs = _costing(slip.submission)
        try:
            yield TriedSlip(slip, next((n for n, one in enumerate(graders) if costs(one)), None))
        except TooSlowError:
            continue


def _costing(submission: Submission) -> Callable[[Grader], bool]:
    return lambda grader: not grader.has_all(submission, MOST_SECONDS)


def _all(tried: Sequence[TriedSlip]) -> str:
    return "; ".join(one.said for one in tried)
