"""Pools: the largest number, or the mean, of the cells under a window."""

from functools import partial

from refcnn.suite.arguments import PADDING, POOL_SIZE, strides
from refcnn.suite.operator import Input, Operator, Output

_pool = partial(
    Operator,
    inputs=(Input("x", "NHWC"),),
    outputs=(Output("y", "NHWC"),),
    attributes=(POOL_SIZE, strides(None), PADDING),
    whole="POOL-10",
    basis=("POOL-3", "POOL-4", "POOL-7"),
    window="pool",
    read_in={"y": ("x",)},
    read_as="windows",
)
RECORDS = (
    _pool(
        name="max_pool2d",
        place=20,
        onnx="MaxPool",
    ),
    _pool(
        name="avg_pool2d",
        place=21,
        onnx="AveragePool",
        needs=("conv2d",),
    ),
)
