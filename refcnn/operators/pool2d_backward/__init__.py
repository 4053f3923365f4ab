"""The gradients of pools by their input."""

from functools import partial

from refcnn.suite.arguments import PADDING, POOL_SIZE, strides
from refcnn.suite.operator import Input, Operator, Output

_pool = partial(
    Operator,
    inputs=(Input("dy", "NHWC"), Input("x", "NHWC")),
    outputs=(Output("dx", "NHWC"),),
    attributes=(POOL_SIZE, strides(None), PADDING),
    whole="DPOOL-8",
    window="pool",
    extension=True,
)
RECORDS = (
    _pool(
        name="max_pool2d_backward",
        place=120,
        basis=("DPOOL-1", "DPOOL-3"),
        gradient_of="max_pool2d",
        read_in={"dx": ("dy",)},
        read_as="picks",
    ),
    _pool(
        name="avg_pool2d_backward",
        place=121,
        basis=("DPOOL-2", "DPOOL-3"),
        gradient_of="avg_pool2d",
        read_in={"dx": ("dy",)},
        read_as="windows",
    ),
)
