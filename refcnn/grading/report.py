"""A report: what one submission earned and why.

It follows from the submission, the assignment and the versions alone. There is no
name, no time and no path in it, so that equal work gives equal bytes. Nothing in it
comes from the private cases but whether they were answered rightly: every number
that is shown belongs to a public vector.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from refcnn.diagnosis.identify.picture import Plane, Plot


class Value(BaseModel):
    """A value that does not change, with no members but those that are declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class State(StrEnum):
    """The word on an item, or on one requirement of it."""

    PASS = "pass"
    FAIL = "fail"
    NOT_RUN = "not run"  # what it builds on is missing or wrong: nothing can be said
    NOT_IMPLEMENTED = "not implemented"
    GRADER_ERROR = "grader error"  # the fault is ours: no points, and no zero either


class Picture(Value):
    """A small matrix of numbers, to be drawn as a heat map."""

    role: str  # "input", "kernel", "expected", "got" or "difference"
    title: str  # "x[0,:,:,1]"
    rows: tuple[tuple[str, ...], ...]  # the numbers as text, row by row
    marked: tuple[tuple[int, int], ...] = ()  # (row, column) of the cells to be pointed out


class Example(Value):
    """The smallest public case that goes wrong, worked out by hand."""

    vector: str  # id of the public vector: "conv2d/42"
    call: str  # the question as a call
    reason: str  # "wrong numbers: 3 of 9 differ"
    lines: tuple[str, ...]  # the arithmetic of the first wrong number
    pictures: tuple[Picture, ...] = ()


class ReadEquation(Value):
    """What an operator was seen to compute at a public shape, beside what is right there."""

    operator: str
    about: str  # shapes, attributes and dtype
    yours: tuple[str, ...]  # as lines
    right: tuple[str, ...]
    differences: tuple[str, ...]  # in sentences
    picture: Plane | Plot | None = None


class Requirement(Value):
    """One clause of one operator within an item."""

    operator: str
    clause: str
    sentence: str
    state: State
    reason: str = ""  # without values: "wrong numbers", "raised ValueError"
    carried: bool = False  # right, but for a mistake that has been paid for already


class Item(Value):
    """What was asked in one item, what happened, and the points."""

    id: str
    title: str
    points: float
    earned: float
    state: State
    hidden: bool = False  # students see category and diagnosis, never values
    requires: tuple[str, ...] = ()  # ids of items
    requirements: tuple[Requirement, ...] = ()
    happened: str = ""  # one sentence
    works: str = ""  # what is right already, one sentence
    mistakes: tuple[str, ...] = ()  # the diagnosis: one sentence each
    equations: tuple[ReadEquation, ...] = ()  # where no mistake has a name
    example: Example | None = None


class Provenance(Value):
    """With what it was graded: equal provenance and equal work give an equal report."""

    refcnn: str
    suite: int
    python: str
    numpy: str
    isolation: str  # "Landlock ABI 7, seccomp, limits" or "none: trusted"
    assignment: str  # SHA-256 of the assignment
    commitment: str  # SHA-256 of the private seed
    submission: str  # SHA-256 of the submission


class Report(Value):
    """All that is said about one submission."""

    title: str  # of the assignment
    total: float
    earned: float
    state: State  # pass: full marks; fail: fewer; not run: could not be loaded; grader error
    problem: str = ""  # why it could not be loaded, one sentence for the student
    items: tuple[Item, ...] = ()
    notes: tuple[str, ...] = ()  # for the student
    acts: tuple[str, ...] = ()  # for the teacher's eyes alone: what should be looked at
    fingerprint: tuple[int, ...] = ()  # of the source, to find near-identical ones
    provenance: Provenance

    def brief(self) -> "Report":
        """What gradebooks need: no requirements, no pictures, no fingerprint."""
        items = (
            item.model_copy(
                update={
                    "requirements": (),
                    "equations": (),
                    "example": item.example and item.example.model_copy(update={"pictures": ()}),
                }
            )
            for item in self.items
        )
        return self.model_copy(update={"items": tuple(items), "fingerprint": ()})

    @property
    def settled(self) -> bool:
        """Whether there is a score: a fault of the grader's is none."""
        return self.state is not State.GRADER_ERROR


class Person(Value):
    """Whose submission it is, as far as its file tells."""

    id: str  # unique in a class: the stem of the file or the name of the folder
    name: str = ""  # as the LMS writes it
    number: str = ""  # the LMS's own: Canvas user ID, Moodle participant
    file: str = ""  # what was graded, relative to what was named on the command line


class Graded(Value):
    """A submission's report, with the name on it."""

    person: Person
    report: Report
