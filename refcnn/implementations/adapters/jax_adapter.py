"""JAX: jax.lax and jax.nn, on the CPU, with 64 bits enabled.

Its convolution and its dot product take no bias. It has no average pool: two of its
window sums are divided here, that of the input by that of ones.
"""

from functools import partial
from typing import Any

import numpy as np

from refcnn.implementations.adapters import library
from refcnn.suite.tensors import Array

jax: Any = library("jax", JAX_PLATFORMS="cpu")
jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - the only form there is
lax: Any = jax.lax
_softmax: Any = jax.jit(jax.nn.softmax)

STATEMENT = {
    "layout": "NHWC",
    "kernel_layout": "HWIO",
    "dense_layout": "IO",
    "dialects": [],
    "implementation": {"jax": str(jax.__version__)},
}


def conv2d(
    x: Array,
    kernel: Array,
    *,
    strides: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """jax.lax.conv_general_dilated."""
    place = {"rhs_dilation": _pair(dilation), "feature_group_count": groups}
    return np.asarray(_convolution(strides, padding, **place)(x, kernel))


def _convolution(strides: Any, padding: Any, **place: Any) -> Any:
    """A convolution of tensors, placed so."""
    return partial(
        lax.conv_general_dilated,
        window_strides=_pair(strides),
        padding=_padding(padding),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        **place,
    )


def max_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """jax.lax.reduce_window with the maximum."""
    return np.asarray(_windows(x, pool_size, strides, padding)(-np.inf, lax.max))


def avg_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """jax.lax.reduce_window with the sum: of the input, over that of ones; under jax.jit."""
    return np.asarray(_means(x, pool_size, strides, padding))


def global_avg_pool2d(x: Array) -> Any:
    """jax.numpy.mean over height and width."""
    return np.asarray(jax.numpy.mean(x, axis=(1, 2)))


def flatten(x: Array) -> Any:
    """jax.lax.collapse of all axes but the batch."""
    return np.asarray(lax.collapse(x, 1))


def dense(x: Array, kernel: Array) -> Any:
    """jax.lax.dot."""
    return np.asarray(lax.dot(x, kernel))


def relu(x: Array) -> Any:
    """jax.nn.relu."""
    return np.asarray(jax.nn.relu(x))


def softmax(x: Array) -> Any:
    """jax.nn.softmax, under jax.jit."""
    return np.asarray(_softmax(x))


def conv2d_backward(
    dy: Array, x: Array, kernel: Array, *, strides: Any = 1, padding: Any = "valid"
) -> Any:
    """jax.vjp of conv_general_dilated; without a bias, of which there is no gradient."""
    return (*_gradients(_convolution(strides, padding), dy, x, kernel), None)


def max_pool2d_backward(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> Any:
    """jax.vjp of reduce_window with the maximum."""

    def pool(tensor: Any) -> Any:
        return _windows(tensor, pool_size, strides, padding)(-np.inf, lax.max)

    return _gradients(pool, dy, x)[0]


def avg_pool2d_backward(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> Any:
    """jax.vjp of the means above."""
    return _gradients(lambda tensor: _means(tensor, pool_size, strides, padding), dy, x)[0]


def dense_backward(dy: Array, x: Array, kernel: Array) -> Any:
    """jax.vjp of dot; without a bias, of which there is no gradient."""
    return (*_gradients(lax.dot, dy, x, kernel), None)


def relu_backward(dy: Array, x: Array) -> Any:
    """jax.vjp of relu."""
    return _gradients(jax.nn.relu, dy, x)[0]


def softmax_backward(dy: Array, x: Array) -> Any:
    """jax.vjp of softmax, under jax.jit."""
    return _gradients(_softmax, dy, x)[0]


def softmax_cross_entropy(x: Array, labels: Array) -> Any:
    """jax.value_and_grad of the mean of jax.nn.log_softmax at the labels."""

    def loss(logits: Any) -> Any:
        logarithms = jax.nn.log_softmax(logits, axis=1)
        return -jax.numpy.take_along_axis(logarithms, labels[:, np.newaxis], axis=1).mean()

    found = jax.value_and_grad(loss)(jax.numpy.asarray(x))
    return tuple(np.asarray(one) for one in found)


def _gradients(function: Any, dy: Array, *arrays: Array) -> tuple[Array, ...]:
    """The gradients of what a function of tensors answers, by each of them."""
    _, back = jax.vjp(function, *map(jax.numpy.asarray, arrays))
    return tuple(np.asarray(one) for one in back(jax.numpy.asarray(dy)))


@partial(jax.jit, static_argnums=(1, 2, 3))
def _means(x: Array, pool_size: Any, strides: Any, padding: Any) -> Any:
    total = _windows(x, pool_size, strides, padding)(0.0, lax.add)
    return total / _windows(jax.numpy.ones_like(x), pool_size, strides, padding)(0.0, lax.add)


def _windows(x: Array, pool_size: Any, strides: Any, padding: Any) -> Any:
    """What reduces the windows of `x`, told where to start and with which function."""
    window, step = _pair(pool_size), _pair(pool_size if strides is None else strides)
    pads = _padding(padding)
    return partial(
        lax.reduce_window,
        x,
        window_dimensions=(1, *window, 1),
        window_strides=(1, *step, 1),
        padding=pads if isinstance(pads, str) else ((0, 0), *pads, (0, 0)),
    )


def _pair(value: Any) -> Any:
    return value if isinstance(value, tuple) else (value, value)


def _padding(padding: Any) -> Any:
    """The padding in JAX's words: a name in capitals, or a pair for each axis."""
    if isinstance(padding, str):
        return padding.upper()
    return padding if isinstance(padding, tuple) else ((padding, padding),) * 2
