"""Other conventions of convolution."""

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.dialects import Dialect


def _flipped(case: Case) -> Case:
    kernel = case.inputs["kernel"]
    return case.given(kernel=np.ascontiguousarray(kernel[::-1, ::-1]))


DIALECTS = (
    Dialect(
        "kernel_flipped",
        10,
        "The kernel is rotated by 180 degrees before it slides: convolution as in mathematics.",
        ("conv2d",),
        ("CONV-2", "CONV-3", "CONV-18", "CONV-31"),
        _flipped,
    ),
)
