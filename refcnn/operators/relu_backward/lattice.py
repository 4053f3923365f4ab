"""How it is found out how relu_backward can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import Lattice, Point, lattice, of_any_rank, small

FORWARD = lattice("relu")


def _at(point: Point, dtype: str) -> Case:
    shape = of_any_rank(point)
    return small("relu_backward", dtype, dy=shape, x=shape)


LATTICE = {
    "relu_backward": Lattice(
        searched=FORWARD.searched, more=FORWARD.more, plainest=FORWARD.plainest, at=_at
    ),
}
