"""How it is found out how softmax_cross_entropy can be called."""

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.lattice import Lattice, Point, small
from refcnn.suite.tensors import INDICES


def _at(point: Point, dtype: str) -> Case:
    examples = point["examples"]
    labels = (np.arange(examples) % 3).astype(INDICES)
    return small("softmax_cross_entropy", dtype, x=(examples, 3)).given(labels=labels)


LATTICE = {
    "softmax_cross_entropy": Lattice(
        searched={"examples": (2, 1)}, plainest={"examples": 1}, at=_at
    ),
}
