"""The loss, or one element of its gradient, worked out by hand."""

import numpy as np

from refcnn.suite.numbers import matrix, number, side_by_side
from refcnn.suite.ruling import Ruling
from refcnn.suite.tensors import Array
from refcnn.suite.tracing import At, Index, Trace, Tracing, shortened


def _loss(x: Array, labels: Array) -> Trace:
    """The mean of what the examples cost."""
    largest = x.max(axis=1)
    below = largest - x[np.arange(len(x)), labels]
    each = np.log(np.exp(x - largest[:, np.newaxis]).sum(axis=1)) + below
    value = float(each.mean())
    told = " + ".join(shortened([f"{cost:.6g}" for cost in each]))
    lines = [
        f"(of each example: log(sum of exp(logits)) - logit {shortened([*map(str, labels)])})",
        f"({told}) / {len(x)}",
        f"= {number(value)}",
    ]
    return Trace([*matrix(x)], lines, value)


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Its numbers, and what comes of them."""
    case = rules.case
    x, labels = case.inputs["x"].astype(np.float64), case.inputs["labels"]
    if case.looks_at == "loss":
        return _loss(x, labels)
    b, j = index
    powers = np.exp(x[b] - x[b].max())
    p, own = float(powers[j] / powers.sum()), int(labels[b] == j)
    value = (p - own) / len(x)
    pictures = side_by_side([(at("x", b, ":"), matrix(case.inputs["x"][b][None]))])
    lines = [
        f"(p[{j}] - {own}) / {len(x)}, p = softmax of the logits, label {labels[b]}",
        f"= ({p:.6g} - {own}) / {len(x)}",
        f"= {number(value)}",
    ]
    return Trace(pictures, lines, value)


TRACE = {"softmax_cross_entropy": Tracing(work_out)}
