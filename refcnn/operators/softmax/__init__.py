"""Softmax: probabilities along the last axis."""

from refcnn.suite.operator import Input, Operator

RECORDS = (
    Operator(
        name="softmax",
        place=60,
        inputs=(Input("x"),),
        whole="SOFT-1",
        basis=("SOFT-1",),
        onnx="Softmax",
        read_in={"y": ("x",)},
        read_as="shares",
    ),
)
