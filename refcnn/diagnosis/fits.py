"""Suspects that nothing speaks against: who they are, and which of them it was."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from refcnn.diagnosis.observed import Observed, by_rule, same
from refcnn.diagnosis.patient import NOT_ASKED, Patient
from refcnn.diagnosis.suspects import LEAST, Suspect, clauses_broken, evidence, explains, keeps
from refcnn.suite.case import Case, Outcome
from refcnn.suite.mutants import Mutant
from refcnn.suite.recorder import Entry

MOST_RIVALS = 12  # suspects that fit best, held against all cases


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A suspect that nothing speaks against, with the failing cases that it explains."""

    suspect: Suspect
    explained: tuple[Observed, ...]
    against: int  # failing cases that it was held against

    @property
    def whole(self) -> bool:
        """Whether it explains every failing case."""
        return len(self.explained) == self.against


def best(suspects: Iterable[Suspect], patient: Patient) -> Fit | None:
    """The one that explains the most, of those that more questions do not tell apart the first."""
    known = (found for one in suspects if (found := fit(one, patient)))
    fits = list(islice(known, MOST_RIVALS))
    most = max((len(found.explained) for found in fits), default=0)
    rivals = [found for found in fits if len(found.explained) == most]
    if len(rivals) < 2:
        return next(iter(rivals), None)
    left = _told_apart([found.suspect for found in rivals], patient)
    return fit(left[0], patient) if left else None  # held against what was asked, too


def fit(suspect: Suspect, patient: Patient) -> Fit | None:
    """What a suspect explains, if there is enough of it and nothing that speaks against it."""
    failing = suspect.held_against(patient.failing)
    explained = suspect.explained(failing)
    least, known = _least(suspect, patient), _evidence(suspect, explained)
    if any(len(own) < least for own in known.values()):
        return None
    if not _leaves_little(known, explained, failing) or not suspect.stands(patient.passing):
        return None
    return Fit(suspect, tuple(explained), len(failing))


def _least(suspect: Suspect, patient: Patient) -> int:
    """How many failing cases must speak for a mistake.

    Fewer than three will do for a single one if there are no more and no more can be
    asked, as in an examination: it must then be the only one that explains them all.
    """
    return min(LEAST, len(patient.failing)) if _is_scarce(patient, suspect) else LEAST


def _is_scarce(patient: Patient, suspect: Suspect) -> bool:
    return patient.silent and len(patient.failing) < LEAST and len(suspect.parts) == 1


def _evidence(suspect: Suspect, explained: Sequence[Observed]) -> dict[Mutant, list[Observed]]:
    """By mistake: what speaks for it, of two at once only what the other does not explain."""
    if len(suspect.parts) == 1:
        return {suspect.mutant: evidence(suspect.mutant, explained)}
    found = {}
    for part, other in zip(suspect.parts, reversed(suspect.parts)):
        alone = {*Suspect(other, suspect.patient).explained(explained)}
        found[part] = evidence(part, (one for one in explained if one not in alone))
    return found


def _leaves_little(
    evidence_of: Mapping[Mutant, Sequence[Observed]],
    explained: Sequence[Observed],
    failing: Sequence[Observed],
) -> bool:
    """Whether what is left unexplained may be of other mistakes.

    At least half is explained; nothing is left of a rule that a mistake is known by, and
    no exception where a mistake is known by nothing else.
    """
    legal = [one for one in failing if one.legal] or failing
    known = {*explained}
    left = [one for one in failing if one not in known]
    if 2 * sum(one in known for one in legal) < len(legal):
        return False
    return all(_nothing_alike(part, own, left) for part, own in evidence_of.items())


def _nothing_alike(part: Mutant, own: Sequence[Observed], left: Sequence[Observed]) -> bool:
    """Whether nothing that is left is of the kind by which alone a mistake is known."""
    if all(not one.legal for one in own):
        return not any(part.clause in clauses_broken(one.case) for one in left if not one.legal)
    all_raised = all(one.raised for one in own)
    return not all_raised or not any(one.raised for one in left)


def _told_apart(rivals: list[Suspect], patient: Patient) -> list[Suspect]:
    """Of suspects that explain as much, those that more questions confirm."""
    undecided = [] if _is_scarce(patient, rivals[0]) else rivals
    if any(one.remembers for one in rivals):
        return undecided
    for case in patient.more_questions():
        answers = _answers(rivals, case)
        if all(same(answers[0], answer) for answer in answers):
            continue
        if patient.silent:
            return [] if _is_scarce(patient, rivals[0]) else rivals
        if seen := patient.question(case):
            rivals = _confirmed(rivals, answers, seen)
        if len(rivals) < 2:
            break
    return rivals


def _confirmed(rivals: list[Suspect], answers: Sequence[Outcome], seen: Observed) -> list[Suspect]:
    """The suspects whose answer was seen; all of them, if a failure is like none of theirs."""
    agrees = explains if seen.fails else keeps
    confirmed = [one for one, answer in zip(rivals, answers) if agrees(answer, seen)]
    return confirmed or (rivals if seen.fails else [])


def _answers(rivals: Sequence[Suspect], case: Case) -> list[Outcome]:
    """The answers of single suspects to one question, in the words of the standard."""
    plain = by_rule(Entry(case, NOT_ASKED))
    return [one.ask(plain.case if plain else case) for one in rivals]
