"""One element of the gradient of relu, worked out by hand."""

from refcnn.suite.numbers import number
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Whether dy passes there."""
    case = rules.case
    x, dy = (float(case.inputs[name][index]) for name in ("x", "dy"))
    result = dy if x > 0 else 0.0
    where, whence = at("x", *index), at("dy", *index)
    above = "above" if x > 0 else "not above"
    told = f"{where} = {number(x, case.dtype)} is {above} 0: "
    told += f"{whence} passes" if x > 0 else "nothing passes"
    return Trace([], [told, "= " + number(result, case.dtype)], result)


TRACE = {"relu_backward": Tracing(work_out, lambda _, index: index)}
