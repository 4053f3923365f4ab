"""Other conventions of softmax."""

from dataclasses import replace

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.dialects import Dialect


def _shared_by_the_infinite(case: Case) -> Case:
    """In rows with +inf and without NaN, logits of +inf are equal and all others are -inf."""
    x = case.inputs["x"]
    infinite = x == np.inf
    rows = infinite.any(axis=-1, keepdims=True) & ~np.isnan(x).any(axis=-1, keepdims=True)
    shared = np.where(infinite, x.dtype.type(0), x.dtype.type(-np.inf))
    if not rows.any():
        return case
    return replace(case.given(x=np.where(rows, shared, x)), exact=False)


DIALECTS = (
    Dialect(
        "infinity_takes_all",
        100,
        "Logits of +inf share everything equally, and all others get 0.",
        ("softmax",),
        ("SOFT-11",),
        _shared_by_the_infinite,
    ),
)
