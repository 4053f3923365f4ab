"""One output of dense, worked out by hand."""

from refcnn.suite.numbers import matrix, side_by_side
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing, bias_of, products


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Its terms, and their sum."""
    case, (b, o) = rules.case, index
    x, weights = case.inputs["x"][b], case.inputs["kernel"][:, o]
    lines = products(case, x, weights, bias_of(case, o))
    where = at("kernel", ":", o)
    blocks = [(f"x[{b},:]", matrix(x[None])), (where, matrix(weights[None]))]
    return Trace(side_by_side(blocks), lines, float(lines[-1].removeprefix("= ")))


TRACE = {"dense": Tracing(work_out)}
