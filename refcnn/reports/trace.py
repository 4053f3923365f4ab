"""One output of an operator, worked out by hand: its window and its arithmetic."""

from functools import partial

import numpy as np

from refcnn.harness.statement import Statement
from refcnn.implementations.trial import STANDARD
from refcnn.reports.asking import at
from refcnn.suite.case import Case
from refcnn.suite.numbers import number
from refcnn.suite.ruling import ruling
from refcnn.suite.tracing import Index, Trace, tracing


def trace(case: Case, index: Index, stated: Statement = STANDARD) -> Trace:
    """Work out output `index` (in the specification's order) of a legal case, by its dialects.

    Places in tensors are told in the `stated` layouts. Raises SetAsideError where a dialect
    refuses the case.
    """
    place = partial(at, stated, case.operator)
    worked = tracing(case.operator).work_out(ruling(case), index, place)
    return _rounded(worked, case.dtype)


def _rounded(worked: Trace, dtype: str) -> Trace:
    """The same with its value as the dtype has it, on a line of its own if that differs."""
    with np.errstate(over="ignore"):
        value = float(np.dtype(dtype).type(worked.value))
    if value == worked.value or np.isnan(value):
        return worked
    last = f"= {number(value, dtype)} in {dtype}"
    return Trace(worked.pictures, [*worked.arithmetic, last], value)
