"""Global average pooling: the mean of every feature map."""

from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="global_avg_pool2d",
        place=25,
        inputs=(Input("x", "NHWC"),),
        outputs=(Output("y", "NC"),),
        whole="GAP-5",
        basis=("GAP-3",),
        onnx="GlobalAveragePool",
        read_in={"y": ("x",)},
        needs=("avg_pool2d",),
    ),
)
