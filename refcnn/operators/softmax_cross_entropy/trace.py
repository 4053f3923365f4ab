"""The loss, or one element of its gradient, worked out by hand."""

import numpy as np

from refcnn.suite.numbers import matrix, number, side_by_side
from refcnn.suite.ruling import Ruling
from refcnn.suite.tensors import Array
from refcnn.suite.tracing import At, Index, Trace, Tracing, shortened


def _cost(logits: Array, label: int) -> tuple[str, float]:
    """What one example costs: how that is worked out, and the number."""
    below = " + ".join(shortened([f"exp({number(round(float(v), 6))})" for v in logits]))
    largest, own = logits.max(), logits[label]
    cost = float(np.log(np.exp(logits - largest).sum()) + (largest - own))
    written = number(round(float(own), 6))
    written = f"({written})" if own < 0 else written
    return f"log({below}) - {written} = {cost:.6g}", cost


def _loss(x: Array, labels: Array, examples: int, at: At) -> Trace:
    """The mean of what the examples cost; or by a stated rule, over one example, the sum."""
    costs = [_cost(logits, label) for logits, label in zip(x, labels)]
    names = [f"L[{b}]" for b in range(len(x))]
    places = [f"{at('x', b, ':')}, label {label}" for b, label in enumerate(labels)]
    each = [f"{n} = {told}   ({where})" for n, where, (told, _) in zip(names, places, costs)]
    value = sum(cost for _, cost in costs) / examples
    told = " + ".join(shortened([f"{cost:.6g}" for _, cost in costs]))
    first = _over(" + ".join(shortened(names)), examples, len(x))
    lines = [first, *shortened(each), f"= {_over(told, examples, len(x))}", f"= {number(value)}"]
    return Trace([], lines, value)


def _over(terms: str, examples: int, batch: int) -> str:
    """Terms over the number of examples; as they are where a sum is stated."""
    return f"({terms}) / {examples}" if examples == batch else terms


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Its numbers, and what comes of them."""
    case = rules.case
    x, labels = case.inputs["x"].astype(np.float64), case.inputs["labels"]
    examples = 1 if case.attributes.get("reduction") == "sum" else len(x)
    if case.looks_at == "loss":
        return _loss(x, labels, examples, at)
    b, j = index
    powers = np.exp(x[b] - x[b].max())
    p, own = float(powers[j] / powers.sum()), int(labels[b] == j)
    value = (p - own) / examples
    pictures = side_by_side([(at("x", b, ":"), matrix(case.inputs["x"][b][None]))])
    first, then = (_over(f"{told} - {own}", examples, len(x)) for told in (f"p[{j}]", f"{p:.6g}"))
    label = f"p = softmax of the logits, label {labels[b]}"
    lines = [f"{first}, {label}", f"= {then}", f"= {number(value)}"]
    return Trace(pictures, lines, value)


TRACE = {"softmax_cross_entropy": Tracing(work_out)}
