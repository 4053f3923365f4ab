"""One output of conv2d, worked out by hand."""

from refcnn.cnn import ops
from refcnn.suite.numbers import matrix, side_by_side
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing, bias_of, products
from refcnn.suite.windows import channels_of, lay_out


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Its terms, and their sum."""
    case, (b, i, j, o) = rules.case, index
    channels = channels_of(case, o)
    patch = ops.windows(case.inputs["x"], lay_out(case), 0)[b, i, j][[*channels]]  # (C, F_h, F_w)
    kernel = case.inputs["kernel"][..., o].transpose(2, 0, 1)
    pictures: list[str] = []
    for place, (c, cells, weights) in enumerate(zip(channels, patch, kernel)):
        where = at("kernel", ":", ":", place, o)
        titles = (f"patch, channel {c}", where + rules.note("kernel"))
        pictures += side_by_side(list(zip(titles, (matrix(cells), matrix(weights)))))
    lines = products(case, patch, kernel, bias_of(case, o))
    return Trace(pictures, lines, float(lines[-1].removeprefix("= ")))


TRACE = {"conv2d": Tracing(work_out)}
