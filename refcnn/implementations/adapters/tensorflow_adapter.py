"""TensorFlow: tf.nn, run eagerly on the CPU. It has no flatten of its own.

It is given tensors, as it documents: a NumPy array of float64 becomes float32 in some.
"""

from typing import Any

from refcnn.harness.calls import missing
from refcnn.implementations.adapters import library
from refcnn.suite.tensors import Array

tf: Any = library(
    "tensorflow",
    TF_CPP_MIN_LOG_LEVEL="3",
    TF_NUM_INTRAOP_THREADS="1",
    TF_NUM_INTEROP_THREADS="1",
)

STATEMENT = {
    "layout": "NHWC",
    "kernel_layout": "HWIO",
    "dense_layout": "IO",
    "dialects": [],
    "implementation": {"tensorflow": str(tf.__version__)},
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
    """tf.nn.conv2d, which reads the number of groups off the shapes, and tf.nn.bias_add."""
    if groups != 1 and kernel.ndim == x.ndim == 4 and kernel.shape[2] * groups != x.shape[3]:
        missing("another number of groups than the shapes say")
    given = {"strides": strides, "padding": _padding(padding), "dilations": dilation}
    return _biased(tf.nn.conv2d(_tensor(x), _tensor(kernel), **given), bias)


def max_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """tf.nn.max_pool2d, which has no default for strides."""
    step = pool_size if strides is None else strides
    return tf.nn.max_pool2d(_tensor(x), pool_size, step, _padding(padding)).numpy()


def avg_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """tf.nn.avg_pool2d, which has no default for strides."""
    if not isinstance(padding, str):
        missing('tf.nn.avg_pool2d takes padding "VALID" or "SAME"')
    step = pool_size if strides is None else strides
    return tf.nn.avg_pool2d(_tensor(x), pool_size, step, _padding(padding)).numpy()


def global_avg_pool2d(x: Array) -> Any:
    """tf.reduce_mean over height and width."""
    return tf.reduce_mean(_tensor(x), axis=[1, 2]).numpy()


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Any:
    """tf.linalg.matmul, and tf.nn.bias_add."""
    return _biased(tf.linalg.matmul(_tensor(x), _tensor(kernel)), bias)


def relu(x: Array) -> Any:
    """tf.nn.relu."""
    return tf.nn.relu(_tensor(x)).numpy()


def softmax(x: Array) -> Any:
    """tf.nn.softmax."""
    return tf.nn.softmax(_tensor(x)).numpy()


def _tensor(array: Array) -> Any:
    return tf.convert_to_tensor(array)


def _biased(y: Any, bias: Array | None) -> Any:
    return (y if bias is None else tf.nn.bias_add(y, _tensor(bias))).numpy()


def _padding(padding: Any) -> Any:
    """The padding in TensorFlow's words: a name in capitals, or pairs for all four axes."""
    if isinstance(padding, str):
        return padding.upper()
    rows, columns = padding if isinstance(padding, tuple) else ((padding, padding),) * 2
    return [[0, 0], [*rows], [*columns], [0, 0]]
