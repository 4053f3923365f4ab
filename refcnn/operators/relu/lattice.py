"""How it is found out how relu can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import Lattice, Point, of_any_rank, small


def _at(point: Point, dtype: str) -> Case:
    return small("relu", dtype, x=of_any_rank(point))


LATTICE = {
    "relu": Lattice(
        searched={"axes": (4, 2, 3, 1), "examples": (1, 2)},
        more={"axes": (4, 2)},
        plainest={"axes": 2, "examples": 1},
        at=_at,
    ),
}
