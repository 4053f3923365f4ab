"""One element of a gradient of dense, worked out by hand."""

import numpy as np

from refcnn.suite.numbers import matrix, side_by_side
from refcnn.suite.ruling import Ruling
from refcnn.suite.tensors import Array
from refcnn.suite.tracing import At, Index, Trace, Tracing, products

Part = tuple[str, Array]  # how a place in a tensor is written, and the numbers there


def _parts(rules: Ruling, index: Index, at: At) -> tuple[Part, Part]:
    """The two rows of numbers whose products are added up."""
    case = rules.case
    dy, x, kernel = (case.inputs[name] for name in ("dy", "x", "kernel"))
    match case.looks_at, index:
        case "dx", (b, i):
            return (at("dy", b, ":"), dy[b]), (at("kernel", i, ":"), kernel[i])
        case "dkernel", (i, o):
            return (at("x", ":", i), x[:, i]), (at("dy", ":", o), dy[:, o])
    (o,) = index
    return (at("dy", ":", o), dy[:, o]), ("once each", np.ones(len(dy), dy.dtype))


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Its terms, and their sum."""
    (left, numbers), (right, factors) = _parts(rules, index, at)
    lines = products(rules.case, numbers, factors, None)
    blocks = [(left, matrix(numbers[None])), (right, matrix(factors[None]))]
    return Trace(side_by_side(blocks), lines, float(lines[-1].removeprefix("= ")))


TRACE = {"dense_backward": Tracing(work_out)}
