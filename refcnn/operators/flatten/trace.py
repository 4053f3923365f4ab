"""One output of flatten, traced to its place."""

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.numbers import number
from refcnn.suite.ruling import Ruling, sources
from refcnn.suite.tracing import At, Index, Trace, Tracing


def source(case: Case, index: Index) -> Index:
    """The place in x of what lies at a place of the vector of an example."""
    b, place = index
    found = int(sources(case)[b].ravel()[place]) - 1
    return tuple(map(int, np.unravel_index(found, case.inputs["x"].shape)))


def work_out(rules: Ruling, index: Index, at: At) -> Trace:
    """Which number it is."""
    b, place = index
    where = at("x", *source(rules.asked, index))
    value = float(rules.case.inputs["x"][b].ravel()[place])
    lines = [f"place {place} is {where}", "= " + number(value, rules.case.dtype)]
    return Trace([], lines, value)


TRACE = {"flatten": Tracing(work_out, source)}
