"""TensorFlow: tf.nn, run eagerly on the CPU. It has no flatten of its own.

It is given tensors, as it documents: a NumPy array of float64 becomes float32 in some.
"""

from functools import partial
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


def conv2d_backward(
    dy: Array,
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Any = 1,
    padding: Any = "valid",
) -> Any:
    """tf.GradientTape over conv2d and bias_add."""
    place = {"strides": strides, "padding": _padding(padding)}
    return _weighted(partial(tf.nn.conv2d, **place), dy, x, kernel, bias)


def max_pool2d_backward(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> Any:
    """tf.GradientTape over max_pool2d."""
    step = pool_size if strides is None else strides
    place = {"ksize": pool_size, "strides": step, "padding": _padding(padding)}
    return _gradients(partial(tf.nn.max_pool2d, **place), dy, x)[0]


def avg_pool2d_backward(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> Any:
    """tf.GradientTape over avg_pool2d."""
    if not isinstance(padding, str):
        missing('tf.nn.avg_pool2d takes padding "VALID" or "SAME"')
    step = pool_size if strides is None else strides
    place = {"ksize": pool_size, "strides": step, "padding": _padding(padding)}
    return _gradients(partial(tf.nn.avg_pool2d, **place), dy, x)[0]


def dense_backward(dy: Array, x: Array, kernel: Array, bias: Array | None = None) -> Any:
    """tf.GradientTape over matmul and bias_add."""
    return _weighted(tf.linalg.matmul, dy, x, kernel, bias)


def relu_backward(dy: Array, x: Array) -> Any:
    """tf.GradientTape over relu."""
    return _gradients(tf.nn.relu, dy, x)[0]


def softmax_backward(dy: Array, x: Array) -> Any:
    """tf.GradientTape over softmax."""
    return _gradients(tf.nn.softmax, dy, x)[0]


def softmax_cross_entropy(x: Array, labels: Array) -> Any:
    """tf.GradientTape over the mean of sparse_softmax_cross_entropy_with_logits."""
    logits = _tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(each)
    return loss.numpy(), tape.gradient(loss, logits).numpy()


def _weighted(function: Any, dy: Array, x: Array, kernel: Array, bias: Array | None) -> Any:
    """The gradients by x, kernel and bias; None without a bias."""
    if bias is None:
        return (*_gradients(function, dy, x, kernel), None)
    return _gradients(lambda x, k, b: tf.nn.bias_add(function(x, k), b), dy, x, kernel, bias)


def _gradients(function: Any, dy: Array, *arrays: Array) -> tuple[Array, ...]:
    """The gradients of what a function of tensors answers, by each of them."""
    tensors = [*map(_tensor, arrays)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        y = function(*tensors)
    found = tape.gradient(y, tensors, output_gradients=_tensor(dy))
    return tuple(one.numpy() for one in found)


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
