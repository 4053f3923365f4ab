"""How it is found out how dense_backward can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import Lattice, Point, lattice, small

FORWARD = lattice("dense")


def _at(point: Point, dtype: str) -> Case:
    inputs, outputs, examples = point["inputs"], point["outputs"], point["examples"]
    bias = {"bias": (outputs,)} if point["bias"] else {}
    shapes = {"dy": (examples, outputs), "x": (examples, inputs), "kernel": (inputs, outputs)}
    return small("dense_backward", dtype, **shapes, **bias)


LATTICE = {
    "dense_backward": Lattice(
        searched=FORWARD.searched, plainest=FORWARD.plainest, other=FORWARD.other, at=_at
    ),
}
