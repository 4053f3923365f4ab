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
    more = {"dilation_rate": dilation, "groups": groups}
    return _applied(_convolution(x, kernel, bias, strides, padding, **more), x)


def _convolution(
    x: Array, kernel: Array, bias: Array | None, strides: Any, padding: Any, **more: Any
) -> Any:
    """The layer with its weights."""
    filters, size, use_bias = kernel.shape[-1], kernel.shape[:2], bias is not None
    options = {"strides": strides, "padding": _name(padding), "use_bias": use_bias, **more}
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
    return _applied(_dense(x, kernel, bias), x)


def _dense(x: Array, kernel: Array, bias: Array | None) -> Any:
    """The layer with its weights."""
    layer = layers.Dense(kernel.shape[-1], use_bias=bias is not None, dtype=x.dtype.name)
    return _weighted(layer, x, kernel, bias)


def relu(x: Array) -> Any:
    """keras.layers.ReLU."""
    return _applied(layers.ReLU(dtype=x.dtype.name), x)


def softmax(x: Array) -> Any:
    """keras.layers.Softmax."""
    return _applied(layers.Softmax(dtype=x.dtype.name), x)


def conv2d_backward(
    dy: Array,
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Any = 1,
    padding: Any = "valid",
) -> Any:
    """tf.GradientTape over keras.layers.Conv2D with these weights."""
    return _by_weights(_convolution(x, kernel, bias, strides, padding), dy, x)


def max_pool2d_backward(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> Any:
    """tf.GradientTape over keras.layers.MaxPooling2D."""
    pool = layers.MaxPooling2D(pool_size, strides, _name(padding), dtype=x.dtype.name)
    return _gradients(pool, dy, x)[0]


def avg_pool2d_backward(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> Any:
    """tf.GradientTape over keras.layers.AveragePooling2D."""
    pool = layers.AveragePooling2D(pool_size, strides, _name(padding), dtype=x.dtype.name)
    return _gradients(pool, dy, x)[0]


def dense_backward(dy: Array, x: Array, kernel: Array, bias: Array | None = None) -> Any:
    """tf.GradientTape over keras.layers.Dense with these weights."""
    return _by_weights(_dense(x, kernel, bias), dy, x)


def relu_backward(dy: Array, x: Array) -> Any:
    """tf.GradientTape over keras.layers.ReLU."""
    return _gradients(layers.ReLU(dtype=x.dtype.name), dy, x)[0]


def softmax_backward(dy: Array, x: Array) -> Any:
    """tf.GradientTape over keras.layers.Softmax."""
    return _gradients(layers.Softmax(dtype=x.dtype.name), dy, x)[0]


def softmax_cross_entropy(x: Array, labels: Array) -> Any:
    """tf.GradientTape over keras.losses.SparseCategoricalCrossentropy of logits."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype=x.dtype.name)
    tf: Any = _tensorflow()
    logits = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        found = loss(tf.convert_to_tensor(labels), logits)
    return found.numpy(), tape.gradient(found, logits).numpy()


def _by_weights(layer: Any, dy: Array, x: Array) -> Any:
    """The gradients by x and the weights of a layer; None without a bias."""
    found = _gradients(layer, dy, x)
    return found if len(found) > 2 else (*found, None)


def _gradients(layer: Any, dy: Array, x: Array) -> tuple[Array, ...]:
    """The gradients of what a layer answers, by x and by its weights."""
    tf: Any = _tensorflow()
    tensor, told = tf.convert_to_tensor(x), tf.convert_to_tensor(dy)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        y = layer(tensor)
    weights = [variable.value for variable in layer.trainable_variables]
    found = tape.gradient(y, [tensor, *weights], output_gradients=told)
    return tuple(one.numpy() for one in found)


def _tensorflow() -> Any:
    """The backend, by whose tape gradients are taken."""
    if _backend != "tensorflow":
        missing(f"gradients on the backend {_backend}")
    return library("tensorflow")


def _name(padding: Any) -> str:
    if not isinstance(padding, str):
        missing('a layer takes padding "valid" or "same"')
    return str(padding)


def _weighted(layer: Any, x: Array, kernel: Array, bias: Array | None) -> Any:
    layer.build(x.shape)
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    return layer


def _applied(layer: Any, x: Array) -> Any:
    return keras.ops.convert_to_numpy(layer(x))
