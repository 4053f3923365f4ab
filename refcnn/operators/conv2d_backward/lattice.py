"""How it is found out how conv2d_backward can be called."""

from refcnn.suite.case import Case
from refcnn.suite.gradients import backward_of_probe
from refcnn.suite.lattice import Lattice, Point, lattice

FORWARD = lattice("conv2d")


def _at(point: Point, dtype: str) -> Case:
    return backward_of_probe(FORWARD.at(point, dtype), "conv2d_backward")


LATTICE = {
    "conv2d_backward": Lattice(
        searched=FORWARD.searched,
        more=FORWARD.more,
        plainest=FORWARD.plainest,
        other=FORWARD.other,
        at=_at,
    ),
}
