"""Cases: for every operator, a legal question made from a source of integers.

A source is any function (low, high) -> integer. Hypothesis provides one that
explores and shrinks; a counter-based generator provides one that any language
can repeat. The domain is described once, here.
"""

from refcnn.suite.cases.activations import relu, softmax
from refcnn.suite.cases.conv2d import conv2d
from refcnn.suite.cases.dense import dense, flatten
from refcnn.suite.cases.pool2d import avg_pool2d, max_pool2d

__all__ = ["CASES", "avg_pool2d", "conv2d", "dense", "flatten", "max_pool2d", "relu", "softmax"]

CASES = {
    "conv2d": conv2d,
    "max_pool2d": max_pool2d,
    "avg_pool2d": avg_pool2d,
    "flatten": flatten,
    "dense": dense,
    "relu": relu,
    "softmax": softmax,
}
