"""refcnn: says whether a convolutional neural network is implemented correctly.

This package is the reference: eight operators, their gradients, a loss, six layers,
`Sequential` and its training, in NumPy alone. The specification, the judge and the tools live
in subpackages that are imported only when asked for.
"""

import sys

from refcnn.cnn import gradients, layers, ops, optimizers, shapes
from refcnn.cnn import model as models
from refcnn.cnn.gradients import (
    avg_pool2d_backward,
    conv2d_backward,
    dense_backward,
    max_pool2d_backward,
    relu_backward,
    softmax_backward,
    softmax_cross_entropy,
)
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

# So that `from refcnn.layers import Conv2D` works, as people write it with Keras.
for _name in ("gradients", "layers", "models", "ops", "optimizers", "shapes"):
    sys.modules[f"{__name__}.{_name}"] = globals()[_name]

__all__ = [
    "Sequential",
    "avg_pool2d",
    "avg_pool2d_backward",
    "conv2d",
    "conv2d_backward",
    "dense",
    "dense_backward",
    "flatten",
    "from_keras",
    "global_avg_pool2d",
    "gradients",
    "layers",
    "max_pool2d",
    "max_pool2d_backward",
    "models",
    "ops",
    "optimizers",
    "reference_model",
    "relu",
    "relu_backward",
    "shape_table_model",
    "shapes",
    "softmax",
    "softmax_backward",
    "softmax_cross_entropy",
]
