"""refcnn: says whether a convolutional neural network is implemented correctly.

This package is the reference: eight operators, six layers and `Sequential`, in
NumPy alone. The specification, the judge and the tools live in subpackages that
are imported only when asked for.
"""

from refcnn.cnn import layers, ops, shapes
from refcnn.cnn import model as models
from refcnn.cnn.keras import from_keras
from refcnn.cnn.model import Sequential, reference_model, shape_table_model
from refcnn.cnn.ops import (
    avg_pool2d,
    conv2d,
    dense,
    flatten,
    global_avg_pool2d,
    max_pool2d,
    relu,
    softmax,
)

__version__ = "0.1.0"

__all__ = [
    "Sequential",
    "avg_pool2d",
    "conv2d",
    "dense",
    "flatten",
    "from_keras",
    "global_avg_pool2d",
    "layers",
    "max_pool2d",
    "models",
    "ops",
    "reference_model",
    "relu",
    "shape_table_model",
    "shapes",
    "softmax",
]
