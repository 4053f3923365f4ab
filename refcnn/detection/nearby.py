"""Cases that differ from one in a single argument: what caches and shortcuts take for the same.

A cache whose key leaves an argument out gives the first answer again; a shortcut that looks
at one number of an argument forgets the others.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from refcnn.spec.case import Case
from refcnn.spec.tensors import Array

SMALL = 8  # weights of which sums are exact
MANY = 5  # examples: more than usual, and no power of two


def nearby(case: Case) -> Iterator[tuple[str, Case]]:
    """What is changed, and the case with it: each tensor in several ways, then each attribute.

    Some of them may be illegal, or asked for in another form than the case itself.
    """
    x = case.inputs["x"]
    for name, tensor in case.inputs.items():
        yield name, case.given(**{name: np.asarray(-np.flip(tensor))})
    if x.ndim > 1:
        yield "batch", case.given(x=np.concatenate([x, np.flip(x)] * MANY)[:MANY])
    if "kernel" in case.inputs:
        yield "kernel of sum 0", case.given(kernel=_with_a_sum_of_zero(case.inputs["kernel"]))
    bias = case.inputs.get("bias")
    if bias is not None and bias.size > 1:
        yield "a bias of 0", case.given(bias=_with_a_zero(bias))
    yield from _other_attributes(case)


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


def _other_attributes(case: Case) -> Iterator[tuple[str, Case]]:
    """Other strides and padding, and windows that lie side by side on one axis alone."""
    strides, padding = (case.attributes.get(name) for name in ("strides", "padding"))
    if isinstance(strides, int):
        yield "strides", case.with_attributes(strides=strides + 1)
    if isinstance(padding, int):
        yield "padding", case.with_attributes(padding=0 if padding else 1)
        yield "more padding around less", _with_more_padding(case, padding)
    if "pool_size" in case.attributes and strides is not None:
        yield "side by side", _side_by_side(case, case.attributes["pool_size"], strides)


def _with_more_padding(case: Case, padding: int) -> Case:
    """An input without its outermost cells, and as many more of padding."""
    return case.given(x=case.inputs["x"][:, 1:-1, 1:-1]).with_attributes(padding=padding + 1)


def _side_by_side(case: Case, pool_size: Any, strides: Any) -> Case:
    """A stride of the height of the window, on an image of two windows by two."""
    height, width = pool_size if isinstance(pool_size, tuple) else (pool_size, pool_size)
    tiled = np.tile(case.inputs["x"], (1, 2 * height, 2 * width, 1))
    stride = (height, height) if isinstance(strides, tuple) else height
    return case.given(x=tiled[:, : 2 * height, : 2 * width]).with_attributes(strides=stride)
