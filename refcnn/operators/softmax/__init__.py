"""Softmax: probabilities along the last axis."""

from refcnn.cnn import definition, ops
from refcnn.suite.operator import Input, Operator

RECORDS = (
    Operator(
        name="softmax",
        reference=ops.softmax,
        definition=definition.softmax,
        place=60,
        inputs=(Input("x"),),
        whole="SOFT-1",
        onnx="Softmax",
    ),
)
