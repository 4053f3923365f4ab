"""How it is found out how dense can be called."""

from refcnn.suite.case import Case
from refcnn.suite.lattice import Lattice, Point, small


def _at(point: Point, dtype: str) -> Case:
    inputs, outputs = point["inputs"], point["outputs"]
    bias = {"bias": (outputs,)} if point["bias"] else {}
    x = (point["examples"], inputs)
    return small("dense", dtype, x=x, kernel=(inputs, outputs), **bias)


LATTICE = {
    "dense": Lattice(
        searched={
            "bias": (False, True),
            "inputs": (4, 1),
            "outputs": (3, 1),
            "examples": (2, 1),
        },
        plainest={"outputs": 1, "examples": 1},
        other={"bias": True},
        at=_at,
    ),
}
