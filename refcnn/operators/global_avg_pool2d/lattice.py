"""How it is found out how global_avg_pool2d can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import IMAGES, Lattice, Point, sides, small


def _at(point: Point, dtype: str) -> Case:
    x = (point["examples"], *sides(point["image"], 3), point["channels"])
    return small("global_avg_pool2d", dtype, x=x)


LATTICE = {
    "global_avg_pool2d": Lattice(
        searched={"channels": (2, 1, 3), "image": ("wide", "square"), "examples": (1, 2)},
        more={"channels": (2, 1, 3, 4), "image": IMAGES, "examples": (1, 2, 3)},
        plainest={"channels": 1, "image": "square"},
        at=_at,
    ),
}
