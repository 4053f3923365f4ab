"""Mistakes in the gradients of dense."""

from collections.abc import Callable
from typing import Any

import numpy as np

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
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array

dense_backward = of("dense_backward")


def _by_x(kernel: Callable[[Array, Call], Array]) -> Hook:
    """A hook on the gradient by x: it is taken through another kernel."""
    return lambda _, c: np.einsum("bo,io->bi", c.dy, kernel(c.kernel, c))


def _by_kernel(x: Callable[[Array, Call], Array]) -> Hook:
    """A hook on the gradient by the kernel: it is taken with another x."""
    return lambda _, c: np.einsum("bi,bo->io", x(c.x, c), c.dy)


def _square(matrix: Array) -> bool:
    return len({*matrix.shape}) == 1


def _examples(kept: slice) -> Hook:
    """A hook on a gradient by the kernel: only some of the examples count."""
    return lambda _, c: np.einsum("bi,bo->io", c.x[kept], c.dy[kept])


def _over_the_batch(total: Array, c: Call) -> Array:
    return total / max(1, len(c.dy))


def _across(total: Array, c: Call) -> Array:
    """The sum along the other axis, if there are as many outputs as examples."""
    return np.asarray(c.dy.sum(axis=1)) if _square(c.dy) else total


def _float16_sums(_: Array, c: Call) -> Any:
    products = np.einsum("bi,bo->bio", c.x, c.dy)
    if not len(products):
        return products.sum(axis=0)
    return np.cumsum(products, axis=0, dtype=np.float16)[-1].astype(c.x.dtype)


MUTANTS = [
    dense_backward(
        "inputs-reversed",
        "DDENSE-1",
        "The gradient by x comes in reverse: that of the last input first.",
        by_x=lambda g, _: g[..., ::-1],
    ),
    dense_backward(
        "kernel-not-transposed-when-square",
        "DDENSE-1",
        "A square kernel is not transposed: dX = dY K in place of dY K^T.",
        by_x=_by_x(lambda k, _: k.T if _square(k) else k),
    ),
    dense_backward(
        "kernel-read-by-outputs",
        "DDENSE-1",
        "The numbers of the kernel are read in the order (outputs, inputs) for the gradient by x.",
        by_x=_by_x(lambda k, _: k.reshape(k.shape[::-1]).T),
    ),
    dense_backward(
        "first-output-alone",
        "DDENSE-1",
        "Only the gradient of the first output is passed back to x.",
        by_x=_by_x(lambda k, _: np.where(np.arange(k.shape[1]) > 0, 0, k)),
    ),
    dense_backward(
        "last-output-left-out",
        "DDENSE-1",
        "The loop over the outputs ends one too early: the last one passes nothing back to x.",
        by_x=_by_x(lambda k, _: np.where(np.arange(k.shape[1]) == k.shape[1] - 1, 0, k)),
    ),
    dense_backward(
        "averaged-over-the-outputs",
        "DDENSE-1",
        "The gradient by x is averaged over the outputs, where it should be added up.",
        by_x=lambda g, c: g / max(1, c.kernel.shape[1]),
    ),
    dense_backward(
        "kernel-normalised",
        "DDENSE-1",
        "The gradient by x is passed through the signs of the weights alone.",
        by_x=_by_x(lambda k, _: np.sign(k)),
    ),
    dense_backward(
        "relu-mask-on-dx",
        "DDENSE-1",
        "The gradient by x is 0 where x is negative: the mask of a ReLU is part of it.",
        dx=lambda g, c: np.where(c.x < 0, 0, g),
    ),
    dense_backward(
        "dx-negative",
        "DDENSE-1",
        "The gradient by x has the wrong sign.",
        dx=lambda g, _: -g,
    ),
    dense_backward(
        "dx-divided-by-the-batch",
        "ANY-1",
        "The gradient by x is divided by the number of examples, as a loss has done already.",
        by_x=_over_the_batch,
    ),
    dense_backward(
        "dx-of-the-whole-batch",
        "ANY-1",
        "Every example gets the gradient by x of the whole batch, added up.",
        by_x=lambda g, _: np.broadcast_to(g.sum(axis=0), g.shape).copy(),
    ),
    dense_backward(
        "dkernel-negative",
        "DDENSE-2",
        "The gradient by the kernel has the wrong sign.",
        dkernel=lambda g, _: -g,
    ),
    dense_backward(
        "dkernel-transposed-when-square",
        "DDENSE-2",
        "The gradient by a square kernel is transposed: dY^T X in place of X^T dY.",
        by_kernel=lambda g, _: g.T if _square(g) else g,
    ),
    dense_backward(
        "dkernel-with-weight-decay",
        "DDENSE-2",
        "A hundredth of the kernel is added to its gradient: weight decay is left on.",
        dkernel=lambda g, c: g + c.kernel / 100,
    ),
    dense_backward(
        "dkernel-of-positive-inputs",
        "DDENSE-2",
        "Negative inputs count as 0 for the gradient by the kernel.",
        by_kernel=_by_kernel(lambda x, _: np.where(x < 0, 0, x)),
    ),
    dense_backward(
        "dkernel-clipped",
        "DDENSE-2",
        "The gradient by the kernel is clipped to the range from -5 to 5.",
        dkernel=clipped(5),
    ),
    dense_backward(
        "dkernel-of-an-earlier-x",
        "DDENSE-8",
        "The gradient by the kernel is taken with the x of the first call of that shape: a cache "
        "that is not renewed.",
        by_kernel=_by_kernel(an_earlier),
    ),
    dense_backward(
        "dkernel-piles-up",
        "DDENSE-8",
        "The gradient by the kernel is added to that of the calls before.",
        dkernel=accumulated("dkernel"),
    ),
    dense_backward(
        "dkernel-averaged",
        "DDENSE-6",
        "The gradient by the kernel is averaged over the batch, where it should be added up.",
        by_kernel=_over_the_batch,
    ),
    dense_backward(
        "dkernel-of-the-last-example",
        "DDENSE-6",
        "The gradient by the kernel is overwritten by every example: `=` in place of `+=`.",
        by_kernel=_examples(slice(-1, None)),
    ),
    dense_backward(
        "dkernel-of-the-first-example",
        "DDENSE-6",
        "Only the first example counts for the gradient by the kernel.",
        by_kernel=_examples(slice(1)),
    ),
    dense_backward(
        "dkernel-without-the-last-example",
        "DDENSE-6",
        "The loop over the batch ends one too early: the last example does not count.",
        by_kernel=_examples(slice(-1)),
    ),
    dense_backward(
        "dbias-averaged",
        "DDENSE-3",
        "The gradient by the bias is averaged over the batch, where it should be added up.",
        by_bias=_over_the_batch,
    ),
    dense_backward(
        "dbias-of-the-first-example",
        "DDENSE-3",
        "The gradient by the bias is that of the first example alone.",
        by_bias=lambda _, c: c.dy[:1].sum(axis=0),
    ),
    dense_backward(
        "dbias-not-added-up",
        "DDENSE-3",
        "The gradient by the bias is dY itself: it is not added up over the batch.",
        by_bias=lambda _, c: c.dy.copy(),
    ),
    dense_backward(
        "dbias-keeps-the-batch-axis",
        "DDENSE-3",
        "The gradient by the bias keeps an axis of length 1, as keepdims=True leaves it.",
        by_bias=lambda total, _: total[np.newaxis],
    ),
    dense_backward(
        "dbias-the-same-for-all-outputs",
        "DDENSE-3",
        "The gradient by the bias is added up over the outputs, too: all biases get one number.",
        by_bias=lambda total, _: np.full_like(total, total.sum()),
    ),
    dense_backward(
        "dbias-across-when-square",
        "DDENSE-3",
        "With as many examples as outputs, dY is added up over the outputs of each example.",
        by_bias=_across,
    ),
    *without_a_right_dbias("dense_backward", "DDENSE-3", "DDENSE-4"),
    *with_another_dy("dense_backward", "DDENSE-5"),
    *of_fewer_bits("dense_backward", "DDENSE-4"),
    dense_backward(
        "added-in-float16",
        "DDENSE-4",
        "The gradient by the kernel is added up in float16, rounded after every addition.",
        by_kernel=_float16_sums,
    ),
    *nearly_right("dense_backward", "DDENSE-4"),
    dense_backward(
        "dy-cut-to-fit",
        "DDENSE-7",
        "A dY of another shape is cut or repeated until it fits.",
        dy=dy_fitted(lambda c: (len(c.x), c.kernel.shape[1])),
    ),
    *edges("dense_backward"),
]
