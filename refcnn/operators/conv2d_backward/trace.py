"""One element of a gradient of conv2d, worked out by hand."""

import numpy as np

from refcnn.cnn import ops
from refcnn.suite.case import Case
from refcnn.suite.numbers import matrix, side_by_side
from refcnn.suite.ruling import Ruling
from refcnn.suite.tensors import Array
from refcnn.suite.tracing import At, Index, Trace, Tracing, products
from refcnn.suite.windows import lay_out, windows_over

MOST_PLANES = 3
Block = tuple[str, list[str]]  # a title, and the lines of a matrix


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Its terms, and their sum."""
    case = rules.case
    if case.looks_at == "dx":
        terms, blocks = _of_a_cell(case, index, at)
    elif case.looks_at == "dkernel":
        terms, blocks = _of_a_weight(case, index, at)
    else:
        terms, blocks = _of_a_bias(case, index, at)
    lines = products(case, *terms, None)
    return Trace(side_by_side(blocks), lines, float(lines[-1].removeprefix("= ")))


Terms = tuple[Array, Array]  # numbers of dy, and what each is multiplied with


def _of_a_cell(case: Case, index: Index, at: At) -> tuple[Terms, list[Block]]:
    """All windows over the cell: dy there, and the weight that the cell met."""
    (b, p, q, c), dy, kernel = index, case.inputs["dy"], case.inputs["kernel"]
    met = [*windows_over(case, p, q)]
    numbers = [dy[b, i, j] for i, j, _, _ in met]
    weights = [kernel[m, n, c] for _, _, m, n in met]
    blocks: list[Block] = []
    for o in range(min(MOST_PLANES, kernel.shape[3])):
        blocks.append((at("dy", b, ":", ":", o), matrix(dy[b, :, :, o])))
        blocks.append((at("kernel", ":", ":", c, o), matrix(kernel[:, :, c, o])))
    return (np.array(numbers).ravel(), np.array(weights).ravel()), blocks


def _of_a_weight(case: Case, index: Index, at: At) -> tuple[Terms, list[Block]]:
    """All windows: dy there, and the cell that the weight met."""
    (m, n, c, o), dy = index, case.inputs["dy"]
    cells = ops.windows(case.inputs["x"], lay_out(case), 0)[:, :, :, c, m, n]
    blocks: list[Block] = []
    for b in range(min(MOST_PLANES, len(dy))):
        blocks.append((at("dy", b, ":", ":", o), matrix(dy[b, :, :, o])))
        blocks.append((f"cells of x[{b}], channel {c}, under tap ({m}, {n})", matrix(cells[b])))
    return (dy[..., o].ravel(), cells.ravel()), blocks


def _of_a_bias(case: Case, index: Index, at: At) -> tuple[Terms, list[Block]]:
    """All of dy in its map, once each."""
    (o,), dy = index, case.inputs["dy"]
    planes = range(min(MOST_PLANES, len(dy)))
    blocks = [(at("dy", b, ":", ":", o), matrix(dy[b, :, :, o])) for b in planes]
    return (dy[..., o].ravel(), np.ones(dy[..., o].size, dy.dtype)), blocks


TRACE = {"conv2d_backward": Tracing(work_out)}
