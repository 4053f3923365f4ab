"""The largest and the smallest number of each example: an operator with two outputs."""

from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="extremes",
        place=70,
        inputs=(Input("x", "NI"),),
        outputs=(Output("largest", "NI"), Output("smallest", "NI")),
        whole="EXTR-1",
        basis=("EXTR-1",),
        onnx="TopK",
    ),
)
