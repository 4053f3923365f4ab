"""One element of the gradient of softmax, worked out by hand."""

import numpy as np

from refcnn.suite.numbers import matrix, number, side_by_side
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing, shortened


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Its numbers, and what comes of them."""
    case, (*row, i) = rules.case, index
    x, dy = (case.inputs[name][*row].astype(np.float64) for name in ("x", "dy"))
    powers = np.exp(x - x.max())
    p = powers / powers.sum()
    mean, value = float((dy * p).sum()), float(p[i] * (dy[i] - (dy * p).sum()))
    products = (f"{number(d, case.dtype)}·{share:.4g}" for d, share in zip(dy.tolist(), p))
    told = " + ".join(shortened([*products]))
    pictures = side_by_side(
        [
            ("logits", matrix(case.inputs["x"][*row][None])),
            (at("dy", *row, ":"), matrix(case.inputs["dy"][*row][None])),
        ]
    )
    lines = [
        f"p[{i}] (dy[{i}] - ({told})), p = softmax of the logits",
        f"= {p[i]:.6g}·({number(float(dy[i]), case.dtype)} - {mean:.6g})",
        f"= {number(value)}",
    ]
    return Trace(pictures, lines, value)


TRACE = {"softmax_backward": Tracing(work_out)}
