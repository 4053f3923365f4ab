"""The search for suspects: which mistakes, alone or two at once, may explain what was seen.

Each is held against a sample of cases here, the likeliest against all of them later.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from refcnn.diagnosis.afresh import without_mistake
from refcnn.diagnosis.conventions import is_stated
from refcnn.diagnosis.observed import Observed, same
from refcnn.diagnosis.patient import Patient
from refcnn.diagnosis.suspects import Suspect
from refcnn.suite.case import Outcome
from refcnn.suite.generators import out_of_reach
from refcnn.suite.mutants import Mutant, mutants, pairs

MOST_FAILING, MOST_PASSING = 40, 60  # cases that every mistake is held against
FEW = 6  # failing cases that every mistake, and every pair of them, is tried on first
HARDLY, FEW_PASSING = 3, 24  # passing cases in which one of two mistakes may show, of so many
MOST_LIKELY = 40  # pairs that are tried on all of them


def likely_mistakes(patient: Patient) -> list[Suspect]:
    """Single mistakes that explain some of a few failing cases, first those that explain the most.

    What explains all of them is among these.
    """
    few = _spread(patient.failing, FEW)
    likely = [m for m in _singles(patient) if Suspect(m, patient).count(few)]
    return _ranked(likely, patient, _spread(patient.failing, MOST_FAILING))


def single_mistakes(patient: Patient) -> list[Suspect]:
    """Single mistakes, first those that explain the most."""
    return _ranked(_singles(patient), patient, _spread(patient.failing, MOST_FAILING))


def two_mistakes(ranked: Sequence[Suspect], patient: Patient) -> list[Suspect]:
    """Two mistakes at once, first those that explain the most; `ranked` are the single ones."""
    first = ranked[:3]
    rest = [o for one in first for o in _unexplained(one, patient)[:FEW]]
    sample = [*_spread(patient.failing, MOST_FAILING), *rest]
    possible = {*_partners(patient, sample)}
    every = [p for p in pairs(patient.operator) if possible.issuperset(p.parts)]
    likely = {one.mutant for one in first}
    two = _likely(every, patient, _spread(patient.failing, FEW))
    two += _likely([p for p in every if likely & {*p.parts}], patient, rest)
    return _ranked(two, patient, sample)


def _singles(patient: Patient) -> list[Mutant]:
    """The mistakes of the operator that can show, but those that are conventions of the author."""
    beyond = out_of_reach(patient.operator, patient.features)
    own = (m for m in mutants() if m.operator == patient.operator and m.clause not in beyond)
    return [m for m in own if not is_stated(m, patient)]


def _ranked(
    candidates: Iterable[Mutant], patient: Patient, failing: Sequence[Observed]
) -> list[Suspect]:
    """Suspects by the number of failing cases explained, if some passing ones allow them."""
    passing = _spread(patient.passing, MOST_PASSING)
    scores = []
    for suspect in (Suspect(m, patient) for m in dict.fromkeys(candidates)):
        patience = len(failing) // 2 if suspect.remembers else len(failing)
        explained = suspect.count(failing, patience)
        if explained and suspect.stands(passing):
            scores.append((explained, suspect))
    return [suspect for _, suspect in sorted(scores, key=lambda s: -s[0])]


def _partners(patient: Patient, failing: Sequence[Observed]) -> list[Mutant]:
    """Mistakes that may be one of two: they show in failing cases, and hardly in passing ones."""
    passing = _spread(patient.passing, FEW_PASSING)
    right = Suspect(without_mistake(patient.operator), patient)
    by_failing, by_passing = _answers(right, failing), _answers(right, passing)
    found = []
    for suspect in (Suspect(m, patient) for m in _singles(patient)):
        if suspect.remembers:
            may_be = patient.unsteady
        else:
            shows = _differs(suspect, failing, by_failing, 1)
            may_be = shows and not _differs(suspect, passing, by_passing, HARDLY)
        found += [suspect.mutant] * may_be
    return found


def _answers(suspect: Suspect, seen: Sequence[Observed]) -> list[Outcome]:
    return [answer for _, answer in suspect.answers(seen)]


def _differs(
    suspect: Suspect, seen: Sequence[Observed], others: Sequence[Outcome], times: int
) -> bool:
    """Whether so many answers of a suspect are others than these."""
    pairs = zip(suspect.answers(seen), others)
    differing = (1 for (_, answer), other in pairs if not same(answer, other))
    return sum(islice(differing, times)) == times


def _unexplained(suspect: Suspect, patient: Patient) -> list[Observed]:
    """Failing cases that a suspect does not explain."""
    if suspect.remembers:
        return []
    known = {*suspect.explained(patient.failing)}
    return [one for one in patient.failing if one not in known]


def _spread(observed: Sequence[Observed], most: int) -> list[Observed]:
    """At most so many, evenly from first to last."""
    step = max(1, -(-len(observed) // most))
    return list(observed[::step])


def _likely(
    candidates: Iterable[Mutant], patient: Patient, few: Sequence[Observed]
) -> list[Mutant]:
    """Pairs of mistakes that explain most of a few failing cases."""
    scored = []
    early = _spread(patient.early_failing, FEW)
    for suspect in (Suspect(pair, patient) for pair in candidates) if few else ():
        cases = early if suspect.remembers else few
        scored.append((suspect.count(cases, patience=len(cases) // 2), suspect.mutant))
    most = max((n for n, _ in scored), default=0)
    return [m for n, m in scored if n == most > 0][:MOST_LIKELY]
