"""How it is found out how extremes can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import Lattice, Point, small


def _at(point: Point, dtype: str) -> Case:
    return small("extremes", dtype, x=(point["examples"], 3))


LATTICE = {
    "extremes": Lattice(searched={"examples": (1, 2)}, more={}, plainest={"examples": 1}, at=_at),
}
