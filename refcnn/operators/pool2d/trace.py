"""One output of a pool, worked out by hand."""

from typing import Any

import numpy as np

from refcnn.cnn import ops
from refcnn.suite.numbers import grid, number, side_by_side, signed_sum
from refcnn.suite.ruling import Ruling, sources
from refcnn.suite.tensors import Array
from refcnn.suite.tracing import At, Index, Trace, Tracing, shortened, texts
from refcnn.suite.windows import lay_out


def work_out(rules: Ruling, index: Index, _: At) -> Trace:
    """Its numbers, and what comes of them."""
    case, (b, i, j, c) = rules.case, index
    place, x = lay_out(case), case.inputs["x"]
    window, counts, own = (
        ops.windows(cells.astype(np.float64), place, 0)[b, i, j, c]
        for cells in (x, np.ones_like(x), sources(rules.asked) > 0)
    )
    cells = _cells(window, counts, own, case.dtype)
    pictures = side_by_side([(f"window, channel {c}{_marks(counts, own)}", grid(cells))])
    real = window[counts > 0]
    numbers = shortened(texts(real, case.dtype))
    if case.operator == "max_pool2d":
        value = float(real.max())
        return Trace(pictures, [f"max({', '.join(numbers)})", "= " + number(value)], value)
    total = float(real.sum())
    lines = [
        f"({signed_sum(numbers)}) / {len(real)}",
        f"= {number(total)} / {len(real)}",
        "= " + number(total / len(real)),
    ]
    return Trace(pictures, lines, total / len(real))


def _cells(window: Array, counts: Array, own: Array, dtype: str) -> list[list[str]]:
    """The cells of a window as text: in brackets what only a rule puts there, . for padding."""

    def told(value: Any, there: Any, mine: Any) -> str:
        text = number(float(value), dtype)
        if mine:
            return text
        return f"({text})" if there else "."

    return [[*map(told, *line)] for line in zip(window, counts, own)]


def _marks(counts: Array, own: Array) -> str:
    """What the marks in a window mean, as far as there are any."""
    note = "" if counts.all() else ", . is padding"
    return note if (counts == own).all() else f"{note}, (0) is padding that counts"


TRACE = {"max_pool2d": Tracing(work_out), "avg_pool2d": Tracing(work_out)}
