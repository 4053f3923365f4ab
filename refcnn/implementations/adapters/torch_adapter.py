"""PyTorch: torch.nn.functional, on the CPU.

It documents two limits that cannot be stated, so that the forms are left out: padding
"same" at stride 1 only, and padding of a pool by at most half the window.
"""

import warnings
from typing import Any

from refcnn.harness.calls import missing
from refcnn.implementations.adapters import library
from refcnn.suite.tensors import Array

torch: Any = library("torch")
functional: Any = torch.nn.functional
warnings.filterwarnings("ignore", "The given NumPy array is not writable")  # it need not be

STATEMENT = {
    "layout": "NCHW",
    "kernel_layout": "OIHW",
    "dense_layout": "OI",
    "dialects": ["flatten_channel_first", "avg_pool_counts_padding"],
    "implementation": {"torch": str(torch.__version__)},
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
    """torch.nn.functional.conv2d."""
    if padding == "same":
        missing('padding="same" has stride 1 only')
    if isinstance(padding, tuple):
        missing("one padding for both sides")
    weights, place = (_tensor(kernel), _optional(bias)), (strides, padding, dilation, groups)
    return functional.conv2d(_tensor(x), *weights, *place).numpy()


def max_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """torch.nn.functional.max_pool2d."""
    return _pool(functional.max_pool2d, x, pool_size, strides, padding)


def avg_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """torch.nn.functional.avg_pool2d, which counts padded cells unless told otherwise."""
    return _pool(functional.avg_pool2d, x, pool_size, strides, padding)


def _pool(pool: Any, x: Array, pool_size: Any, strides: Any, padding: Any) -> Any:
    if padding != "valid":
        missing("padding of at most half the window, the same on both sides")
    return pool(_tensor(x), pool_size, strides).numpy()


def global_avg_pool2d(x: Array) -> Any:
    """torch.nn.functional.adaptive_avg_pool2d to one cell, whose axes are dropped."""
    return functional.adaptive_avg_pool2d(_tensor(x), 1).flatten(1).numpy()


def flatten(x: Array) -> Any:
    """torch.flatten of all axes but the batch, in their order: channels first."""
    return torch.flatten(_tensor(x), start_dim=1).numpy()


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Any:
    """torch.nn.functional.linear."""
    return functional.linear(_tensor(x), _tensor(kernel), _optional(bias)).numpy()


def relu(x: Array) -> Any:
    """torch.nn.functional.relu."""
    return functional.relu(_tensor(x)).numpy()


def softmax(x: Array) -> Any:
    """torch.nn.functional.softmax."""
    return functional.softmax(_tensor(x), dim=-1).numpy()


def _tensor(array: Array) -> Any:
    return torch.from_numpy(array)


def _optional(bias: Array | None) -> Any:
    return None if bias is None else _tensor(bias)
