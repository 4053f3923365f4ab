"""How it is found out how pools can be called."""

from itertools import product

from refcnn.suite.case import Case
from refcnn.suite.lattice import (
    EQUAL,
    IMAGES,
    PAIRS,
    STRIDES,
    UNSET,
    Lattice,
    Point,
    attributes,
    fitting,
)

# A stride may be tied to the size of a pool.
TIED = product(((2, 2), (3, 3), 3, (2, 3)), (1, 2, 3, (2, 3)))
TOGETHER = tuple({"pool": pool, "strides": strides} for pool, strides in TIED)


def _of(operator: str) -> Lattice:
    def at(point: Point, dtype: str) -> Case:
        return fitting(operator, {}, attributes(point, point["pool"]), point, dtype)

    return Lattice(
        searched={
            "pool": ((2, 2), 2, (3, 3), 3, (2, 3)),
            "channels": (2, 1, 3),
            "image": ("wide", "square"),
            "examples": (1, 2),
            "strides": (UNSET, 1, EQUAL),
            "padding": (UNSET, "valid", "same"),
        },
        more={
            "channels": (2, 1, 3, 4),
            "pool": ((2, 2), 2, (3, 3), 3, 1, (2, 3), (3, 2), (4, 4)),
            "image": IMAGES,
            "examples": (1, 2, 3),
            "strides": (*STRIDES, (3, 3), EQUAL),
            "padding": (UNSET, "valid", "same", 0, 1, PAIRS, ((1, 1), (1, 1))),
        },
        together=TOGETHER,
        plainest={"channels": 1, "pool": 2, "image": "square"},
        other={"pool": 2},
        at=at,
    )


LATTICE = {name: _of(name) for name in ("max_pool2d", "avg_pool2d")}
