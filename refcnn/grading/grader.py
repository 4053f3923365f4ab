"""Grading one submission: ask the private cases, name the mistakes, mark, explain.

What is asked in private and in public is asked of two processes: the one whose
answers are shown has never seen a private number.
"""

import json
import platform
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from math import inf

import numpy as np

from refcnn.diagnosis.as_read import named_as_read
from refcnn.diagnosis.diagnosis import Diagnosis, diagnose
from refcnn.diagnosis.identify.reading import Ask
from refcnn.diagnosis.observed import key_of
from refcnn.grading.answers import Answered, ask
from refcnn.grading.cases import Setup, Unit, Vectors, is_evidence
from refcnn.grading.counterexamples import counterexample
from refcnn.grading.evidence import terms_of
from refcnn.grading.heard import heard, put_to
from refcnn.grading.marking import Marking, total
from refcnn.grading.observing import door, shown_equations
from refcnn.grading.pictures import example
from refcnn.grading.report import Example, Provenance, Report, State
from refcnn.grading.similar import fingerprint
from refcnn.grading.submissions import Submission
from refcnn.harness.statement import Statement
from refcnn.implementations.sandbox.nursery import Allowed, Zygote
from refcnn.implementations.sandbox.outside import Code, Confined
from refcnn.suite.case import Answer, Case, Crash, Missing, Outcome, Refusal, Timeout
from refcnn.suite.context import Failure
from refcnn.suite.generators import LAWS, SUITE
from refcnn.suite.recorder import Entry
from refcnn.suite.vectors import Vector

A_FEW = 12  # questions about an operator
MOST_KNOWN = 512  # diagnoses that are kept: a class makes the same mistakes

Answers = Mapping[str, Sequence[Answered]]


@cache
def refcnn_version() -> str:
    """The version that is installed."""
    return version("refcnn")


def allowed(setup: Setup) -> Allowed:
    """The limits of an assignment, as the sandbox takes them."""
    limits = setup.assignment.limits
    return Allowed(
        seconds=limits.seconds,
        seconds_per_operation=limits.microseconds_per_operation / 1e6,
        seconds_to_load=limits.seconds_to_load,
        seconds_in_all=limits.seconds_in_all,
        mebibytes=limits.mebibytes,
        modules=setup.assignment.policy.allow,
    )


class TooSlowError(Exception):
    """A submission takes more time than it was given here; it may have more later."""


class Grader:
    """Grades submissions to one assignment, in processes of one zygote."""

    def __init__(self, setup: Setup, zygote: Zygote) -> None:
        """Nothing is carried over from one submission to another but what it was asked."""
        self.setup, self.zygote = setup, zygote
        self._known = OrderedDict[bytes, Diagnosis | None]()

    def grade(self, submission: Submission, at_most: float = inf) -> Report:
        """The report of one submission; raises SandboxError if there is none to be had.

        Raises TooSlowError if its code needs more than `at_most` seconds, though the
        assignment would give it more.
        """
        if submission.problem:
            state = State.GRADER_ERROR if submission.conflict else State.NOT_RUN
            return self._report(submission, state, submission.problem)
        code = self.code(submission)
        with Confined(self.zygote, code, most=at_most) as private:
            found = private.load()
            _must_have_time(private, at_most)
            if not isinstance(found, tuple):
                problem = f"It could not be loaded: {_problem(found)}."
                return self._report(submission, State.NOT_RUN, problem, acts=private.acts)
            stated, unheard = heard(private.stated, self.setup.assignment)
            vectors, known = put_to(self.setup, stated)
            answers = {op: ask(own, stated, private.ask) for op, own in vectors.items()}
            _must_have_time(private, at_most)
            acts, spent = private.acts, private.spent
            notes = (*private.notes, *unheard)
        failing = [op for op, own in answers.items() if _any_fails(own)]
        wrong = {op: answers[op] for op in failing}
        shown = dict[str, Sequence[Answered]]()
        diagnoses = dict[str, Diagnosis]()
        if failing:
            with Confined(self.zygote, code, spent=spent, most=at_most) as public:
                shown = self._in_public(public, wrong, known, stated)
                _must_have_time(public, at_most)
                named = {op: self._diagnosis(op, [*answers[op], *shown[op]]) for op in failing}
                diagnoses = {op: found for op, found in named.items() if found}
                diagnoses |= self._read(diagnoses, answers, shown, door(public, stated))
                _must_have_time(public, at_most)
        marking = Marking(self.setup, answers, diagnoses)
        items = marking.mark(lambda units: _example(shown, units, stated))
        earned = total(items)
        state = State.PASS if earned == self.setup.assignment.total else State.FAIL
        special = [f"right in public, wrong in private: {op}" for op in _special(shown, known)]
        told = (*notes, *marking.noted())
        return self._report(submission, state, "", told, [*acts, *special]).model_copy(
            update={"items": items, "earned": earned}
        )

    def has_all(self, submission: Submission, at_most: float = inf) -> bool:
        """Whether a submission has full marks; the first requirement that fails says no.

        Raises SandboxError and TooSlowError as `grade` does.
        """
        asked = {unit for _, units in self.setup.items for unit in units}
        answers = dict[str, Sequence[Answered]]()
        with Confined(self.zygote, self.code(submission), most=at_most) as private:
            if not isinstance(private.load(), tuple):
                return False
            stated, _ = heard(private.stated, self.setup.assignment)
            for operator, own in _in_rounds(put_to(self.setup, stated)[0]):
                came = ask(own, stated, private.ask)
                answers[operator] = (*answers.get(operator, ()), *came)
                _must_have_time(private, at_most)
                if any(one.fails and is_evidence(one.vector, asked) for one in came):
                    return False
        items = Marking(self.setup, answers, {}).mark(lambda _: None)
        return total(items) == self.setup.assignment.total

    def failures(self, submission: Submission) -> Iterator[tuple[Answered, Example]]:
        """The private vectors that a submission fails, each worked out: for the teacher alone."""
        with Confined(self.zygote, self.code(submission)) as private:
            private.load()
            stated, _ = heard(private.stated, self.setup.assignment)
            for vectors in put_to(self.setup, stated)[0].values():
                failing = (one for one in ask(vectors, stated, private.ask) if one.fails)
                yield from ((one, worked) for one in failing if (worked := _worked(one, stated)))

    def code(self, submission: Submission) -> Code:
        """What is loaded of a submission, and how the assignment has it called."""
        assignment = self.setup.assignment
        stated, policy = assignment.stated, assignment.policy
        allowed = {name.partition(".")[0] for name in policy.allow}
        return Code(
            submission.entry,
            submission.files,
            "cells" if submission.cells else "file",
            dict(stated.calls),
            {
                "layout": stated.layout,
                "kernel_layout": stated.kernel_layout,
                "dense_layout": stated.dense_layout,
            },
            tuple(name for name in policy.forbid if name not in allowed),
        )

    def _in_public(
        self, process: Confined, wrong: Answers, public: Vectors, stated: Statement
    ) -> dict[str, Sequence[Answered]]:
        """The answers to the public vectors of operators that are wrong, of a fresh process.

        Where none of them goes wrong, too, others are drawn until one does. It has what is
        left of the time for all.
        """

        def put(vectors: Sequence[Vector]) -> tuple[Answered, ...]:
            return ask(vectors, stated, process.ask)

        shown: dict[str, Sequence[Answered]] = {op: put(public[op]) for op in wrong}
        for op, own in wrong.items():
            if not any(one.fails for one in shown[op]) and not all(one.missing for one in own):
                terms = terms_of(stated, op, self.setup.features[op])
                shown[op] = [*shown[op], *counterexample(terms, own, put)]
        return shown

    def _diagnosis(self, operator: str, answers: Sequence[Answered]) -> Diagnosis | None:
        """What is wrong with an operator: it follows from its answers alone."""
        if all(one.missing for one in answers if one.fails):
            return None  # nothing can be said of what was not even tried
        entries = _entries(answers)
        key = _digest(operator, entries)
        if key not in self._known:
            offered = self.setup.features[operator]
            with np.errstate(all="ignore"):
                self._known[key] = diagnose(operator, entries, offered, _no_more)
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return self._known[key]

    def _read(
        self, diagnoses: Mapping[str, Diagnosis], private: Answers, shown: Answers, ask: Ask
    ) -> dict[str, Diagnosis]:
        """The diagnoses that do not explain everything, with equations that are read in public.

        What was read has a name where it explains every answer, in private, too.
        """
        found = {}
        for operator, one in diagnoses.items():
            if not (one.complete or one.is_stated):
                features = self.setup.features[operator]
                read = one.beside(shown_equations(ask, shown[operator], features))
                entries = _entries([*private[operator], *shown[operator]])
                found[operator] = named_as_read(read, entries, features, _no_more)
        return found

    def _report(
        self,
        submission: Submission,
        state: State,
        problem: str,
        notes: Sequence[str] = (),
        acts: Sequence[str] | Mapping[str, None] = (),
    ) -> Report:
        return Report(
            title=self.setup.assignment.title,
            total=self.setup.assignment.total,
            earned=0,
            state=state,
            problem=problem,
            notes=tuple(notes),
            acts=tuple(acts),
            fingerprint=fingerprint(submission.source),
            provenance=provenance(self.setup, self.zygote.isolation, submission),
        )


def _in_rounds(vectors: Vectors) -> Iterator[tuple[str, Sequence[Vector]]]:
    """A few questions about each operator, then all others: most mistakes are seen in a few."""
    for operator, own in vectors.items():
        yield operator, own[:A_FEW]
    for operator, own in vectors.items():
        yield operator, own[A_FEW:]


def _must_have_time(process: Confined, at_most: float) -> None:
    """Raises TooSlowError if a process has had all of `at_most`, and would be given more."""
    if process.spent > at_most and at_most < process.allowed.seconds_in_all:
        raise TooSlowError


def provenance(setup: Setup, isolation: str, submission: Submission) -> Provenance:
    """With what a submission is graded."""
    return Provenance(
        refcnn=refcnn_version(),
        suite=SUITE,
        python=platform.python_version(),
        numpy=np.__version__,
        isolation=isolation,
        assignment=setup.digest,
        commitment=setup.commitment,
        submission=submission.digest,
    )


def _entries(answers: Sequence[Answered]) -> list[Entry]:
    return [entry for one in answers for entry in one.entries]


def _any_fails(answers: Sequence[Answered]) -> bool:
    return any(one.fails for one in answers)


def _problem(found: Refusal | Crash | Timeout) -> str:
    """Why nothing was loaded: nothing private has been asked yet, so its words are shown."""
    if isinstance(found, Refusal) and not found.kind:  # a sentence of ours, about a notebook
        return found.message
    return str(found).rstrip(".")


def _no_more(_: Case) -> Outcome:
    return Missing("not asked", asked=False)


def _special(shown: Answers, public: Vectors) -> list[str]:
    """Operators that are wrong in private cases and in no public one that anybody can know."""
    found = []
    for operator, own in shown.items():
        known = {vector.id for vector in public[operator]}
        failed = {one.vector.id for one in own if one.fails}
        if known and not known & failed:
            found.append(operator)
    return found


def _example(shown: Answers, units: Sequence[Unit], stated: Statement) -> Example | None:
    """The smallest public vector that fails, if possible one that is evidence of some units."""
    operators = {op for op, _ in units}
    failing = [one for op in shown if op in operators for one in shown[op] if one.fails]
    if not failing:
        return None

    def rank(one: Answered) -> tuple[bool, int, int, str]:
        clauses = one.vector.question.clauses
        beside = not any((one.vector.operator, clause) in units for clause in clauses)
        to_read = len(json.dumps(one.vector.question.case.to_json()))
        return beside, _unshowable(one), to_read, one.vector.id

    return _worked(min(failing, key=rank), stated)


def _worked(one: Answered, stated: Statement) -> Example | None:
    """A failing vector worked out by hand."""
    if one.failing is None:
        return None
    asked = one.vector.question
    law = asked.rule or LAWS.get(asked.law, "")
    failure = Failure(one.failing.case, one.failing.outcome, one.judgement, law)
    return example(one.vector.id, failure, stated)


def _unshowable(one: Answered) -> int:
    """Wrong numbers say more than exceptions, and these more than what is missing."""
    outcome = one.failing.outcome if one.failing else None
    kinds = (Answer, Refusal)
    return next((i for i, kind in enumerate(kinds) if isinstance(outcome, kind)), len(kinds))


def _digest(operator: str, entries: Sequence[Entry]) -> bytes:
    """Of all that a diagnosis depends on."""
    found = sha256(operator.encode())
    for entry in entries:
        found.update(repr(key_of(entry.case)).encode())
        match entry.outcome:
            case Answer(outputs, faults):
                found.update(repr(faults).encode())
                for name, array in outputs.items():
                    about = (name, array.shape, array.dtype.name)
                    found.update(repr(about).encode() + array.tobytes())
            case other:
                found.update(repr(other).encode())
    return found.digest()


__all__ = ["Grader", "Setup", "Vectors", "allowed", "provenance"]
