"""Mistakes in the gradient of relu."""

from collections.abc import Callable

import numpy as np

from refcnn.suite.mutants.common import edges, through
from refcnn.suite.mutants.gradients import an_earlier, clipped, dy_fitted
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array

relu_backward = of("relu_backward")


def _times(factor: Callable[[Array], Array]) -> Hook:
    """A hook that multiplies dy by a function of x, where a mask was."""
    return lambda _, c: c.dy * factor(c.x).astype(c.dy.dtype)


def _kept_flat(passes: Array, _: Call) -> Array:
    """The batch as one row of features."""
    return passes if passes.ndim < 3 else passes.reshape(len(passes), -1)


MUTANTS = [
    relu_backward(
        "everything-passes",
        "DRELU-1",
        "dY comes back as it is: also where x is negative.",
        passes=lambda p, _: np.ones_like(p),
    ),
    relu_backward(
        "mask-of-dy",
        "DRELU-1",
        "The mask is that of dY, where it should be that of x: a ReLU of the gradient.",
        passes=lambda _, c: c.dy > 0,
    ),
    relu_backward(
        "mask-of-both",
        "DRELU-1",
        "dY passes where both x and dY are positive: guided backpropagation.",
        passes=lambda p, c: p & (c.dy > 0),
    ),
    relu_backward(
        "mask-inverted",
        "DRELU-1",
        "dY passes where x is negative, and not where it is positive.",
        passes=lambda _, c: c.x < 0,
    ),
    relu_backward(
        "mask-of-what-is-not-zero",
        "DRELU-1",
        "dY passes wherever x is not 0.",
        passes=lambda _, c: c.x != 0,
    ),
    relu_backward(
        "mask-above-one",
        "DRELU-1",
        "dY passes only where x is above 1.",
        passes=lambda _, c: c.x > 1,
    ),
    relu_backward(
        "leaky",
        "DRELU-1",
        "A hundredth of dY passes where x is negative: a leaky ReLU.",
        chosen=_times(lambda x: np.where(x < 0, 0.01, x > 0)),
    ),
    relu_backward(
        "answer-in-place-of-a-mask",
        "DRELU-4",
        "dY is multiplied by relu(x), where it should pass unchanged.",
        chosen=_times(lambda x: np.maximum(x, 0)),
    ),
    relu_backward(
        "sign-in-place-of-a-mask",
        "DRELU-1",
        "dY is multiplied by the sign of x: where x is negative it comes back negative.",
        chosen=_times(np.sign),
    ),
    relu_backward(
        "mask-alone",
        "DRELU-1",
        "The mask comes back, and dY is not looked at.",
        chosen=lambda _, c: c.passes.astype(c.dy.dtype),
    ),
    relu_backward(
        "relu-of-x",
        "DRELU-1",
        "The forward pass comes back: relu(x) in place of its gradient.",
        chosen=lambda _, c: np.where(c.x > 0, c.x, c.x.dtype.type(0)),
    ),
    relu_backward(
        "like-a-sigmoid",
        "DRELU-1",
        "x (1 - x) is taken for the derivative, which is that of a sigmoid.",
        chosen=_times(lambda x: x * (1 - x)),
    ),
    relu_backward(
        "small-inputs-do-not-count",
        "DRELU-1",
        "Where x is below a hundredth nothing passes.",
        passes=lambda p, c: p & (c.x >= 0.01),
    ),
    relu_backward(
        "passes-at-zero",
        "DRELU-2",
        "dY passes where x is exactly 0: x >= 0 in place of x > 0.",
        passes=lambda _, c: c.x >= 0,
    ),
    relu_backward(
        "half-passes-at-zero",
        "DRELU-2",
        "Half of dY passes where x is exactly 0.",
        chosen=_times(lambda x: np.where(x == 0, 0.5, x > 0)),
    ),
    relu_backward(
        "images-come-back-flat",
        "DRELU-3",
        "The gradient of images comes back flat: (batch, features).",
        dx=_kept_flat,
    ),
    relu_backward(
        "mask-of-the-first-example",
        "ANY-1",
        "The mask of the first example is used for all of them.",
        passes=lambda p, _: np.broadcast_to(p[:1], p.shape),
    ),
    relu_backward(
        "dy-clipped",
        "DRELU-4",
        "dY is clipped to the range from -1 to 1.",
        dy=clipped(1),
    ),
    relu_backward(
        "divided-by-the-batch",
        "ANY-1",
        "The gradient is divided by the number of examples.",
        chosen=lambda g, _: g / max(1, len(g)) if g.ndim > 1 else g,
    ),
    relu_backward(
        "nan-where-x-is-infinite",
        "DRELU-5",
        "The mask is taken as relu(x) / x, which is NaN where x is infinite.",
        chosen=lambda g, c: np.where(np.isinf(c.x), np.nan, g).astype(g.dtype),
    ),
    relu_backward(
        "largest-do-not-pass",
        "DRELU-5",
        "Where x is infinite nothing passes.",
        passes=lambda p, c: p & np.isfinite(c.x),
    ),
    relu_backward(
        "other-ranks-refused",
        "DRELU-6",
        "Tensors of one, three or five axes are refused.",
        x=lambda x, c: c.refuse("rank", x.ndim not in (2, 4)) or x,
    ),
    relu_backward(
        "mask-of-an-earlier-x",
        "DRELU-8",
        "The mask is that of the first call of that shape: a cache that is not renewed.",
        x=an_earlier,
    ),
    relu_backward(
        "rounded-to-float16",
        "DRELU-1",
        "dY is rounded to float16 on its way.",
        chosen=through(np.float16),
    ),
    relu_backward(
        "dy-cut-to-fit",
        "DRELU-7",
        "A dY of another shape is cut or repeated until it fits.",
        dy=dy_fitted(lambda c: c.x.shape),
    ),
    *edges("relu_backward"),
]
