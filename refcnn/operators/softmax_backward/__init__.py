"""The gradient of softmax by its input."""

from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="softmax_backward",
        place=160,
        inputs=(Input("dy"), Input("x")),
        outputs=(Output("dx"),),
        whole="DSOFT-1",
        basis=("DSOFT-1",),
        extension=True,
        gradient_of="softmax",
        read_in={"dx": ("dy",)},
        read_as="mixture",
    ),
)
