"""Convolution: filters slide over images."""

from refcnn.suite.arguments import PADDING, strides
from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="conv2d",
        place=10,
        inputs=(Input("x", "NHWC"), Input("kernel", "HWIO"), Input("bias", "O", optional=True)),
        outputs=(Output("y", "NHWC"),),
        attributes=(strides(1), PADDING),
        whole="CONV-16",
        basis=("CONV-2", "CONV-10", "CONV-15"),
        window="kernel",
        onnx="Conv",
    ),
)
