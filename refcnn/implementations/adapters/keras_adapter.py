"""Keras: the layers of the source document, with given weights, on its TensorFlow backend."""

from typing import Any

import numpy as np

from refcnn.harness.calls import missing
from refcnn.implementations.adapters import library
from refcnn.suite.tensors import Array

# What the user has set stays: another backend is another subject, which STATEMENT names.
keras: Any = library(
    "keras",
    KERAS_BACKEND="tensorflow",
    TF_CPP_MIN_LOG_LEVEL="3",
    TF_NUM_INTRAOP_THREADS="1",
    TF_NUM_INTEROP_THREADS="1",
)
layers: Any = keras.layers
_backend: str = keras.backend.backend()

STATEMENT = {
    "layout": "NHWC",
    "kernel_layout": "HWIO",
    "dense_layout": "IO",
    "dialects": [],
    "implementation": {
        "keras": str(keras.__version__),
        _backend: str(getattr(library(_backend), "__version__", "")),
    },
}


def conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """keras.layers.Conv2D, which documents that it takes no strides with a dilation."""
    if np.max(strides) > 1 and np.max(dilation) > 1:
        missing("a stride above 1 together with a dilation above 1")
    filters, size, use_bias = kernel.shape[-1], kernel.shape[:2], bias is not None
    options = {"strides": strides, "padding": _name(padding), "use_bias": use_bias}
    options |= {"dilation_rate": dilation, "groups": groups}
    return _weighted(layers.Conv2D(filters, size, dtype=x.dtype.name, **options), x, kernel, bias)


def max_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """keras.layers.MaxPooling2D."""
    return _applied(layers.MaxPooling2D(pool_size, strides, _name(padding), dtype=x.dtype.name), x)


def avg_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """keras.layers.AveragePooling2D."""
    pool = layers.AveragePooling2D(pool_size, strides, _name(padding), dtype=x.dtype.name)
    return _applied(pool, x)


def global_avg_pool2d(x: Array) -> Any:
    """keras.layers.GlobalAveragePooling2D."""
    return _applied(layers.GlobalAveragePooling2D(dtype=x.dtype.name), x)


def flatten(x: Array) -> Any:
    """keras.layers.Flatten."""
    return _applied(layers.Flatten(dtype=x.dtype.name), x)


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Any:
    """keras.layers.Dense."""
    layer = layers.Dense(kernel.shape[-1], use_bias=bias is not None, dtype=x.dtype.name)
    return _weighted(layer, x, kernel, bias)


def relu(x: Array) -> Any:
    """keras.layers.ReLU."""
    return _applied(layers.ReLU(dtype=x.dtype.name), x)


def softmax(x: Array) -> Any:
    """keras.layers.Softmax."""
    return _applied(layers.Softmax(dtype=x.dtype.name), x)


def _name(padding: Any) -> str:
    if not isinstance(padding, str):
        missing('a layer takes padding "valid" or "same"')
    return str(padding)


def _weighted(layer: Any, x: Array, kernel: Array, bias: Array | None) -> Any:
    layer.build(x.shape)
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    return _applied(layer, x)


def _applied(layer: Any, x: Array) -> Any:
    return keras.ops.convert_to_numpy(layer(x))
