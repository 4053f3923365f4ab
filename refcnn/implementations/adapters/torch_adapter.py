"""PyTorch: torch.nn.functional, on the CPU.

It documents two limits that cannot be stated, so that the forms are left out: padding
"same" at stride 1 only, and padding of a pool by at most half the window.
"""

import warnings
from functools import partial
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
    weights, place = (_tensor(kernel), _optional(bias)), (strides, padding, dilation, groups)
    return _convolution(*place)(_tensor(x), *weights).numpy()


def _convolution(strides: Any, padding: Any, dilation: Any = 1, groups: int = 1) -> Any:
    """A convolution of tensors, placed so."""
    if padding == "same":
        missing('padding="same" has stride 1 only')
    if isinstance(padding, tuple):
        missing("one padding for both sides")
    place = {"stride": strides, "padding": padding, "dilation": dilation, "groups": groups}
    return partial(functional.conv2d, **place)


def max_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """torch.nn.functional.max_pool2d."""
    return _pool(functional.max_pool2d, pool_size, strides, padding)(_tensor(x)).numpy()


def avg_pool2d(x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Any:
    """torch.nn.functional.avg_pool2d, which counts padded cells unless told otherwise."""
    return _pool(functional.avg_pool2d, pool_size, strides, padding)(_tensor(x)).numpy()


def _pool(pool: Any, pool_size: Any, strides: Any, padding: Any) -> Any:
    """A pool of tensors, placed so."""
    if padding != "valid":
        missing("padding of at most half the window, the same on both sides")
    return partial(pool, kernel_size=pool_size, stride=strides)


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


def conv2d_backward(
    dy: Array,
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Any = 1,
    padding: Any = "valid",
) -> Any:
    """torch.autograd of conv2d."""
    return _weighted(_convolution(strides, padding), dy, x, kernel, bias)


def max_pool2d_backward(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> Any:
    """torch.autograd of max_pool2d."""
    return _gradients(_pool(functional.max_pool2d, pool_size, strides, padding), dy, x)[0]


def avg_pool2d_backward(
    dy: Array, x: Array, pool_size: Any, *, strides: Any = None, padding: Any = "valid"
) -> Any:
    """torch.autograd of avg_pool2d."""
    return _gradients(_pool(functional.avg_pool2d, pool_size, strides, padding), dy, x)[0]


def dense_backward(dy: Array, x: Array, kernel: Array, bias: Array | None = None) -> Any:
    """torch.autograd of linear."""
    return _weighted(functional.linear, dy, x, kernel, bias)


def relu_backward(dy: Array, x: Array) -> Any:
    """torch.autograd of relu."""
    return _gradients(functional.relu, dy, x)[0]


def softmax_backward(dy: Array, x: Array) -> Any:
    """torch.autograd of softmax along the last axis."""
    return _gradients(partial(functional.softmax, dim=-1), dy, x)[0]


def softmax_cross_entropy(x: Array, labels: Array) -> Any:
    """torch.nn.functional.cross_entropy and its torch.autograd."""
    logits = _tensor(x).requires_grad_()
    loss = functional.cross_entropy(logits, _tensor(labels))
    (gradient,) = torch.autograd.grad(loss, [logits])
    return loss.detach().numpy(), gradient.numpy()


def _weighted(function: Any, dy: Array, x: Array, kernel: Array, bias: Array | None) -> Any:
    """The gradients by x, kernel and bias; None without a bias."""
    found = _gradients(function, dy, *(t for t in (x, kernel, bias) if t is not None))
    return found if bias is not None else (*found, None)


def _gradients(function: Any, dy: Array, *arrays: Array) -> tuple[Array, ...]:
    """The gradients of what a function of tensors answers, by each of them."""
    tensors = [_tensor(array).requires_grad_() for array in arrays]
    found = torch.autograd.grad(function(*tensors), tensors, _tensor(dy))
    return tuple(one.numpy() for one in found)


def _tensor(array: Array) -> Any:
    return torch.from_numpy(array)


def _optional(bias: Array | None) -> Any:
    return None if bias is None else _tensor(bias)
