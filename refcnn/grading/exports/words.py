"""What every export says in the same words: scores as text, and plain text for a student."""

import re
from math import isfinite

from refcnn.grading.report import Item, Report, State

LOST = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # no XML can hold them


def clean(text: str) -> str:
    """Text without control characters: lines end in LF, and a tab is a space."""
    return LOST.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def line(text: str) -> str:
    """Text on one line, as names and ids are."""
    return clean(text).replace("\n", " ").strip()


def points(number: float) -> str:
    """Points as text: "2.5", never "nan" or "-0"."""
    if not isfinite(number):
        return ""
    text = f"{number:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def score(report: Report) -> float | None:
    """What was earned; None where nobody can tell yet, which is not the same as 0."""
    return report.earned if report.settled and isfinite(report.earned) else None


def score_of(item: Item) -> float | None:
    """What was earned in one item, or None."""
    settled = item.state is not State.GRADER_ERROR and isfinite(item.earned)
    return item.earned if settled else None


def trouble(report: Report) -> str:
    """Why there is no score, or 0 for all; "" in the usual case."""
    problem = line(report.problem)
    if score(report) is not None:
        return problem
    return f"grader error: {problem}" if problem else "grader error: to be graded again"


def summary(item: Item, *, example: bool = True) -> str:
    """What a student reads of one item; of a hidden one there is never an example."""
    said = [clean(item.happened) or item.state.value]
    if item.works:
        said += [f"Right already: {clean(item.works)}"]
    said += [f"- {clean(mistake)}" for mistake in item.mistakes]
    if example and item.example and not item.hidden:
        said += ["", f"For example: {clean(item.example.call)}", clean(item.example.reason)]
        said += [f"  {clean(text)}" for text in item.example.lines]
    return "\n".join(said).strip()
