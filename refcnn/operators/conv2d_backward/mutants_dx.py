"""Mistakes in the gradient of conv2d by its input."""

from collections.abc import Callable

import numpy as np

from refcnn.suite.mutants.gradients import (
    as_far_as_covered,
    averaged,
    cut_off,
    edge_repeated,
    is_last,
    landing_at,
    overwritten,
)
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Hook
from refcnn.suite.tensors import Array

conv2d_backward = of("conv2d_backward")


def _through(kernel: Callable[[Array], Array]) -> Hook:
    """A hook on what windows say: it is taken through another kernel."""
    return lambda _, c: np.einsum("bijo,mnco->bijcmn", c.dy, kernel(c.kernel))


def _square(kernel: Array, *axes: int) -> Array:
    """Two axes of the kernel swapped, if they are of one length."""
    first, second = axes
    same = kernel.shape[first] == kernel.shape[second]
    return kernel.swapaxes(first, second) if same else kernel


def _kept(kernel: Array, places: Callable[[Array, int], Array]) -> Array:
    """The kernel with zeros in the filters that are not kept."""
    filters = kernel.shape[3]
    return np.where(places(np.arange(filters), filters), kernel, 0)


MUTANTS = [
    conv2d_backward(
        "kernel-rotated-for-dx",
        "DCONV-1",
        "For the gradient by x the kernel is rotated by 180 degrees once too often, or not at all.",
        parts=_through(lambda k: k[::-1, ::-1]),
    ),
    conv2d_backward(
        "kernel-upside-down-for-dx",
        "DCONV-1",
        "For the gradient by x the kernel is flipped from top to bottom alone.",
        parts=_through(lambda k: k[::-1]),
    ),
    conv2d_backward(
        "kernel-mirrored-for-dx",
        "DCONV-1",
        "For the gradient by x the kernel is flipped from left to right alone.",
        parts=_through(lambda k: k[:, ::-1]),
    ),
    conv2d_backward(
        "kernel-transposed-for-dx-when-square",
        "DCONV-1",
        "For the gradient by x height and width of a square kernel are swapped.",
        parts=_through(lambda k: _square(k, 0, 1)),
    ),
    conv2d_backward(
        "windows-overwrite-one-another",
        "DCONV-1",
        "Where windows overlap only the last one counts for dX: `=` in place of `+=`.",
        onto=overwritten,
    ),
    conv2d_backward(
        "dx-averaged-over-windows",
        "DCONV-1",
        "The gradient of a cell is averaged over the windows that cover it, not added up.",
        onto=averaged,
    ),
    conv2d_backward(
        "dx-negative", "DCONV-1", "The gradient by x has the wrong sign.", dx=lambda g, _: -g
    ),
    conv2d_backward(
        "dx-doubled",
        "DCONV-11",
        "The gradient by x is twice as large: it does not fit the forward pass.",
        dx=lambda g, _: 2 * g,
    ),
    conv2d_backward(
        "dx-from-below",
        "DCONV-1",
        "The rows of the gradient by x come in reverse.",
        by_x=lambda g, _: g[:, ::-1],
    ),
    conv2d_backward(
        "dx-transposed-when-square",
        "DCONV-1",
        "Height and width of the gradient by a square x are swapped.",
        by_x=lambda g, _: g.swapaxes(1, 2) if g.shape[1] == g.shape[2] else g,
    ),
    conv2d_backward(
        "dx-without-the-last-row-of-windows",
        "DCONV-1",
        "The loop over the rows of dY ends one too early: their windows give nothing back.",
        parts=lambda p, _: np.where(is_last(p, 1), 0, p),
    ),
    conv2d_backward(
        "dx-without-the-last-column-of-windows",
        "DCONV-1",
        "The loop over the columns of dY ends one too early: their windows give nothing back.",
        parts=lambda p, _: np.where(is_last(p, 2), 0, p),
    ),
    conv2d_backward(
        "relu-mask-on-dx",
        "DCONV-1",
        "The gradient by x is 0 where x is negative: the mask of a ReLU is part of it.",
        dx=lambda g, c: np.where(c.x < 0, 0, g),
    ),
    conv2d_backward(
        "dx-of-the-first-filter",
        "DCONV-4",
        "Only the first filter passes a gradient back to x.",
        parts=_through(lambda k: _kept(k, lambda o, _: o == 0)),
    ),
    conv2d_backward(
        "dx-of-the-last-filter",
        "DCONV-4",
        "The gradient by x is overwritten by every filter: `=` in place of `+=`.",
        parts=_through(lambda k: _kept(k, lambda o, n: o == n - 1)),
    ),
    conv2d_backward(
        "dx-without-the-last-filter",
        "DCONV-4",
        "The loop over the filters ends one too early: the last one passes nothing back.",
        parts=_through(lambda k: _kept(k, lambda o, n: o < n - 1)),
    ),
    conv2d_backward(
        "dx-averaged-over-filters",
        "DCONV-4",
        "The gradient by x is averaged over the filters, where it should be added up.",
        parts=lambda p, c: p / max(1, c.kernel.shape[3]),
    ),
    conv2d_backward(
        "dx-the-same-for-all-channels",
        "DCONV-4",
        "The gradient by x is added up over the channels: all get the same.",
        by_x=lambda g, _: np.broadcast_to(g.sum(axis=3, keepdims=True), g.shape).copy(),
    ),
    conv2d_backward(
        "dx-of-the-first-channel",
        "DCONV-4",
        "All channels of x get the gradient of the first one.",
        by_x=lambda g, _: np.repeat(g[..., :1], g.shape[3], axis=3),
    ),
    conv2d_backward(
        "kernel-channels-and-filters-swapped-for-dx",
        "DCONV-4",
        "With as many filters as channels, the two are swapped in the kernel for dX.",
        parts=_through(lambda k: _square(k, 2, 3)),
    ),
    conv2d_backward(
        "dx-at-stride-one",
        "DCONV-5",
        "dY is not spread out: what windows say lands as if strides were 1.",
        onto=landing_at(lambda _: (1, 1)),
    ),
    conv2d_backward(
        "dx-with-the-stride-down-for-both",
        "DCONV-5",
        "What windows say lands at the stride of the height on both axes.",
        onto=landing_at(lambda s: (s[0], s[0])),
    ),
    conv2d_backward(
        "dx-with-the-strides-swapped",
        "DCONV-5",
        "The strides of height and width are swapped for dX.",
        onto=landing_at(lambda s: s[::-1]),
    ),
    conv2d_backward(
        "padding-not-cut-off",
        "DCONV-6",
        "dX is the gradient by the padded input: its padding is not cut off.",
        by_x=lambda _, c: c.onto,
    ),
    conv2d_backward(
        "padding-cut-off-below",
        "DCONV-6",
        "All padding is cut off below and to the right: dX is moved.",
        by_x=cut_off(lambda _: (0, 0)),
    ),
    conv2d_backward(
        "padding-cut-off-above",
        "DCONV-6",
        "All padding is cut off above and to the left: dX is moved.",
        by_x=cut_off(lambda pads: tuple(map(sum, pads))),
    ),
    conv2d_backward(
        "padding-ends-swapped",
        "DCONV-6",
        "The padding before and after is swapped when it is cut off.",
        by_x=cut_off(lambda pads: (pads[0][1], pads[1][1])),
    ),
    conv2d_backward(
        "padding-axes-swapped",
        "DCONV-6",
        "The padding of height and width is swapped when it is cut off.",
        by_x=cut_off(lambda pads: (pads[1][0], pads[0][0])),
    ),
    conv2d_backward(
        "dx-only-as-far-as-windows-reach",
        "DCONV-7",
        "dX ends with the last window: it is smaller than x where cells are left over.",
        by_x=as_far_as_covered,
    ),
    conv2d_backward(
        "left-over-cells-get-the-edge",
        "DCONV-7",
        "Cells beyond the last window get the gradient of the last cells that are covered.",
        by_x=edge_repeated,
    ),
    conv2d_backward(
        "dx-divided-by-the-batch",
        "ANY-1",
        "The gradient by x is divided by the number of examples.",
        by_x=lambda g, _: g / max(1, len(g)),
    ),
    conv2d_backward(
        "dx-of-the-whole-batch",
        "ANY-1",
        "Every example gets the gradient by x of the whole batch, added up.",
        by_x=lambda g, _: np.broadcast_to(g.sum(axis=0), g.shape).copy(),
    ),
]
