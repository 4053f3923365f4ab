"""One output of global_avg_pool2d, worked out by hand."""

import numpy as np

from refcnn.suite.numbers import grid, number, side_by_side, signed_sum
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing, shortened, texts

MOST_CELLS = 64  # of a map that is drawn


def work_out(rules: Ruling, index: Index, _: At) -> Trace:
    """The numbers of its map, their sum, and the mean."""
    case, (b, c) = rules.case, index
    cells = case.inputs["x"][b, :, :, c].astype(np.float64)
    rows = [texts(row, case.dtype) for row in cells]
    pictures = side_by_side([(f"channel {c}", grid(rows))]) if cells.size <= MOST_CELLS else []
    total, count = float(cells.sum()), cells.size
    lines = [
        f"({signed_sum(shortened(texts(cells, case.dtype)))}) / {count}",
        f"= {number(total)} / {count}",
        "= " + number(total / count),
    ]
    return Trace(pictures, lines, total / count)


TRACE = {"global_avg_pool2d": Tracing(work_out)}
