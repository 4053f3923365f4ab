"""Mistakes in the gradients of conv2d: by the kernel, by the bias, and in all of them."""

from collections.abc import Callable

import numpy as np

from refcnn.operators.conv2d_backward.mutants_dx import MUTANTS as OF_DX
from refcnn.suite.mutants.common import edges
from refcnn.suite.mutants.gradients import (
    accumulated,
    an_earlier,
    clipped,
    dy_fitted,
    nearly_right,
    of_fewer_bits,
    with_another_dy,
    without_a_right_dbias,
)
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call, Hook, window_view
from refcnn.suite.tensors import Array

conv2d_backward = of("conv2d_backward")


def _with_patches(patches: Callable[[Call], Array]) -> Hook:
    """A hook on the gradient by the kernel: what lies under the windows is something else."""
    return lambda _, c: np.einsum("bijcmn,bijo->mnco", patches(c), c.dy)


def _with_dy(change: Callable[[Array], Array]) -> Hook:
    """A hook on the gradient by the kernel: dy is another one."""
    return lambda _, c: np.einsum("bijcmn,bijo->mnco", c.patches, change(c.dy))


def _some(chosen: Callable[[Array], Array]) -> Hook:
    """A hook on the gradient by the kernel: only some of the examples or places count."""
    return lambda _, c: np.einsum("bijcmn,bijo->mnco", chosen(c.patches), chosen(c.dy))


def _swapped(gradient: Array, *axes: int) -> Array:
    """Two axes swapped, if they are of one length."""
    first, second = axes
    same = gradient.shape[first] == gradient.shape[second]
    return gradient.swapaxes(first, second) if same else gradient


def _at_stride_one(c: Call) -> Array:
    """Windows side by side, as if strides were 1."""
    return window_view(c.padded, c.window, (1, 1), c.sizes, 0)


def _of_the_input_alone(c: Call) -> Array:
    """Windows over the input without its padding; what lies beyond is 0."""
    return window_view(c.x, c.window, c.strides, c.sizes, 0)


def _of_edges(c: Call) -> Array:
    """Windows over an input whose padding repeats its edge."""
    if not c.x.size:
        return np.asarray(c.patches)
    padded = np.pad(c.x, ((0, 0), *c.pads, (0, 0)), mode="edge")
    return window_view(padded, c.window, c.strides, c.sizes, 0)


def _over_the_batch(total: Array, c: Call) -> Array:
    return total / max(1, len(c.dy))


def _over_the_places(total: Array, c: Call) -> Array:
    return np.asarray(total / max(1, c.dy.shape[1] * c.dy.shape[2]))


def _float16_sums(_: Array, c: Call) -> Array:
    products = np.einsum("bijcmn,bijo->bijmnco", c.patches, c.dy)
    flat = products.reshape(-1, *products.shape[3:])
    found = np.cumsum(flat, axis=0, dtype=np.float16)[-1] if len(flat) else flat.sum(axis=0)
    return np.asarray(found.astype(c.x.dtype))


OF_DKERNEL = [
    conv2d_backward(
        "dkernel-rotated",
        "DCONV-2",
        "The gradient by the kernel comes back rotated by 180 degrees.",
        by_kernel=lambda g, _: g[::-1, ::-1],
    ),
    conv2d_backward(
        "dkernel-upside-down",
        "DCONV-2",
        "The gradient by the kernel comes back with its rows in reverse.",
        by_kernel=lambda g, _: g[::-1],
    ),
    conv2d_backward(
        "dkernel-transposed-when-square",
        "DCONV-2",
        "Height and width of the gradient by a square kernel are swapped.",
        by_kernel=lambda g, _: _swapped(g, 0, 1),
    ),
    conv2d_backward(
        "dy-transposed-when-square",
        "DCONV-2",
        "Height and width of a square dY are swapped for the gradient by the kernel.",
        by_kernel=_with_dy(lambda dy: _swapped(dy, 1, 2)),
    ),
    conv2d_backward(
        "dy-rotated",
        "DCONV-2",
        "dY is rotated by 180 degrees for the gradient by the kernel.",
        by_kernel=_with_dy(lambda dy: dy[:, ::-1, ::-1]),
    ),
    conv2d_backward(
        "dkernel-negative",
        "DCONV-2",
        "The gradient by the kernel has the wrong sign.",
        dkernel=lambda g, _: -g,
    ),
    conv2d_backward(
        "dkernel-of-the-first-window",
        "DCONV-2",
        "Only the first window counts for the gradient by the kernel.",
        by_kernel=_some(lambda t: t[:, :1, :1]),
    ),
    conv2d_backward(
        "dkernel-of-the-last-window",
        "DCONV-2",
        "The gradient by the kernel is overwritten by every window: `=` in place of `+=`.",
        by_kernel=_some(lambda t: t[:, -1:, -1:]),
    ),
    conv2d_backward(
        "dkernel-without-the-last-row",
        "DCONV-2",
        "The loop over the rows of dY ends one too early.",
        by_kernel=_some(lambda t: t[:, :-1]),
    ),
    conv2d_backward(
        "dkernel-without-the-last-column",
        "DCONV-2",
        "The loop over the columns of dY ends one too early.",
        by_kernel=_some(lambda t: t[:, :, :-1]),
    ),
    conv2d_backward(
        "dkernel-averaged-over-places",
        "DCONV-2",
        "The gradient by the kernel is averaged over the windows, where it should be added up.",
        by_kernel=_over_the_places,
    ),
    conv2d_backward(
        "dkernel-with-weight-decay",
        "DCONV-2",
        "A hundredth of the kernel is added to its gradient: weight decay is left on.",
        dkernel=lambda g, c: g + c.kernel / 100,
    ),
    conv2d_backward(
        "dkernel-clipped",
        "DCONV-2",
        "The gradient by the kernel is clipped to the range from -5 to 5.",
        dkernel=clipped(5),
    ),
    conv2d_backward(
        "dkernel-the-same-for-all-channels",
        "DCONV-4",
        "The gradient by the kernel is added up over the channels: all get the same.",
        by_kernel=lambda g, _: np.broadcast_to(g.sum(axis=2, keepdims=True), g.shape).copy(),
    ),
    conv2d_backward(
        "dkernel-of-the-first-channel",
        "DCONV-4",
        "Every channel of the kernel gets the gradient of the first channel.",
        by_kernel=lambda g, _: np.repeat(g[:, :, :1], g.shape[2], axis=2),
    ),
    conv2d_backward(
        "dkernel-of-the-first-filter",
        "DCONV-4",
        "Every filter gets the gradient of the first one.",
        by_kernel=lambda g, _: np.repeat(g[..., :1], g.shape[3], axis=3),
    ),
    conv2d_backward(
        "dkernel-the-same-for-all-filters",
        "DCONV-4",
        "dY is added up over the filters: all filters get the same gradient.",
        by_kernel=lambda g, _: np.broadcast_to(g.sum(axis=3, keepdims=True), g.shape).copy(),
    ),
    conv2d_backward(
        "dkernel-channels-and-filters-swapped",
        "DCONV-4",
        "With as many filters as channels, the two are swapped in the gradient by the kernel.",
        by_kernel=lambda g, _: _swapped(g, 2, 3),
    ),
    conv2d_backward(
        "dkernel-at-stride-one",
        "DCONV-5",
        "For the gradient by the kernel the windows lie side by side, as if strides were 1.",
        by_kernel=_with_patches(_at_stride_one),
    ),
    conv2d_backward(
        "dkernel-without-padding",
        "DCONV-6",
        "For the gradient by the kernel the windows begin at the input, not at its padding.",
        by_kernel=_with_patches(_of_the_input_alone),
    ),
    conv2d_backward(
        "dkernel-with-edges",
        "DCONV-6",
        "For the gradient by the kernel the padding repeats the edge of the input, where it is "
        "zeros.",
        by_kernel=_with_patches(_of_edges),
    ),
    conv2d_backward(
        "dkernel-averaged",
        "DCONV-10",
        "The gradient by the kernel is averaged over the batch, where it should be added up.",
        by_kernel=_over_the_batch,
    ),
    conv2d_backward(
        "dkernel-of-the-first-example",
        "DCONV-10",
        "Only the first example counts for the gradient by the kernel.",
        by_kernel=_some(lambda t: t[:1]),
    ),
    conv2d_backward(
        "dkernel-of-the-last-example",
        "DCONV-10",
        "The gradient by the kernel is overwritten by every example: `=` in place of `+=`.",
        by_kernel=_some(lambda t: t[-1:]),
    ),
    conv2d_backward(
        "dkernel-of-an-earlier-x",
        "DCONV-13",
        "The gradient by the kernel is taken with the windows of the first call of that shape: a "
        "cache that is not renewed.",
        patches=an_earlier,
    ),
    conv2d_backward(
        "dkernel-piles-up",
        "DCONV-13",
        "The gradient by the kernel is added to that of the calls before.",
        dkernel=accumulated("dkernel"),
    ),
]
OF_DBIAS = [
    conv2d_backward(
        "dbias-averaged-over-the-batch",
        "DCONV-3",
        "The gradient by the bias is averaged over the batch, where it should be added up.",
        by_bias=_over_the_batch,
    ),
    conv2d_backward(
        "dbias-averaged-over-places",
        "DCONV-3",
        "The gradient by the bias is averaged over the places of its map.",
        by_bias=_over_the_places,
    ),
    conv2d_backward(
        "dbias-averaged-over-everything",
        "DCONV-3",
        "The gradient by the bias is the mean of dY over batch and places.",
        by_bias=lambda total, c: _over_the_places(_over_the_batch(total, c), c),
    ),
    conv2d_backward(
        "dbias-for-every-place",
        "DCONV-3",
        "The gradient by the bias is added up over the batch alone: one for every place.",
        by_bias=lambda _, c: c.dy.sum(axis=0),
    ),
    conv2d_backward(
        "dbias-for-every-example",
        "DCONV-3",
        "The gradient by the bias is added up over the places alone: one for every example.",
        by_bias=lambda _, c: c.dy.sum(axis=(1, 2)),
    ),
    conv2d_backward(
        "dbias-of-the-first-example",
        "DCONV-3",
        "Only the first example counts for the gradient by the bias.",
        by_bias=lambda _, c: c.dy[:1].sum(axis=(0, 1, 2)),
    ),
    conv2d_backward(
        "dbias-of-the-first-place",
        "DCONV-3",
        "Only the first place of the map counts for the gradient by the bias.",
        by_bias=lambda _, c: c.dy[:, :1, :1].sum(axis=(0, 1, 2)),
    ),
    conv2d_backward(
        "dbias-keeps-its-axes",
        "DCONV-3",
        "The gradient by the bias keeps axes of length 1, as keepdims=True leaves them.",
        by_bias=lambda total, _: total[np.newaxis, np.newaxis, np.newaxis],
    ),
    conv2d_backward(
        "dbias-the-same-for-all-filters",
        "DCONV-3",
        "The gradient by the bias is added up over the filters, too: all biases get one number.",
        by_bias=lambda total, _: np.full_like(total, total.sum()),
    ),
    *without_a_right_dbias("conv2d_backward", "DCONV-3", "DCONV-8"),
]
OF_ALL = [
    *with_another_dy("conv2d_backward", "DCONV-9"),
    conv2d_backward(
        "all-divided-by-the-batch",
        "DCONV-10",
        "dY is divided by the number of examples, which a loss has done already.",
        dy=lambda dy, c: dy / max(1, len(dy)),
    ),
    *of_fewer_bits("conv2d_backward", "DCONV-8"),
    conv2d_backward(
        "added-in-float16",
        "DCONV-8",
        "The gradient by the kernel is added up in float16, rounded after every addition.",
        by_kernel=_float16_sums,
    ),
    *nearly_right("conv2d_backward", "DCONV-8"),
    conv2d_backward(
        "dy-cut-to-fit",
        "DCONV-12",
        "A dY of another shape is cut or repeated until it fits.",
        dy=dy_fitted(lambda c: (*c.patches.shape[:3], c.kernel.shape[3])),
    ),
]
MUTANTS = [*OF_DX, *OF_DKERNEL, *OF_DBIAS, *OF_ALL, *edges("conv2d_backward")]
