"""One output of softmax, worked out by hand."""

import numpy as np

from refcnn.suite.numbers import matrix, number, side_by_side
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing, shortened


def work_out(rules: Ruling, index: Index, _: At) -> Trace:
    """Its numbers, and what comes of them."""
    case, (*row, i) = rules.case, index
    x = case.inputs["x"][*row].astype(np.float64)
    with np.errstate(invalid="ignore"):  # inf - inf is NaN
        shifted = x - x.max()
        powers = np.exp(shifted)
        value = float(powers[i] / powers.sum())
    below = " + ".join(shortened([f"exp({number(round(float(s), 6))})" for s in shifted]))
    return Trace(
        side_by_side([("logits", matrix(case.inputs["x"][*row][None]))]),
        [
            f"exp({number(round(float(shifted[i]), 6))}) / ({below})   (largest logit subtracted)",
            f"= {powers[i]:.6g} / {powers.sum():.6g}",
            f"= {number(value)}",
        ],
        value,
    )


TRACE = {"softmax": Tracing(work_out)}
