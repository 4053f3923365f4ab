"""How it is found out how softmax can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import Lattice, Point, of_any_rank, small


def _at(point: Point, dtype: str) -> Case:
    return small("softmax", dtype, x=of_any_rank(point))


LATTICE = {
    "softmax": Lattice(
        searched={"axes": (2, 3, 1), "examples": (2, 1)},
        more={"axes": (2,)},
        plainest={"axes": 2, "examples": 1},
        at=_at,
    ),
}
