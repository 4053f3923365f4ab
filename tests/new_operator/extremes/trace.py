"""One output of extremes, worked out by hand."""

from refcnn.suite.numbers import number
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing


def work_out(rules: Ruling, index: Index, _: At) -> Trace:
    """The numbers of an example, and the one that is chosen."""
    case = rules.case
    name, choose = ("max", max) if case.looks_at == "largest" else ("min", min)
    row = [float(value) for value in case.inputs["x"][index[0]]]
    told = ", ".join(number(value, case.dtype) for value in row)
    result = choose(row)
    return Trace([], [f"{name}({told})", "= " + number(result, case.dtype)], result)


TRACE = {"extremes": Tracing(work_out, lambda _, index: index)}
