"""Naming the mistake: the mutant, or the two, whose answers are those of the implementation.

Nothing is named that is not certain: a mistake gives the observed answers to at least
three failing cases, and a right answer to every case that passes. Where nothing is
certain, it is told where the failing cases lie, or else only how many there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from refcnn.diagnosis.conventions import undeclared_class, undeclared_dialects
from refcnn.diagnosis.fits import Fit, best
from refcnn.diagnosis.identify.failing import Deviation
from refcnn.diagnosis.observed import Observed
from refcnn.diagnosis.patient import MORE_QUESTIONS, Ask, Patient
from refcnn.diagnosis.plain_facts import raised_always, what_was_seen
from refcnn.diagnosis.search import likely_mistakes, single_mistakes, two_mistakes
from refcnn.diagnosis.suspects import LEAST
from refcnn.diagnosis.traits import ENOUGH, Trait, what_holds
from refcnn.suite.capabilities import Features
from refcnn.suite.mutants import Mutant
from refcnn.suite.recorder import Entry

NOT_READ = Deviation()


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """What is wrong with one operator: named mistakes, or what is certain without a name."""

    operator: str
    mistakes: tuple[Mutant, ...]  # none, one or two
    explained: int
    failing: int
    trait: Trait | None = None  # where it is right and where wrong, if no mistake was recognised
    undeclared: tuple[str, ...] = ()  # dialects that explain every failing case
    algorithm: str = ""  # class of algorithms that explains every failing case
    always: str = ""  # what it raises, if it does at every legal call
    seen: str = ""  # how many cases failed and how, if nothing else can be said
    kept: str = ""  # that something is kept from call to call
    threshold: str = ""  # from which size on it is wrong, if one axis decides that
    deviation: Deviation = NOT_READ  # what it computes otherwise, as far as that was read

    @property
    def complete(self) -> bool:
        """Whether the mistakes explain every failing case."""
        return bool(self.mistakes) and self.explained == self.failing

    @property
    def has_one_cause(self) -> bool:
        """Whether one thing, or two mistakes, explain every failing case."""
        raised = self.trait is not None and self.trait.raised is not None
        return self.complete or self.is_stated or bool(self.always) or raised

    @property
    def is_stated(self) -> bool:
        """Whether it would be right by a dialect or a class of algorithms, if that were stated."""
        return bool(self.undeclared or self.algorithm)

    def beside(self, deviation: Deviation) -> Self:
        """With what was read, and without a single mistake that would be read otherwise."""
        (*_, last) = self.mistakes or (None,)
        contradicts = len(self.mistakes) == 1 and last and not deviation.is_shown_by(last)
        if contradicts:
            return replace(self, mistakes=(), explained=0, deviation=deviation)
        return replace(self, deviation=deviation)

    @property
    def holds(self) -> str:
        """Where it is right and where wrong, as a sentence; "" if that is not known."""
        return self.trait.told() if self.trait else ""

    @property
    def unnamed(self) -> str:
        """What is told where no mistake has a name."""
        return self.always or self.kept or self.holds or self.seen


def diagnose(
    operator: str, entries: Sequence[Entry], features: Features, ask: Ask
) -> Diagnosis | None:
    """The mistake in an operator, from all that it was asked; None if nothing failed.

    What explains everything goes first: one mistake, then a class of algorithms, a
    dialect, two mistakes; then what explains the most of it. Where too few cases are
    known or several mistakes explain as much, the implementation is asked more questions.
    """
    patient = Patient(operator, entries, features, ask)
    if not patient.failing:
        return None
    _ask_for_evidence(patient)
    if always := _always(patient):
        return Diagnosis(operator, (), 0, len(patient.failing), always=always)
    for search in (likely_mistakes, single_mistakes):
        ranked = search(patient)
        single = best(ranked, patient)
        if single and single.whole:
            return _named(single, undeclared_dialects(patient))
    if algorithm := undeclared_class(patient):
        return Diagnosis(operator, (), 0, len(patient.failing), algorithm=algorithm)
    undeclared = undeclared_dialects(patient)
    both = best(two_mistakes(ranked, patient), patient)
    if undeclared:
        return _by_dialect(undeclared, both, patient)
    found = max(filter(None, (single, both)), key=_explained, default=None)
    return _named(found) if found else _unnamed(patient)


def _ask_for_evidence(patient: Patient) -> None:
    """Ask more where fewer cases fail than a name needs: legal ones, or ones to be refused."""
    for illegal in sorted({not one.legal for one in patient.failing}):
        patient.ask_more(partial(_are_enough, patient, legal=not illegal), illegal=illegal)


def _are_enough(patient: Patient, *, legal: bool) -> bool:
    return sum(one.legal is legal for one in patient.failing) >= LEAST


def _always(patient: Patient) -> str:
    """What it raises, if it does at every legal call, of which there are enough."""
    if not raised_always(patient.failing, patient.passing):
        return ""
    patient.ask_more(lambda: _legal(patient.seen) >= ENOUGH)
    enough = _legal(patient.seen) >= ENOUGH
    return raised_always(patient.failing, patient.passing) if enough else ""


def _legal(seen: Sequence[Observed]) -> int:
    return sum(one.legal for one in seen)


def _explained(found: Fit) -> int:
    return len(found.explained)


def _named(found: Fit, undeclared: tuple[str, ...] = ()) -> Diagnosis:
    parts, operator = found.suspect.parts, found.suspect.mutant.operator
    return Diagnosis(operator, parts, _explained(found), found.against, undeclared=undeclared)


def _by_dialect(undeclared: tuple[str, ...], both: Fit | None, patient: Patient) -> Diagnosis:
    """A dialect by which all would be right; two mistakes beside it only if they leave nothing."""
    if both and both.whole:
        return _named(both, undeclared)
    failing = len(patient.failing)
    return Diagnosis(patient.operator, (), 0, failing, undeclared=undeclared)


def _unnamed(patient: Patient) -> Diagnosis:
    """Where it is wrong and where right, or else what was seen."""
    if _can_be_reached(patient):
        patient.ask_more(lambda: min(_numbers_of_both(patient)) >= ENOUGH)
    nothing = Diagnosis(patient.operator, (), 0, len(patient.failing))
    if trait := what_holds(patient.failing, patient.passing):
        return replace(nothing, trait=_of_refusals(trait, patient))
    return replace(nothing, seen=what_was_seen(patient.failing, patient.passing))


def _numbers_of_both(patient: Patient) -> tuple[int, int]:
    """Legal cases that fail, and that pass."""
    return _legal(patient.failing), _legal(patient.passing)


def _can_be_reached(patient: Patient) -> bool:
    """Whether more questions lead to enough cases of both kinds, if they go on as before."""
    known = _numbers_of_both(patient)
    many = sum(known) + MORE_QUESTIONS
    return bool(sum(known)) and min(known) * many >= ENOUGH * sum(known)


def _of_refusals(trait: Trait, patient: Patient) -> Trait:
    """The trait of what refuses on purpose, where inexact sizes alone are stated to be refused."""
    stated = "refuses_inexact_sizes" in patient.dialects
    meant = bool(trait.raised and trait.raised.deliberate)
    return replace(trait, refuses_what_fits=stated and meant)
