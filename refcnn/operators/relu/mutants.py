"""Mistakes in relu."""

from collections.abc import Callable

import numpy as np

from refcnn.suite.mutants.common import edges, in_place, through
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array

relu = of("relu")


def _below(change: Callable[[Array], Array]) -> Hook:
    """A hook that adds a function of what is negative."""
    return lambda y, c: y + change(np.minimum(c.x, 0))


def _times(change: Callable[[Array], Array]) -> Hook:
    """A hook that multiplies the input by a function of it, where max(0, x) was."""
    return lambda _, c: c.x * change(c.x).astype(c.x.dtype)


def _cleared(_: Array, c: Call) -> Array:
    given: Array = c.given_x
    given[given < 0] = 0
    return given


MUTANTS = [
    relu(
        "nothing-done",
        "RELU-1",
        "The input comes back as it is: negative values stay.",
        chosen=_below(lambda x: x),
    ),
    relu(
        "leaky",
        "RELU-1",
        "A hundredth of what is negative passes: a leaky ReLU.",
        chosen=_below(lambda x: x * 0.01),
    ),
    relu(
        "hardly-leaky",
        "RELU-1",
        "A millionth of what is negative passes, where it should be exactly 0.",
        chosen=_below(lambda x: x * 1e-6),
    ),
    relu(
        "elu",
        "RELU-1",
        "What is negative becomes exp(x) - 1, as in an ELU.",
        chosen=_below(np.expm1),
    ),
    relu(
        "absolute-value",
        "RELU-1",
        "What is negative changes its sign, where it should become 0.",
        chosen=_below(np.negative),
    ),
    relu(
        "negative-part",
        "RELU-1",
        "What is negative is kept and the rest becomes 0: min(0, x).",
        chosen=lambda y, c: c.x - y,
    ),
    relu(
        "small-values-dropped",
        "RELU-1",
        "Positive values below 1e-6 become 0.",
        x=lambda x, _: np.where(np.abs(x) < 1e-6, 0, x),
    ),
    relu(
        "small-negatives-kept",
        "RELU-1",
        "Only values below -1e-6 become 0: smaller negative ones stay.",
        chosen=_below(lambda x: np.where(x > -1e-6, x, 0)),
    ),
    relu(
        "one-at-zero",
        "RELU-1",
        "A zero becomes 1.",
        chosen=lambda y, c: np.where(c.x == 0, 1, y),
    ),
    relu(
        "step",
        "RELU-1",
        "Everything positive becomes 1: this is the derivative of ReLU.",
        chosen=lambda y, _: np.sign(y),
    ),
    relu(
        "softplus",
        "RELU-1",
        "log(1 + exp(x)), the smooth ReLU: nothing becomes exactly 0.",
        chosen=lambda y, c: y + np.log1p(np.exp(-np.abs(c.x))),
    ),
    relu(
        "swish",
        "RELU-1",
        "x sigmoid(x) in place of max(0, x): small negative values pass.",
        chosen=_times(lambda x: 1 / (1 + np.exp(-x))),
    ),
    relu(
        "integers-only",
        "RELU-1",
        "Fractions are cut off, as with integers.",
        x=lambda x, _: np.trunc(x),
    ),
    relu(
        "rounded-to-float16",
        "RELU-1",
        "Values pass through float16, where they should stay as they are.",
        y=through(np.float16),
    ),
    relu(
        "rounded-to-float32",
        "RELU-1",
        "Values pass through float32, which float64 values do not survive.",
        y=through(np.float32),
    ),
    relu(
        "large-values-clipped",
        "RELU-1",
        "Values above a million become a million.",
        y=lambda y, _: np.minimum(y, 1e6),
    ),
    relu(
        "only-the-first-row",
        "RELU-1",
        "Only what lies first along the first axis is treated; the rest stays as it is.",
        chosen=lambda y, c: np.concatenate([y[:1], c.x[1:]]),
    ),
    relu(
        "shifted",
        "RELU-2",
        "max(0, x - 1) in place of max(0, x): applied twice, it takes away 2.",
        x=lambda x, _: x - 1,
    ),
    relu(
        "threshold-of-one",
        "RELU-2",
        "Values up to 1 become 0, too: a scaled input crosses the threshold.",
        x=lambda x, _: np.where(x > 1, x, 0),
    ),
    relu(
        "capped-at-six",
        "RELU-2",
        "Values above 6 become 6, as in ReLU6: scaling does not pass through.",
        y=lambda y, _: np.minimum(y, 6),
    ),
    relu(
        "squared",
        "RELU-2",
        "The result is squared: twice the input gives four times the output.",
        y=lambda y, _: y * y,
    ),
    relu(
        "over-the-largest",
        "RELU-2",
        "Values are divided by the largest of them: the scale is lost.",
        y=lambda y, _: y / max(y.max(initial=0), y.dtype.type(1e-30)),
    ),
    relu(
        "above-average-only",
        "RELU-2",
        "Of the positive values only those above their average stay: applied again, it drops more.",
        y=lambda y, _: np.where(y * np.count_nonzero(y) >= y.sum(), y, 0),
    ),
    relu(
        "flattened",
        "RELU-3",
        "More than two axes are flattened to (batch, features).",
        y=lambda y, _: y.reshape(len(y), y[:1].size) if y.ndim > 2 else y,
    ),
    relu(
        "axes-of-one-lost",
        "RELU-3",
        "Axes of length one are lost, as with squeeze.",
        y=lambda y, _: np.atleast_1d(y.squeeze()),
    ),
    relu(
        "vector-as-row",
        "RELU-6",
        "A vector comes back as a matrix with one row.",
        y=lambda y, _: np.atleast_2d(y),
    ),
    relu(
        "five-axes-ignored",
        "RELU-6",
        "With more than four axes the input comes back as it is.",
        chosen=lambda y, c: c.x if y.ndim > 4 else y,
    ),
    relu(
        "three-axes-transposed",
        "RELU-6",
        "With three axes the last two are swapped.",
        y=lambda y, _: y.swapaxes(-1, -2) if y.ndim == 3 else y,
    ),
    relu(
        "mask-multiplied",
        "RELU-4",
        "The input times a mask of 0 and 1: -inf times 0 is NaN.",
        chosen=_times(lambda x: x > 0),
    ),
    relu(
        "half-of-sum",
        "RELU-4",
        "(x + |x|) / 2: the sum overflows for the largest number, and -inf + inf is NaN.",
        chosen=lambda _, c: (c.x + np.abs(c.x)) / 2,
    ),
    relu(
        "infinity-replaced",
        "RELU-4",
        "+inf becomes the largest number.",
        y=lambda y, _: np.nan_to_num(y, nan=np.nan),
    ),
    relu(
        "nan-becomes-zero",
        "RELU-5",
        "NaN becomes 0: it is not larger than 0, and so is taken for negative.",
        chosen=lambda _, c: np.where(c.x > 0, c.x, 0),
    ),
    relu(
        "nan-spreads",
        "RELU-5",
        "A single NaN makes the whole answer NaN.",
        y=lambda y, _: np.full_like(y, np.nan) if np.isnan(y).any() else y,
    ),
    relu(
        "nan-refused",
        "RELU-5",
        "NaN raises an exception, where it should stay as it is.",
        x=lambda x, c: c.refuse("nan", np.isnan(x).any()) or x,
    ),
    in_place("relu"),
    relu(
        "negatives-cleared-in-the-input",
        "ANY-3",
        "Negative values become 0 in the input array itself, as by `x[x < 0] = 0`.",
        y=_cleared,
    ),
    *edges("relu"),
]
