"""The failure card: one failed case on one screen, in words and arithmetic."""

from typing import Any

from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.implementations.trial import STANDARD
from refcnn.reports.asking import input_lines, output, question, reason
from refcnn.reports.trace import trace
from refcnn.suite.case import Answer, Case, Crash, Timeout
from refcnn.suite.clauses import Clause
from refcnn.suite.context import Failure
from refcnn.suite.numbers import number
from refcnn.suite.roles import SLIDING
from refcnn.suite.ruling import placed, ruling
from refcnn.suite.tensors import encode


def shape_lines(case: Case) -> list[str]:
    """The output-size formula with this case's numbers, by its dialects."""
    place, lines = placed(case), [*ruling(case).lines]
    axes = zip(("height", "width"), case.inputs["x"].shape[1:3], place.reach, place.padding)
    for (axis, size, window, pad), step, out in zip(axes, place.strides, place.output):
        lines.append(
            f"{axis}: floor(({size} + {pad[0]} + {pad[1]} - {window}) / {step}) + 1 = {out}"
        )
    if place.reach != place.window:
        spans = zip(place.dilation, place.window, place.reach)
        told = (f"{apart}·({taps} - 1) + 1 = {cells}" for apart, taps, cells in spans)
        lines.append(f"cells that a dilated kernel takes: {', '.join(told)}")
    return lines


def what_happened(failure: Failure, stated: Statement) -> list[str]:
    """Expected and got, with the arithmetic of the first wrong output."""
    case, judged, why = failure.case, failure.judgement, reason(failure, stated)
    if judged.expected_shape is not None and case.operator in SLIDING and not failure.law:
        return [why, *shape_lines(case)]
    if judged.index is None or judged.got is None:
        return [why]
    where, got = output(stated, case, judged.index), number(judged.got, case.dtype)
    if judged.expected is None:
        return [f"{why}; {where} = {got}"]
    expected = number(judged.expected, case.dtype)
    lines = [f"{where}: expected {expected}, got {got}   ({why})"]
    if 1 < judged.fraction < float("inf"):
        lines.append(
            f"error: {judged.fraction:.3g} times what the rounding of its terms can explain"
        )
    if failure.law:
        return [*lines, f"because: {failure.law}"]
    worked = trace(case, judged.index, stated)
    lines += [*ruling(case).lines, *worked.pictures]
    return [*lines, f"{where} = {worked.arithmetic[0]}", *worked.arithmetic[1:]]


def card_lines(failure: Failure, stated: Statement = STANDARD) -> list[str]:
    """Everything below the title of a card, in the layouts and calls that are stated."""
    call, *words = question(failure.case, stated).lines()
    lines = [f"asked: {call}", *words, *input_lines(failure.case, stated)]
    lines += what_happened(failure, stated)
    if isinstance(failure.outcome, Crash | Timeout) and failure.outcome.stderr:
        lines += ["standard error:", *(f"  {row}" for row in failure.outcome.stderr)]
    if failure.judgement.index and isinstance(failure.outcome, Answer) and failure.outcome.faults:
        lines.append("also: " + "; ".join(failure.outcome.faults))
    return lines


def title(clause: Clause, operator: str) -> str:
    """What the card is about."""
    return f"{clause.id} {operator}: {clause.sentence}"


def plain_card(clause: Clause, failure: Failure, stated: Statement = STANDARD) -> str:
    """The card as plain text."""
    head, lines = title(clause, failure.case.operator), card_lines(failure, stated)
    return "\n".join([head, f"  {clause.formula}", *(f"  {row}" for row in lines)])


def as_json(failure: Failure, stated: Statement = STANDARD) -> dict[str, Any]:
    """The card as data: case and index in the specification's words, `asked` in the author's."""
    judged = failure.judgement
    outcome = failure.outcome
    return {
        "case": failure.case.to_json(),
        **({"output": failure.case.output} if failure.case.output else {}),
        "dialects": list(failure.case.dialects),
        "asked": _asked(failure, stated),
        "outcome": str(outcome) if not isinstance(outcome, Answer) else "tensor",
        "reason": reason(failure, stated),
        "law": failure.law or None,
        "index": list(judged.index) if judged.index is not None else None,
        "expected": None if judged.expected is None else number(judged.expected),
        "got": None if judged.got is None else number(judged.got),
        "multiple_of_bound": judged.fraction if judged.fraction < float("inf") else None,
        "text": card_lines(failure, stated),
    }


def _asked(failure: Failure, stated: Statement) -> dict[str, Any]:
    """The question as its author sees it, and the place of the first wrong number."""
    case, index = failure.case, failure.judgement.index
    told = question(case, stated)
    return {
        "call": told.call,
        "words": told.words,
        "inputs": {n: encode(t) for n, t in layouts.asked(case, stated).inputs.items()},
        "output": None if index is None else output(stated, case, index),
    }
