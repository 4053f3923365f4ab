"""How it is found out how the gradients of pools can be called."""

from dataclasses import replace

from refcnn.suite.case import Case
from refcnn.suite.gradients import backward_of_probe
from refcnn.suite.lattice import Lattice, Point, lattice


def _of(operator: str) -> Lattice:
    forward = lattice(operator.removesuffix("_backward"))

    def at(point: Point, dtype: str) -> Case:
        return backward_of_probe(forward.at(point, dtype), operator)

    return replace(forward, at=at)


LATTICE = {name: _of(name) for name in ("max_pool2d_backward", "avg_pool2d_backward")}
