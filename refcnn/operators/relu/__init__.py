"""ReLU: what is not larger than 0 becomes 0."""

from refcnn.suite.operator import Input, Operator

RECORDS = (
    Operator(
        name="relu",
        place=50,
        inputs=(Input("x"),),
        whole="RELU-1",
        basis=("RELU-1",),
        onnx="Relu",
        read_in={"y": ("x",)},
        read_as="map",
    ),
)
