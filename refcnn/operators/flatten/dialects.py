"""Other conventions of flatten."""

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.dialects import Dialect


def _channel_first(case: Case) -> Case:
    x = case.inputs["x"]
    return case.given(x=np.ascontiguousarray(np.moveaxis(x, -1, 1))) if x.ndim > 2 else case


DIALECTS = (
    Dialect(
        "flatten_channel_first",
        20,
        "Flatten puts channel after channel: (N, D, H, W) row by row, the width fastest.",
        ("flatten",),
        ("FLAT-2",),
        _channel_first,
    ),
)
