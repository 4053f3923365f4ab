"""Operators in steps, so that a mistake can be made in any one of them.

Each step passes what it worked out through the hooks of its name. Without hooks
these are right implementations, by a route of their own (`einsum` over windows);
a mutant is one with a hook or two. Steps of independent mistakes compose. What is
particular to an operator lies in its folder.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refcnn.cnn.ops import padded
from refcnn.cnn.shapes import same_padding
from refcnn.suite.tensors import Array

Hook = Callable[[Any, "Call"], Any]
Hooks = Mapping[str, Sequence[Hook]]
Steps = Callable[["Call"], Array]


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


def patches_of(c: Call, strides: Any, fill: float) -> Array:
    """Lay out the windows of c.window over c.x: (N, H_out, W_out, C, F_h, F_w)."""
    sizes = c.x.shape[1:3]
    c("strides", pair(strides))
    c.refuse("bad_strides", min(c.strides) < 1)
    c.refuse("no_cells", min(sizes) < 1)
    c("pads", around(c.padding, sizes, c.window, c.strides))
    c.refuse("negative_padding", min(map(min, c.pads)) < 0)
    c("fill", fill)
    c("padded", padded(c.x, c.pads, c.fill))
    lengths = c.padded.shape[1:3]
    c.refuse("too_large", any(f > n for f, n in zip(c.window, lengths)))
    c("sizes", [(n - f) // s + 1 for n, f, s in zip(lengths, c.window, c.strides)])
    return np.asarray(c("patches", window_view(c.padded, c.window, c.strides, c.sizes, c.fill)))


def window_view(x: Array, window: Any, strides: Any, sizes: Any, fill: float) -> Array:
    """`sizes` windows a stride apart; cells beyond the end of x hold `fill`."""
    if min(sizes) < 1:
        return np.zeros((len(x), *(max(0, n) for n in sizes), x.shape[3], *window), x.dtype)
    needed = [(n - 1) * s + f for n, s, f in zip(sizes, strides, window)]
    below, beside = (max(0, n - size) for n, size in zip(needed, x.shape[1:3]))
    x = padded(x, ((0, below), (0, beside)), fill) if below or beside else x
    image, row, column, channel = x.strides
    shape = len(x), *sizes, x.shape[3], *window
    steps = image, strides[0] * row, strides[1] * column, channel, row, column
    return np.asarray(as_strided(x, shape, steps, writeable=False))


def added_up(c: Call, parts: Array, strides: Any = None) -> Array:
    """What all windows say of the cells of the padded input, window by window."""
    total, (sh, sw) = np.zeros_like(c.padded), strides or c.strides
    for i, j in np.ndindex(*parts.shape[1:3]):
        under = total[:, i * sh : i * sh + parts.shape[4], j * sw : j * sw + parts.shape[5]]
        told = parts[:, i, j].transpose(0, 2, 3, 1)
        under += told[:, : under.shape[1], : under.shape[2]]
    return np.asarray(total)


def without_padding(c: Call, onto: Array) -> Array:
    """What was given back to the input itself."""
    (top, bottom), (left, right) = c.pads
    height, width = onto.shape[1:3]
    return np.asarray(onto[:, top : height - bottom, left : width - right])
