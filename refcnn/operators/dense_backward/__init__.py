"""The gradients of a dense layer, by its input, its kernel and its bias."""

from refcnn.suite.operator import Input, Operator, Output

RECORDS = (
    Operator(
        name="dense_backward",
        place=140,
        inputs=(
            Input("dy", "NO"),
            Input("x", "NI"),
            Input("kernel", "IO"),
            Input("bias", "O", optional=True),
        ),
        outputs=(
            Output("dx", "NI"),
            Output("dkernel", "IO"),
            Output("dbias", "O", given_with="bias"),
        ),
        read_in={"dx": ("kernel", "dy"), "dkernel": ("dy", "x"), "dbias": ("dy",)},
        whole="DDENSE-4",
        basis=("DDENSE-1", "DDENSE-2"),
        extension=True,
        gradient_of="dense",
    ),
)
