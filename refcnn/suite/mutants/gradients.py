"""Mistakes that can be made in the gradients of any operator: hooks for the steps of these."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from refcnn.suite.mutants.common import through, to_bits
from refcnn.suite.mutants.mutant import Mutant, of
from refcnn.suite.steps import Call, Hook, added_up
from refcnn.suite.tensors import Array


def clipped(limit: float) -> Hook:
    """A hook that keeps numbers within a limit."""
    return lambda value, _: np.clip(value, -limit, limit)


def accumulated(name: str) -> Hook:
    """A hook that adds to what came of the calls before, of the same shape."""

    def hook(value: Array, c: Call) -> Array:
        key = name, value.shape, value.dtype
        c.memory[key] = c.memory.get(key, 0) + value
        return np.asarray(c.memory[key]).copy()

    return hook


def an_earlier(x: Array, c: Call) -> Array:
    """The x of the first call of that shape."""
    kept: Array = c.memory.setdefault(("x", x.shape, x.dtype), x.copy())
    return kept


def there_is_one(change: Callable[[Array, Call], Array]) -> Hook:
    """A hook on a gradient that is None where there is no such tensor."""
    return lambda value, c: None if value is None else change(value, c)


def dy_fitted(shape: Callable[[Call], tuple[int, ...]]) -> Hook:
    """A hook on dy: its numbers over and over, in the shape that is needed."""

    def hook(dy: Array, c: Call) -> Any:
        needed = shape(c)
        if dy.shape == needed or not dy.size:
            return dy
        return dy.ravel()[np.arange(prod(needed)) % dy.size].reshape(needed)

    return hook


# --- of what has a kernel


def with_another_dy(operator: str, clause: str) -> list[Mutant]:
    """What does not look at dY as it is: gradients must be linear in it."""
    make = of(operator)
    return [
        make(
            "dy-taken-as-ones",
            clause,
            "dY is not looked at: all gradients are those of a sum of the answers.",
            dy=lambda dy, _: np.ones_like(dy),
        ),
        make(
            "signs-of-dy",
            clause,
            "Only the sign of dY counts.",
            dy=lambda dy, _: np.sign(dy),
        ),
        make(
            "dy-clipped",
            clause,
            "dY is clipped to the range from -1 to 1 on its way in.",
            dy=clipped(1),
        ),
    ]


def without_a_right_dbias(operator: str, clause: str, whole: str) -> list[Mutant]:
    """What can be wrong with a gradient by a bias, whatever the operator."""
    make = of(operator)
    return [
        make(
            "dbias-zero",
            clause,
            "The gradient by the bias is 0.",
            by_bias=lambda total, _: np.zeros_like(total),
        ),
        make(
            "dbias-times-the-bias",
            clause,
            "The gradient by the bias is multiplied by the bias.",
            dbias=there_is_one(lambda total, c: total * c.bias),
        ),
        make(
            "dbias-missing",
            clause,
            "There is no gradient by the bias, although there is a bias.",
            dbias=lambda *_: None,
        ),
        make(
            "dbias-without-a-bias",
            whole,
            "There is a gradient by the bias where there is no bias.",
            dbias=lambda total, c: c.by_bias if total is None else total,
        ),
    ]


def of_fewer_bits(operator: str, clause: str) -> list[Mutant]:
    """What is rounded on its way in."""
    make = of(operator)
    return [
        make(
            "dy-rounded-to-bfloat16",
            clause,
            "dY is rounded to the 8 significant bits of bfloat16.",
            dy=to_bits(8),
        ),
        make(
            "kernel-rounded-to-bfloat16",
            clause,
            "The weights are rounded to the 8 significant bits of bfloat16.",
            kernel=to_bits(8),
        ),
        make(
            "inputs-rounded-to-tf32",
            clause,
            "The inputs are rounded to the 11 significant bits of TensorFloat-32.",
            x=to_bits(11),
        ),
    ]


def nearly_right(operator: str, clause: str) -> list[Mutant]:
    """Gradients that are right but for their digits."""
    make = of(operator)
    return [
        make(
            "float32-inside-float64",
            clause,
            "The gradient by x passes through float32, even where the data are float64.",
            by_x=through(np.float32),
        ),
        make(
            "dkernel-off-by-a-millionth",
            clause,
            "The gradient by the kernel is larger by a millionth.",
            dkernel=lambda g, _: g * 1.000001,
        ),
        make(
            "dkernel-always-float64",
            "ANY-6",
            "The gradient by the kernel is float64, even where all tensors are float32.",
            dkernel=lambda g, _: g.astype(np.float64),
        ),
    ]


# --- of windows: what they say of the cells under them


def overwritten(_: Array, c: Call) -> Array:
    """The last window over a cell alone counts."""
    total, (sh, sw), (fh, fw) = np.zeros_like(c.padded), c.strides, c.window
    for i, j in np.ndindex(*c.parts.shape[1:3]):
        told = c.parts[:, i, j].transpose(0, 2, 3, 1)
        total[:, i * sh : i * sh + fh, j * sw : j * sw + fw] = told
    return np.asarray(total)


def averaged(total: Array, c: Call) -> Array:
    """Over the windows that cover a cell."""
    times = added_up(c, np.ones_like(c.parts))
    return np.asarray(total / np.maximum(times, 1))


def landing_at(strides: Callable[[Any], Any]) -> Hook:
    """A hook on the sums: windows lie at other strides."""
    return lambda _, c: added_up(c, c.parts, strides(c.strides))


def cut_off(change: Callable[[Any], Any]) -> Hook:
    """A hook on the gradient by x: the padding is cut off in another way."""

    def hook(_: Array, c: Call) -> Array:
        (top, left), (height, width) = change(c.pads), c.x.shape[1:3]
        return np.asarray(c.onto[:, top : top + height, left : left + width])

    return hook


def as_far_as_covered(gradient: Array, c: Call) -> Array:
    """As far as windows reach alone."""
    (top, _), (left, _) = c.pads
    (rows, columns), (sh, sw), (fh, fw) = c.sizes, c.strides, c.window
    below, beside = (rows - 1) * sh + fh - top, (columns - 1) * sw + fw - left
    return np.asarray(gradient[:, : max(0, below), : max(0, beside)])


def edge_repeated(gradient: Array, c: Call) -> Array:
    """What no window covers gets what the last covered cells have."""
    covered = as_far_as_covered(gradient, c)
    missing = [n - m for n, m in zip(gradient.shape[1:3], covered.shape[1:3])]
    if not covered.size:
        return gradient
    ends = [(0, more) for more in missing]
    return np.asarray(np.pad(covered, ((0, 0), *ends, (0, 0)), mode="edge"))


def is_last(parts: Array, axis: int) -> Array:
    """Whether a window is the last along an axis."""
    places = np.arange(parts.shape[axis]) == parts.shape[axis] - 1
    return np.asarray(places.reshape([-1 if a == axis else 1 for a in range(parts.ndim)]))
