"""How it is found out how conv2d can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import (
    IMAGES,
    PAIRS,
    STRIDES,
    UNSET,
    Lattice,
    Point,
    attributes,
    fitting,
    ramp,
)


def _at(point: Point, dtype: str) -> Case:
    groups = point.get("groups", 1)
    depth, filters = point["channels"], point["filters"] * groups
    inputs = {"kernel": ramp((*point["kernel"], depth, filters), dtype)}
    if point["bias"]:
        inputs["bias"] = ramp((filters,), dtype)
    asked = {**point, "channels": depth * groups}
    return fitting("conv2d", inputs, attributes(point), asked, dtype)


LATTICE = {
    "conv2d": Lattice(
        searched={
            "bias": (False, True),
            "channels": (2, 1, 3),
            "filters": (3, 1),
            "kernel": ((2, 2), (3, 3), (1, 1), (2, 3), (3, 2)),
            "image": ("wide", "square"),
            "examples": (1, 2),
            "strides": (UNSET, 1),
            "padding": (UNSET, "valid", "same", 1),
        },
        more={
            "channels": (2, 1, 3, 4),
            "filters": (3, 1, 2),
            "kernel": ((2, 2), (3, 3), (1, 1), (2, 3), (3, 2), (4, 4), (5, 5)),
            "image": IMAGES,
            "examples": (1, 2, 3),
            "strides": STRIDES,
            "padding": (UNSET, "valid", "same", 0, 1, 2, PAIRS, ((1, 1), (1, 1))),
        },
        plainest={"channels": 1, "filters": 1, "kernel": (3, 3), "image": "square"},
        other={"bias": True},
        at=_at,
    ),
}
