"""Flatten: one vector an example."""

from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="flatten",
        place=30,
        inputs=(Input("x", "NHWC"),),
        outputs=(Output("y", "NI"),),
        whole="FLAT-2",
        basis=("FLAT-2",),
        onnx="Flatten",
        read_in={"y": ("x",)},
    ),
)
