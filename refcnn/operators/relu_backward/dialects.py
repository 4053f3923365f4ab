"""Other conventions of the gradient of relu: what passes where x is exactly 0."""

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.dialects import Dialect


def _positive(case: Case) -> Case:
    """The case with 1 in place of 0."""
    x = case.inputs["x"]
    return case.given(x=np.where(x == 0, x.dtype.type(1), x)) if (x == 0).any() else case


def _half(case: Case) -> Case:
    """The same, with half of dy there."""
    x, dy = case.inputs["x"], case.inputs["dy"]
    if x.shape != dy.shape or not (x == 0).any():
        return case
    return _positive(case.given(dy=np.where(x == 0, dy / dy.dtype.type(2), dy)))


DIALECTS = (
    Dialect(
        "relu_passes_at_zero",
        110,
        "The gradient of ReLU passes where x is exactly 0.",
        ("relu_backward",),
        ("DRELU-2",),
        _positive,
    ),
    Dialect(
        "relu_passes_half_at_zero",
        120,
        "Half of the gradient of ReLU passes where x is exactly 0.",
        ("relu_backward",),
        ("DRELU-2",),
        _half,
    ),
)
