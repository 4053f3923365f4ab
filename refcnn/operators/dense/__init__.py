"""Dense: a matrix product, and a bias for each output."""

from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="dense",
        place=40,
        inputs=(Input("x", "NI"), Input("kernel", "IO"), Input("bias", "O", optional=True)),
        outputs=(Output("y", "NO"),),
        whole="DENSE-2",
        basis=("DENSE-1",),
        onnx="Gemm",
        read_in={"y": ("kernel", "x")},
        needs=("conv2d", "flatten"),
    ),
)
