"""Cross-entropy of the softmax of logits, and its gradient by them."""

from refcnn.suite.operator import ONE_NUMBER, Input, Operator, Output

RECORDS = (
    Operator(
        name="softmax_cross_entropy",
        place=170,
        inputs=(Input("x", "NI"), Input("labels", "N", indices=True)),
        outputs=(Output("loss", ONE_NUMBER), Output("dx", "NI")),
        whole="SCE-3",
        basis=("SCE-1", "SCE-2"),
        extension=True,
        averages=True,
        read_in={"loss": ("x",), "dx": ("x",)},
        read_as="loss",
    ),
)
