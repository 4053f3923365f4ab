"""One element of the gradient of a pool, worked out by hand."""

from collections.abc import Sized

import numpy as np

from refcnn.operators.pool2d_backward.numerics import receivers, shared_by
from refcnn.suite.case import Case
from refcnn.suite.numbers import matrix, number, side_by_side, signed_sum
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing, shortened
from refcnn.suite.windows import windows_over


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """What each window over the cell gives it, and the sum."""
    case, (b, p, q, c) = rules.case, index
    dy, x, over = case.inputs["dy"], case.inputs["x"], [*windows_over(case, p, q)]
    pictures = side_by_side(
        [
            (at("x", b, ":", ":", c), matrix(x[b, :, :, c])),
            (at("dy", b, ":", ":", c), matrix(dy[b, :, :, c])),
        ]
    )
    getting = receivers(case)[b, :, :, c]
    counts = np.broadcast_to(shared_by(case), dy.shape)[b, :, :, c]
    giving = [(i, j) for i, j, m, n in over if getting[i, j, m, n]]
    told = [(float(dy[b, i, j, c]), int(counts[i, j])) for i, j in giving]
    values = [value / count for value, count in told]
    terms = [_share(value, count, case) for value, count in told]
    total = float(sum(values))
    line = f"{signed_sum(shortened(terms)) if terms else 0}   ({_many(case, giving, over)})"
    return Trace(pictures, [line, "= " + number(total)], total)


def _share(value: float, count: int, case: Case) -> str:
    """What a window gives, as it is written: dy, or dy over the cells that share it."""
    divided = case.operator.startswith("avg") or count > 1
    return f"{number(value, case.dtype)}/{count}" if divided else number(value, case.dtype)


def _many(case: Case, giving: Sized, over: Sized) -> str:
    """How many of the windows over the cell give it something, and why."""
    if case.operator.startswith("avg"):
        return f"{len(over)} windows cover it"
    first = case.attributes.get("ties", "first") == "first"
    largest = "the largest" if first else "a largest cell"
    return f"it is {largest} of {len(giving)} of the {len(over)} windows over it"


TRACE = {"max_pool2d_backward": Tracing(work_out), "avg_pool2d_backward": Tracing(work_out)}
