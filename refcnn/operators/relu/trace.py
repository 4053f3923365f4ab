"""One output of relu, worked out by hand."""

import numpy as np

from refcnn.suite.numbers import number
from refcnn.suite.ruling import Ruling
from refcnn.suite.tracing import At, Index, Trace, Tracing


def work_out(rules: Ruling, index: Index, _: At) -> Trace:
    """Its numbers, and what comes of them."""
    case = rules.case
    value = float(case.inputs["x"][index])
    result = float(np.maximum(0, value))
    return Trace(
        [], [f"max(0, {number(value, case.dtype)})", "= " + number(result, case.dtype)], result
    )


TRACE = {"relu": Tracing(work_out, lambda _, index: index)}
