"""The gradients of a convolution, by its input, its kernel and its bias."""

from refcnn.suite.arguments import PADDING, strides
from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="conv2d_backward",
        place=110,
        inputs=(
            Input("dy", "NHWC"),
            Input("x", "NHWC"),
            Input("kernel", "HWIO"),
            Input("bias", "O", optional=True),
        ),
        outputs=(
            Output("dx", "NHWC"),
            Output("dkernel", "HWIO"),
            Output("dbias", "O", given_with="bias"),
        ),
        attributes=(strides(1), PADDING),
        read_in={"dx": ("kernel", "dy"), "dkernel": ("dy", "x"), "dbias": ("dy",)},
        whole="DCONV-8",
        basis=("DCONV-1", "DCONV-2"),
        window="kernel",
        extension=True,
        gradient_of="conv2d",
    ),
)
