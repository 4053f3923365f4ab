"""One element of the gradient of a pool, worked out by hand."""

from refcnn.operators.pool2d_backward.numerics import chosen
from refcnn.suite.numbers import matrix, number, side_by_side, signed_sum
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing, shortened, texts
from refcnn.suite.windows import cell_counts, lay_out, windows_over


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
    if case.operator.startswith("max"):
        getting = chosen(x, lay_out(case))[b, :, :, c]
        values = [float(dy[b, i, j, c]) for i, j, m, n in over if getting[i, j, m, n]]
        terms = texts(values, case.dtype)
        many = f"it is the largest of {len(values)} of the {len(over)} windows over it"
    else:
        counts = cell_counts(case)[0, :, :, 0]
        values = [float(dy[b, i, j, c] / counts[i, j]) for i, j, _, _ in over]
        told = [(float(dy[b, i, j, c]), int(counts[i, j])) for i, j, _, _ in over]
        terms = [f"{number(value, case.dtype)}/{count}" for value, count in told]
        many = f"{len(over)} windows cover it"
    total = float(sum(values))
    line = f"{signed_sum(shortened(terms)) if terms else 0}   ({many})"
    return Trace(pictures, [line, "= " + number(total)], total)


TRACE = {"max_pool2d_backward": Tracing(work_out), "avg_pool2d_backward": Tracing(work_out)}
