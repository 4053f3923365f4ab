"""Convolution: filters slide over images."""

from refcnn.suite.arguments import PADDING, by_axis, count, strides
from refcnn.suite.operator import Input, Operator, Output

DILATION = by_axis("dilation", 1, extension=True, tried=(2, (2, 1)))
GROUPS = count("groups", 1, extension=True, tried=(2, 3))
RECORDS = (
    Operator(
        name="conv2d",
        place=10,
        inputs=(Input("x", "NHWC"), Input("kernel", "HWIO"), Input("bias", "O", optional=True)),
        outputs=(Output("y", "NHWC"),),
        attributes=(strides(1), PADDING, DILATION, GROUPS),
        whole="CONV-16",
        basis=("CONV-2", "CONV-10", "CONV-15"),
        window="kernel",
        read_in={"y": ("kernel", "x")},
        onnx="Conv",
    ),
)
