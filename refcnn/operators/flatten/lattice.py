"""How it is found out how flatten can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import IMAGES, Lattice, Point, sides, small


def _at(point: Point, dtype: str) -> Case:
    x = (point["examples"], *sides(point["image"], 2), point["channels"])
    return small("flatten", dtype, x=x)


LATTICE = {
    "flatten": Lattice(
        searched={"channels": (2, 1, 3), "image": ("wide", "square"), "examples": (2, 1)},
        more={"image": IMAGES},
        plainest={"channels": 1, "image": "square", "examples": 1},
        at=_at,
    ),
}
