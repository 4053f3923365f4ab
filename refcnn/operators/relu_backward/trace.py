"""One element of the gradient of relu, worked out by hand."""

from refcnn.suite.numbers import number
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Whether dy passes there."""
    asked, case = rules.asked, rules.case
    x, by_rule = (float(one.inputs["x"][index]) for one in (asked, case))
    dy = float(case.inputs["dy"][index])  # what passes, by a stated rule perhaps half of it
    result = dy if by_rule > 0 else 0.0
    where, whence = at("x", *index), at("dy", *index)
    told = f"{where} = {number(x, case.dtype)} is {_compared(x)} 0: "
    passes = f"{number(result, case.dtype)} of {whence} passes" if by_rule > 0 else "nothing passes"
    return Trace([], [told + passes, "= " + number(result, case.dtype)], result)


def _compared(x: float) -> str:
    return "above" if x > 0 else "exactly" if x == 0 else "below"


TRACE = {"relu_backward": Tracing(work_out, lambda _, index: index)}
