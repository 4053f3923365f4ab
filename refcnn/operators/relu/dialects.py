"""Other conventions of relu."""

from refcnn.suite.dialects import Dialect, nan_as

DIALECTS = (
    Dialect(
        "nan_is_zero",
        80,
        "NaN becomes 0, like all that is not larger than 0.",
        ("relu",),
        ("RELU-5",),
        nan_as(0),
    ),
)
