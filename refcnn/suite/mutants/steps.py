"""The seven operators in steps, so that a mistake can be made in any one of them.

Each step passes what it worked out through the hooks of its name. Without hooks
these are right implementations, by a route of their own (`einsum` over windows);
a mutant is one with a hook or two. Steps of independent mistakes compose.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from refcnn.cnn.shapes import same_padding
from refcnn.suite.tensors import Array

Hook = Callable[[Any, "Call"], Any]
Hooks = Mapping[str, Sequence[Hook]]


class Call:
    """One call of an operator: its arguments, then every step, as attributes.

    `memory` outlives the call, for mistakes that carry something over.
    """

    def __init__(self, hooks: Hooks, memory: dict[Any, Any], given: Mapping[str, Any]) -> None:
        """Start with the arguments as they were given: `given_x`, `given_padding`, ..."""
        self.hooks, self.memory = hooks, memory
        self.given = given
        self.__dict__.update({f"given_{name}": value for name, value in given.items()})

    def __getattr__(self, name: str) -> Any:
        """Any step so far; AttributeError for one that has not been reached."""
        raise AttributeError(name)

    def __call__(self, name: str, value: Any) -> Any:
        """Take a step: what was worked out, as the hooks leave it."""
        for hook in self.hooks.get(name, ()):
            value = hook(value, self)
        setattr(self, name, value)
        return value

    def refuse(self, rule: str, broken: object) -> None:
        """Raise ValueError if a rule is broken; the step of its name can look away."""
        if self(rule, bool(broken)):
            raise ValueError(f"refused: {rule}")


def pair(value: Any) -> Any:
    """An int or a pair as a pair."""
    return tuple(value) if isinstance(value, Sequence) else (value, value)


def around(padding: Any, sizes: Any, window: Any, strides: Any) -> Any:
    """Any form of padding as ((top, bottom), (left, right))."""
    if padding == "same":
        return tuple(same_padding(*axis) for axis in zip(sizes, window, strides))
    if padding == "valid":
        padding = 0
    return tuple(pair(side) for side in pair(padding))


def bordered(x: Array, pads: Any, fill: float) -> Array:
    """A copy of x with a border; several times as fast as np.pad on small arrays."""
    (top, bottom), (left, right) = pads
    n, height, width, depth = x.shape
    y = np.full((n, top + height + bottom, left + width + right, depth), fill, x.dtype)
    y[:, top : top + height, left : left + width] = x
    return y


def patches_of(c: Call, strides: Any, fill: float) -> Array:
    """Lay out the windows of c.window over c.x: (N, H_out, W_out, C, F_h, F_w)."""
    sizes = c.x.shape[1:3]
    c("strides", pair(strides))
    c.refuse("bad_strides", min(c.strides) < 1)
    c.refuse("no_cells", min(sizes) < 1)
    c("pads", around(c.padding, sizes, c.window, c.strides))
    c.refuse("negative_padding", min(map(min, c.pads)) < 0)
    c("fill", fill)
    c("padded", bordered(c.x, c.pads, c.fill))
    lengths = c.padded.shape[1:3]
    c.refuse("too_large", any(f > n for f, n in zip(c.window, lengths)))
    c("sizes", [(n - f) // s + 1 for n, f, s in zip(lengths, c.window, c.strides)])
    return np.asarray(c("patches", window_view(c.padded, c.window, c.strides, c.sizes, c.fill)))


def window_view(x: Array, window: Any, strides: Any, sizes: Any, fill: float) -> Array:
    """`sizes` windows a stride apart; cells beyond the end of x hold `fill`."""
    if min(sizes) < 1:
        return np.zeros((len(x), *(max(0, n) for n in sizes), x.shape[3], *window), x.dtype)
    needed = [(n - 1) * s + f for n, s, f in zip(sizes, strides, window)]
    x = bordered(x, [(0, max(0, n - size)) for n, size in zip(needed, x.shape[1:3])], fill)
    view = sliding_window_view(x, window, (1, 2))[:, :: strides[0], :: strides[1]]
    return np.asarray(view[:, : sizes[0], : sizes[1]])


def conv2d(c: Call) -> Array:
    """Steps: x, kernel, bias, padding, window, those of `patches_of`, sums, biased, y."""
    c("x", c.given_x), c("kernel", c.given_kernel), c("bias", c.given_bias)
    c("padding", c.given_padding)
    c.refuse("wrong_rank", c.x.ndim != 4 or c.kernel.ndim != 4)
    c.refuse("wrong_depth", c.kernel.shape[2] != c.x.shape[3])
    c.refuse("wrong_bias", c.bias is not None and c.bias.shape != c.kernel.shape[3:])
    c("window", c.kernel.shape[:2])
    patches = patches_of(c, c.given_strides, 0)
    y = c("sums", np.einsum("bijcmn,mnco->bijo", patches, c.kernel))
    c("biased", y if c.bias is None else y + c.bias)
    return np.asarray(c("y", c.biased))


def _pool(c: Call, fill: float) -> Array:
    c("x", c.given_x), c("padding", c.given_padding)
    c.refuse("wrong_rank", c.x.ndim != 4)
    c("window", pair(c.given_pool_size))
    c.refuse("bad_window", min(c.window) < 1)
    patches = patches_of(c, c.window if c.given_strides is None else c.given_strides, fill)
    c.refuse("only_padding", any(max(p) >= f for p, f in zip(c.pads, c.window)))
    return patches


def max_pool2d(c: Call) -> Array:
    """Steps: x, padding, window, those of `patches_of`, chosen, y."""
    patches = _pool(c, -np.inf)
    c("chosen", patches.max(axis=(-2, -1), initial=-np.inf))
    return np.asarray(c("y", c.chosen))


def avg_pool2d(c: Call) -> Array:
    """Steps: x, padding, window, those of `patches_of`, total, counts, chosen, y."""
    patches = _pool(c, 0)
    c("total", patches.sum(axis=(-2, -1)))
    ones = bordered(np.ones((1, *c.x.shape[1:3], 1), c.x.dtype), c.pads, 0)
    view = window_view(ones, c.window, c.strides, c.sizes, 0)
    c("counts", view.sum(axis=(-2, -1)))
    c("chosen", c.total / c.counts)
    return np.asarray(c("y", c.chosen))


def flatten(c: Call) -> Array:
    """Steps: x, rows, y."""
    c("x", c.given_x)
    c.refuse("wrong_rank", c.x.ndim < 2)
    c("rows", c.x.reshape(len(c.x), prod(c.x.shape[1:])))
    return np.asarray(c("y", c.rows))


def dense(c: Call) -> Array:
    """Steps: x, kernel, bias, sums, biased, y."""
    c("x", c.given_x), c("kernel", c.given_kernel), c("bias", c.given_bias)
    c.refuse("wrong_rank", c.x.ndim != 2 or c.kernel.ndim != 2)
    c.refuse("wrong_inputs", c.x.shape[-1] != c.kernel.shape[0])
    c.refuse("wrong_bias", c.bias is not None and c.bias.shape != c.kernel.shape[1:])
    c("sums", np.einsum("bi,io->bo", c.x, c.kernel))
    c("biased", c.sums if c.bias is None else c.sums + c.bias)
    return np.asarray(c("y", c.biased))


def relu(c: Call) -> Array:
    """Steps: x, chosen, y."""
    c("x", c.given_x)
    c("chosen", np.where(c.x <= 0, c.x.dtype.type(0), c.x))
    return np.asarray(c("y", c.chosen))


def softmax(c: Call) -> Array:
    """Steps: x, axis, shift, powers, total, chosen, y."""
    c("x", c.given_x), c("axis", -1)
    c.refuse("wrong_rank", c.x.ndim < 1 or c.x.shape[-1] < 1)
    c("shift", c.x.max(axis=c.axis, keepdims=True, initial=-np.inf))
    c("powers", np.exp(c.x - c.shift))
    c("total", c.powers.sum(axis=c.axis, keepdims=True))
    c("chosen", c.powers / c.total)
    return np.asarray(c("y", c.chosen))


STEPS: dict[str, Callable[[Call], Array]] = {
    f.__name__: f for f in (conv2d, max_pool2d, avg_pool2d, flatten, dense, relu, softmax)
}
