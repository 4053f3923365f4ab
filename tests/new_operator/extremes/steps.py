"""extremes in steps."""

from typing import Any

from refcnn.suite.steps import Call


def extremes(c: Call) -> Any:
    """Steps: x, largest, smallest."""
    c("x", c.given_x)
    c("largest", c.x.max(axis=1, keepdims=True))
    c("smallest", c.x.min(axis=1, keepdims=True))
    return c.largest, c.smallest


STEPS = {"extremes": extremes}
