"""Cases that differ from one in a single argument: what caches and shortcuts take for the same.

A cache whose key leaves an argument out gives the first answer again; a shortcut that looks
at one number of an argument forgets the others.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.gradients import fitted
from refcnn.suite.roles import WINDOWED
from refcnn.suite.tensors import Array
from refcnn.suite.windows import lay_out

SMALL = 8  # weights of which sums are exact
ENORMOUS = 1e30  # beyond which what is twice as far may be none of the numbers of float32
MANY = 11  # examples, channels or filters: a multiple of no tile, and more than one of eight


def nearby(case: Case) -> Iterator[tuple[str, Case]]:
    """What is changed, and the case with it: each tensor in several ways, then each attribute.

    Some of them may be illegal, or asked for in another form than the case itself. A dy
    follows what it is the gradient by.
    """
    yield from ((name, fitted(near)) for name, near in _nearby(case))


def _nearby(case: Case) -> Iterator[tuple[str, Case]]:
    x = case.inputs["x"]
    for name, tensor in case.inputs.items():
        yield name, case.given(**{name: np.asarray(-np.flip(tensor))})
    if x.ndim > 1:
        yield "batch", case.given(x=_on_other_levels(x))
    if case.operator in WINDOWED or "kernel" in case.inputs:
        yield "channels", _with_channels(case, MANY)
        yield "one channel", _with_channels(case, 1)
    kernel, bias = case.inputs.get("kernel"), case.inputs.get("bias")
    if kernel is not None:
        yield "kernel of sum 0", case.given(kernel=_with_a_sum_of_zero(kernel))
        weights = {name: case.inputs[name] for name in ("kernel", "bias") if name in case.inputs}
        yield "filters", case.given(**{name: _many(t, -1) for name, t in weights.items()})
        yield "one filter", case.given(**{name: _many(t, -1, 1) for name, t in weights.items()})
    if bias is not None:
        yield "negative bias", case.given(bias=-np.abs(bias) - bias.dtype.type(1))
    if bias is not None and bias.size > 1:
        yield "a bias of 0", case.given(bias=_with_a_zero(bias))
    if case.operator in WINDOWED:
        yield from _placed_otherwise(case)


def placed_otherwise(case: Case) -> Iterator[tuple[str, Case]]:
    """What is changed of the windows' places, and the case with it."""
    yield from ((name, fitted(near)) for name, near in _placed_otherwise(case))


def _placed_otherwise(case: Case) -> Iterator[tuple[str, Case]]:
    yield from _other_strides(case)
    yield from _other_padding(case)
    yield "gaps", _with_gaps(case)
    yield "tiles and a rest below", _in_tiles(case, (1, 0))
    yield "tiles and a rest across", _in_tiles(case, (0, 1))
    for cells in (2, 3):
        yield f"same with strides and {cells} cells", _same(case, cells)


def _many(tensor: Array, axis: int, many: int = MANY) -> Array:
    """The tensor over and over again, until there are many along an axis."""
    found: Array = np.take(tensor, np.arange(many) % max(1, tensor.shape[axis]), axis=axis)
    return found


def _with_channels(case: Case, many: int) -> Case:
    """So many channels, or inputs; filters are as deep as the input."""
    more = {"x": _many(case.inputs["x"], -1, many)}
    if "kernel" in case.inputs:
        more["kernel"] = _many(case.inputs["kernel"], -2, many)
    return case.given(**more)


def _on_other_levels(x: Array) -> Array:
    """Many examples, of which every second one is lower than the first throughout."""
    finite = x[np.isfinite(x)]
    size = np.abs(finite).max(initial=0)
    step = np.exp2(np.ceil(np.log2(2 * size + 1))) if size < ENORMOUS else 0
    images = np.concatenate([x[:1], np.flip(x[:1]) - x.dtype.type(step)])
    return np.asarray(np.concatenate([images] * MANY)[:MANY])


def _with_a_sum_of_zero(kernel: Array) -> Array:
    """The kernel with a first filter of small whole numbers that add up to 0, in any order."""
    found: Array = np.clip(np.nan_to_num(kernel), -SMALL, SMALL).round()
    weights = found[..., 0]
    weights[(0,) * weights.ndim] = 1
    weights[(-1,) * weights.ndim] -= weights.sum()
    return found


def _with_a_zero(bias: Array) -> Array:
    """The bias with one zero, and no other."""
    found = np.where(bias == 0, bias.dtype.type(1), bias)
    found[0] = 0
    return found


def _other_strides(case: Case) -> Iterator[tuple[str, Case]]:
    """Strides of which one or both are others, and windows side by side on one axis alone."""
    strides = case.attributes.get("strides")
    if strides is None:
        return
    if isinstance(strides, int):
        yield "strides", case.with_attributes(strides=strides + 1)
    down, across = strides if isinstance(strides, tuple) else (strides, strides)
    yield "stride down", case.with_attributes(strides=(down + 1, across))
    yield "stride across", case.with_attributes(strides=(down, across + 1))
    yield "stride across as many windows", _as_many_windows(case, (down, across + 1))
    if "pool_size" in case.attributes:
        yield "side by side", _side_by_side(case, case.attributes["pool_size"], strides)


def _other_padding(case: Case) -> Iterator[tuple[str, Case]]:
    """More of it or less, and as much in other places."""
    padding = case.attributes.get("padding")
    if isinstance(padding, int):
        yield "padding", case.with_attributes(padding=0 if padding else 1)
        yield "more padding around less", _with_more_padding(case, padding, 1)
        yield "still more around less", _with_more_padding(case, padding, 2)
    each = padding if isinstance(padding, int) and padding else 1
    (top, bottom), across = padding if isinstance(padding, tuple) else ((each, each),) * 2
    yield "padding at one end", case.with_attributes(padding=((top + bottom, 0), across))
    if padding in (None, 0, "valid"):
        lower = case.given(x=_on_other_levels(case.inputs["x"]))
        yield "a padded batch", lower.with_attributes(padding=1)


def _with_more_padding(case: Case, padding: int, more: int) -> Case:
    """An input without its outermost cells, and as many more of padding."""
    inner = case.inputs["x"][:, more:-more, more:-more]
    return case.given(x=inner).with_attributes(padding=padding + more)


def _as_many_windows(case: Case, strides: tuple[int, int]) -> Case:
    """An image so wide that another stride across gives as many windows."""
    place = lay_out(case)
    width = (place.output[1] - 1) * strides[1] + place.reach[1] - sum(place.padding[1])
    wide = _many(case.inputs["x"], 2, max(0, width))
    return case.given(x=wide).with_attributes(strides=strides)


def _with_gaps(case: Case) -> Case:
    """Strides beyond the window on both axes, and no padding."""
    down, across = lay_out(case).reach
    return _stepping(_without_padding(case), down + 1, across + 1)


def _in_tiles(case: Case, rest: tuple[int, int]) -> Case:
    """Windows side by side, two by two, with a rest of so many cells, and no padding."""
    down, across = lay_out(case).reach
    x = _many(_many(case.inputs["x"], 1, 2 * down + rest[0]), 2, 2 * across + rest[1])
    return _stepping(_without_padding(case).given(x=x), down, across)


def _stepping(case: Case, down: int, across: int) -> Case:
    """Other strides: one number where they are equal, and no pair was asked for."""
    pair = isinstance(case.attributes.get("strides"), tuple) or down != across
    return case.with_attributes(strides=(down, across) if pair else down)


def _without_padding(case: Case) -> Case:
    """None, in the form in which some was asked for."""
    if "padding" not in case.attributes:
        return case
    named = isinstance(case.attributes["padding"], str)
    return case.with_attributes(padding="valid" if named else 0)


def _same(case: Case, cells: int) -> Case:
    """A window of so many cells a side, strides of 2, and "same" padding that is no even number."""
    x = case.inputs["x"]
    height, width = (size + (size + cells + 1) % 2 for size in x.shape[1:3])
    found = case.given(x=_many(_many(x, 1, height), 2, width))
    found = found.with_attributes(strides=2, padding="same")
    if "kernel" not in case.inputs:
        return found.with_attributes(pool_size=cells)
    return found.given(kernel=_many(_many(case.inputs["kernel"], 0, cells), 1, cells))


def _side_by_side(case: Case, pool_size: Any, strides: Any) -> Case:
    """A stride of the height of the window, on an image of two windows by two."""
    height, width = pool_size if isinstance(pool_size, tuple) else (pool_size, pool_size)
    tiled = np.tile(case.inputs["x"], (1, 2 * height, 2 * width, 1))
    stride = (height, height) if isinstance(strides, tuple) else height
    return case.given(x=tiled[:, : 2 * height, : 2 * width]).with_attributes(strides=stride)
