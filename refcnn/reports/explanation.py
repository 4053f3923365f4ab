"""What explains a failure: a mistake by name, something refused, or what was not stated."""

import json
import shlex
from collections.abc import Iterable, Sequence

from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.diagnosis.identify.failing import Deviation
from refcnn.diagnosis.identify.identified import Identified
from refcnn.diagnosis.identify.picture import Picture
from refcnn.reports.equation_text import about, beside_each_other
from refcnn.reports.summary import DECIDING, Finding, Summary, by_dialect
from refcnn.suite.capabilities import Refused
from refcnn.suite.case import Crash, Outcome, Refusal, Timeout
from refcnn.suite.dialects import known_dialects
from refcnn.suite.limits import in_words
from refcnn.suite.mutants import Mutant
from refcnn.suite.registry import record

EXAMPLES = {  # of algorithms that round more
    "fast": " (FFT, Winograd, Strassen), which rounds more",
    "low-precision": " (bfloat16, TF32, float16), which rounds operands to fewer bits",
}

DIAGNOSIS = "diagnosis: "
MOST_SENTENCES, BESIDE_A_NAME = 4, 2  # about an equation, on a card


def explanation(summary: Summary, finding: Finding) -> list[str]:
    """The sentences above a card, or none where nothing is certain."""
    lines = refusal(summary, finding) or halves(summary, finding)
    lines = lines or [*diagnosis(summary, finding), *convention(finding)]
    return list(dict.fromkeys(lines))


def picture(summary: Summary, finding: Finding) -> Picture | None:
    """What belongs to the first equation on a card, drawn; None where there is none."""
    found = summary.diagnoses.get(finding.operator)
    if found is None or not found.deviation.equations:
        return None
    if finding not in _cards(summary, finding.operator)[:1]:
        return None
    if refusal(summary, finding) or halves(summary, finding):
        return None
    return found.deviation.equations[0].picture


def _cards(summary: Summary, operator: str) -> list[Finding]:
    """What has a card of its own, of an operator."""
    return [one for one in summary.roots() if one.operator == operator]


def halves(summary: Summary, finding: Finding) -> list[str]:
    """That wrong gradients are those of a forward pass that is wrong itself."""
    if finding.operator not in summary.fitting:
        return []
    forward = record(finding.operator).gradient_of
    told = f"These are the gradients of its own {forward}, by exact differences"
    return [f"{DIAGNOSIS}{told}: the mistake is in {forward}, and the two fit each other."]


def convention(finding: Finding) -> list[str]:
    """The dialect by which a clause that usually decides nothing would be right."""
    names = [] if finding.clause.level in DECIDING else by_dialect(finding)
    return _statable(names[:1])


def diagnosis(summary: Summary, finding: Finding) -> list[str]:
    """The mistake, on the card of its clause, else on the first card of the operator."""
    found = summary.diagnoses.get(finding.operator)
    cards = _cards(summary, finding.operator)
    if found is None or finding not in cards:
        return []
    own = [m for m in found.mistakes if m.clause == finding.clause.id]
    if finding is not cards[0]:
        return [*_named(own), _count(found)] if own else []
    shown = {f.clause.id for f in cards}
    return _all_of_it(found, [*own, *(m for m in found.mistakes if m.clause not in shown)])


def _all_of_it(found: Diagnosis, told: Sequence[Mutant]) -> list[str]:
    """The equation that was read, and the mistakes to be told; else what is certain."""
    most = BESIDE_A_NAME if told else MOST_SENTENCES
    unsaid = undeclared(found)
    read = [line for one in found.deviation.equations for line in _equation(one, most)]
    if told:
        named = [*_named(told), _count(found)]
        # What explains everything says more to a reader than an equation, and is said first.
        if found.complete:
            return [*named, *(line.removeprefix(DIAGNOSIS) for line in read), *unsaid]
        return [*read, *named, *unsaid]
    sizes = [f"{DIAGNOSIS}{found.threshold}."] if found.threshold else []
    plain = [f"{DIAGNOSIS}{found.unnamed}"] if found.unnamed else []
    if read:
        return [*read, *sizes, *([f"{DIAGNOSIS}{found.holds}"] if found.holds else [])]
    return unsaid or [*_no_equation(found.deviation), *sizes, *plain]


def _equation(read: Identified, most: int) -> list[str]:
    """What it computes at some shapes, beside what is right there."""
    where = f"{DIAGNOSIS}read out in {read.questions} questions of {about(read.case)}:"
    beside = list[str]()
    if read.yours != read.right:
        beside += beside_each_other("yours: ", read.yours)
        beside += beside_each_other("right: ", read.right)
    return [where, *beside, *(f"{sentence}." for sentence in read.differences[:most])]


def _no_equation(found: Deviation) -> list[str]:
    """Why it has no equation, where that is about what it computes."""
    if found.case is None:
        return []
    return [f"{DIAGNOSIS}of {about(found.case)}: {found.why_not}."]


def _named(mistakes: Iterable[Mutant]) -> list[str]:
    """Mistakes that have a name, a line each."""
    return [f"{DIAGNOSIS}{mistake.sentence}" for mistake in mistakes]


def _count(found: Diagnosis) -> str:
    together = "these mistakes together explain" if len(found.mistakes) > 1 else "it explains"
    return f"({together} {found.explained} of {found.failing} failing cases)"


def refusal(summary: Summary, finding: Finding) -> list[str]:
    """What is refused although it is legal, and what would make it a limit."""
    failure = finding.worst.failure
    if failure is None or failure.refused is None:
        return []
    parts = summary.offer.refused[finding.operator]
    limits = [limit for part in parts for limit in part.limits]
    lines = [f"{_verb(part.outcome)} {_beyond(part)}, which is legal." for part in parts]
    others = [f for f in summary.failed if f.operator == finding.operator and f is not finding]
    if limits and summary.whole and not others:
        lines.append(f"Within this limit it is right: {', '.join(map(in_words, limits))}.")
    if names := [limit.name for limit in limits]:
        line = f'STATEMENT = {{"limits": {json.dumps(names)}}}'
        option = f"--limits {shlex.quote(','.join(names))}"
        lines.append(f"If it is meant, state it: {line}, or {option}.")
    return lines


def _beyond(part: Refused) -> str:
    return " and ".join(limit.beyond for limit in part.limits) or "what is asked here"


def _verb(outcome: Outcome) -> str:
    """What it does in place of an answer."""
    match outcome:
        case Refusal(deliberate=True):
            return "It refuses"
        case Refusal(kind):
            return f"It raises {kind} at"
        case Timeout():
            return "It does not answer"
        case Crash():
            return "Its process ends at"
    return "It has no array for"


def undeclared(found: Diagnosis) -> list[str]:
    """What would explain every failure if it were stated, with the line that states it."""
    names = [*found.undeclared]
    if found.algorithm:
        examples = EXAMPLES[found.algorithm]
        what = f"These are right answers of a {found.algorithm} algorithm{examples}."
        line, option = f'"algorithm": "{found.algorithm}"', f"--algorithm {found.algorithm}"
        return [f"undeclared: {what}", _meant(line, option)]
    return _statable(names)


def _statable(names: list[str]) -> list[str]:
    """Dialects, with the line that states them."""
    if not names:
        return []
    what = " ".join(f"This is the dialect {n}: {known_dialects()[n].sentence}" for n in names)
    line, option = f'"dialects": {json.dumps(names)}', f"--dialects {','.join(names)}"
    return [f"undeclared: {what}", _meant(line, option)]


def _meant(line: str, option: str) -> str:
    return f"If it is meant, state it: STATEMENT = {{{line}}}, or {option}."
