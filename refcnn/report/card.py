"""The failure card: one failed case on one screen, in words and arithmetic."""

from typing import Any

from refcnn.iut.subject import Failure
from refcnn.report.numbers import index_text, matrix, number, side_by_side
from refcnn.report.trace import trace
from refcnn.spec.case import Case, Crash, Tensor, Timeout
from refcnn.spec.clauses import Clause
from refcnn.spec.tensors import Array
from refcnn.spec.windows import lay_out

MOST_NUMBERS = 64  # of a tensor that are shown
WINDOWED = ("conv2d", "max_pool2d", "avg_pool2d")


def call(case: Case) -> str:
    """The question as a call: conv2d(x, kernel, strides=2)."""
    arguments = [*case.inputs]
    named = dict(case.attributes)
    if "pool_size" in named:
        arguments.append(repr(named.pop("pool_size")))
    arguments += [f"{name}={value!r}" for name, value in named.items()]
    return f"{case.operator}({', '.join(arguments)})"


def tensor_lines(name: str, tensor: Array) -> list[str]:
    """A small tensor in full, channel by channel; a large one by its shape."""
    head = f"{name}: {tensor.dtype} {tensor.shape}"
    if not 0 < tensor.size <= MOST_NUMBERS:
        return [head]
    if tensor.ndim < 2:
        return [f"{head} = {', '.join(matrix(tensor.reshape(1, -1)))[1:-1]}"]
    if tensor.ndim == 2:
        return [f"{head} =", *(f"  {row}" for row in matrix(tensor.reshape(-1, tensor.shape[-1])))]
    if tensor.ndim != 4:
        return [f"{head} = {tensor.tolist()}"]
    outer = ((a, b) for a in range(tensor.shape[0]) for b in range(tensor.shape[3]))
    if name == "kernel":
        slices = [
            (f"[:,:,{c},{o}]", matrix(tensor[:, :, c, o]))
            for o in range(tensor.shape[3])
            for c in range(tensor.shape[2])
        ]
    else:
        slices = [(f"[{a},:,:,{b}]", matrix(tensor[a, :, :, b])) for a, b in outer]
    return [f"{head} =", *(f"  {row}" for row in side_by_side(slices))]


def shape_lines(case: Case) -> list[str]:
    """The output-size formula with this case's numbers."""
    place, lines = lay_out(case), []
    axes = zip(("height", "width"), case.inputs["x"].shape[1:3], place.window, place.padding)
    for (axis, size, window, pad), step, out in zip(axes, place.strides, place.output):
        lines.append(
            f"{axis}: floor(({size} + {pad[0]} + {pad[1]} - {window}) / {step}) + 1 = {out}"
        )
    return lines


def what_happened(failure: Failure) -> list[str]:
    """Expected and got, with the arithmetic of the first wrong output."""
    case, judged = failure.case, failure.judgement
    if judged.expected_shape is not None and case.operator in WINDOWED and not failure.law:
        return [judged.reason, *shape_lines(case)]
    if judged.index is None or judged.got is None:
        return [judged.reason]
    where, got = index_text(judged.index), number(judged.got, case.dtype)
    if judged.expected is None:
        return [f"{judged.reason}; {where} = {got}"]
    expected = number(judged.expected, case.dtype)
    lines = [f"{where}: expected {expected}, got {got}   ({judged.reason})"]
    if 1 < judged.fraction < float("inf"):
        lines.append(
            f"error: {judged.fraction:.3g} times what the rounding of its terms can explain"
        )
    if failure.law:
        return [*lines, f"because: {failure.law}"]
    worked = trace(case, judged.index)
    return [*lines, *worked.pictures, f"{where} = {worked.arithmetic[0]}", *worked.arithmetic[1:]]


def card_lines(failure: Failure) -> list[str]:
    """Everything below the title of a card."""
    lines = [f"asked: {call(failure.case)}"]
    for name, tensor in failure.case.inputs.items():
        lines += tensor_lines(name, tensor)
    lines += what_happened(failure)
    if isinstance(failure.outcome, Crash | Timeout) and failure.outcome.stderr:
        lines += ["standard error:", *(f"  {row}" for row in failure.outcome.stderr)]
    if failure.judgement.index and isinstance(failure.outcome, Tensor) and failure.outcome.faults:
        lines.append("also: " + "; ".join(failure.outcome.faults))
    return lines


def title(clause: Clause, operator: str) -> str:
    """What the card is about."""
    return f"{clause.id} {operator}: {clause.sentence}"


def plain_card(clause: Clause, failure: Failure) -> str:
    """The card as plain text."""
    head = title(clause, failure.case.operator)
    return "\n".join([head, f"  {clause.formula}", *(f"  {row}" for row in card_lines(failure))])


def as_json(failure: Failure) -> dict[str, Any]:
    """The card as data."""
    judged = failure.judgement
    outcome = failure.outcome
    return {
        "case": failure.case.to_json(),
        "outcome": str(outcome) if not isinstance(outcome, Tensor) else "tensor",
        "reason": judged.reason,
        "law": failure.law or None,
        "index": list(judged.index) if judged.index is not None else None,
        "expected": None if judged.expected is None else number(judged.expected),
        "got": None if judged.got is None else number(judged.got),
        "multiple_of_bound": judged.fraction if judged.fraction < float("inf") else None,
        "text": card_lines(failure),
    }
