"""The gradient of ReLU by its input."""

from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="relu_backward",
        place=150,
        inputs=(Input("dy"), Input("x")),
        outputs=(Output("dx"),),
        whole="DRELU-1",
        basis=("DRELU-1",),
        extension=True,
        gradient_of="relu",
        read_in={"dx": ("x",)},
        read_as="map",
    ),
)
