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
    y = lax.conv_general_dilated(
        x,
        kernel,
        _pair(strides),
        _padding(padding),
        rhs_dilation=_pair(dilation),
        feature_group_count=groups,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    return np.asarray(y)


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
