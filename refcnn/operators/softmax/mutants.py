"""Mistakes in softmax."""

from typing import Any

import numpy as np

from refcnn.suite.mutants.common import edges, in_place, through
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call
from refcnn.suite.tensors import Array

softmax = of("softmax")


def _largest(x: Array) -> Array:
    return np.asarray(x.max(axis=-1, keepdims=True, initial=-np.inf))


def _softmaxed(x: Array) -> Array:
    powers = np.exp(x - _largest(x))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _first_of_equals(powers: Array, c: Call) -> Array:
    """Powers of the largest logits but the first of them become 0."""
    largest = c.x == _largest(c.x)
    return np.where(largest & (np.cumsum(largest, axis=-1) > 1), 0, powers)


def _last_as_the_rest(p: Array, _: Call) -> Array:
    """The last probability is 1 less all others."""
    others = p[..., :-1]
    return np.concatenate([others, 1 - others.sum(axis=-1, keepdims=True)], axis=-1)


def _beside_infinity(x: Array) -> Array:
    """Where a finite logit or -inf has +inf, and no NaN, in its row."""
    largest: Array = _largest(x) == np.inf
    return largest & (x < np.inf)


def _shared_by_the_infinite(x: Array, _: Call) -> Array:
    """Logits of +inf as 0, and those beside them as -inf."""
    shared = np.where(_beside_infinity(x), -np.inf, np.where(x == np.inf, 0, x))
    return shared.astype(x.dtype)


def _shifted_in_place(powers: Array, c: Call) -> Array:
    c.given_x[...] = c.x - c.shift
    return powers


def _over_rows(total: Array, c: Call) -> Any:
    """Sums of rows laid along columns, if there are as many."""
    return total.T if total.shape == (c.x.shape[-1], 1) else total


MUTANTS = [
    softmax(
        "base-two",
        "SOFT-1",
        "Powers of 2 in place of powers of e.",
        powers=lambda _, c: np.exp2(c.x - c.shift),
    ),
    softmax(
        "temperature-two",
        "SOFT-1",
        "The logits are halved first: a temperature of 2 flattens the distribution.",
        x=lambda x, _: x / 2,
    ),
    softmax(
        "temperature-nearly-one",
        "SOFT-1",
        "The logits are larger by a millionth.",
        x=lambda x, _: x * 1.000001,
    ),
    softmax(
        "softmax-twice",
        "SOFT-1",
        "Softmax is applied to its own result, which is nearly uniform then.",
        y=lambda y, _: _softmaxed(y),
    ),
    softmax(
        "winner-takes-all",
        "SOFT-1",
        "The largest logit gets 1 and the others 0: an argmax in place of softmax.",
        powers=lambda _, c: (c.x == _largest(c.x)).astype(c.x.dtype),
    ),
    softmax(
        "straight-line",
        "SOFT-1",
        "max(0, 1 + x - largest) in place of the exponential, as in a sparse softmax.",
        powers=lambda _, c: np.maximum(1 + c.x - c.shift, 0),
    ),
    softmax(
        "compounded",
        "SOFT-1",
        "(1 + x / 1024) to the power of 1024 in place of exp(x): nearly right for small x.",
        powers=lambda _, c: np.maximum(1 + (c.x - c.shift) / 1024, 0) ** 1024,
    ),
    softmax(
        "last-class-left-out",
        "SOFT-1",
        "The exponential of the last class is left out of the sum.",
        total=lambda t, c: t - c.powers[..., -1:] if c.x.shape[-1] > 1 else t,
    ),
    softmax(
        "six-classes-in-the-sum",
        "SOFT-1",
        "Only the first six exponentials are added up, however many classes there are.",
        total=lambda t, c: t - c.powers[..., 6:].sum(axis=-1, keepdims=True),
    ),
    softmax(
        "last-as-the-rest",
        "SOFT-1",
        "The last probability is 1 less the others: if it is small, rounding is all of it.",
        chosen=_last_as_the_rest,
    ),
    softmax(
        "float16-exponentials",
        "SOFT-1",
        "The exponentials are rounded to float16.",
        powers=through(np.float16),
    ),
    softmax(
        "float32-inside-float64",
        "SOFT-1",
        "The exponentials pass through float32, even where the data are float64.",
        powers=through(np.float32),
    ),
    softmax(
        "result-rounded-to-float16",
        "SOFT-1",
        "The result is rounded to float16, though its dtype is right.",
        y=through(np.float16),
    ),
    softmax(
        "seven-decimals",
        "SOFT-1",
        "The result is rounded to seven decimals: small probabilities lose their digits.",
        y=lambda y, _: np.round(y, 7),
    ),
    softmax(
        "small-probabilities-dropped",
        "SOFT-1",
        "Probabilities below 1e-10 become 0.",
        y=lambda y, _: np.where(y < 1e-10, 0, y),
    ),
    softmax(
        "two-classes-as-sigmoids",
        "SOFT-1",
        "Each of two classes gets the sigmoid of its own logit; more classes are right.",
        chosen=lambda p, c: 1 / (1 + np.exp(-c.x)) if c.x.shape[-1] == 2 else p,
    ),
    softmax(
        "first-axis",
        "SOFT-2",
        "It works along the first axis: columns add up to 1 in place of rows.",
        axis=lambda _a, _: 0,
    ),
    softmax(
        "whole-array",
        "SOFT-2",
        "It works over the whole array: all rows together add up to 1.",
        axis=lambda _a, _: None,
    ),
    softmax(
        "second-axis",
        "SOFT-13",
        "It works along axis 1 in place of the last: right for (batch, classes) alone.",
        axis=lambda _, c: min(1, c.x.ndim - 1),
    ),
    softmax(
        "all-but-the-batch",
        "SOFT-13",
        "It works over all axes but the first: right for (batch, classes) alone.",
        axis=lambda a, c: tuple(range(1, c.x.ndim)) or a,
    ),
    softmax(
        "vectors-refused",
        "SOFT-13",
        "A vector of logits is refused: a batch axis is expected.",
        x=lambda x, c: c.refuse("vector", x.ndim < 2) or x,
    ),
    softmax(
        "keepdims-forgotten",
        "SOFT-2",
        "keepdims is forgotten: of as many rows as classes, each is divided by other rows' sums.",
        total=_over_rows,
    ),
    softmax(
        "not-normalised",
        "SOFT-3",
        "The exponentials are not divided by their sum.",
        total=lambda t, _: np.ones_like(t),
    ),
    softmax(
        "percentages",
        "SOFT-3",
        "The probabilities are percentages: they add up to 100.",
        y=lambda y, _: 100 * y,
    ),
    softmax(
        "mean-in-place-of-sum",
        "SOFT-3",
        "The exponentials are divided by their mean: the result adds up to the number of classes.",
        total=lambda t, c: t / c.x.shape[-1],
    ),
    softmax(
        "odds",
        "SOFT-3",
        "Each exponential is divided by the sum of the others: these are odds, not probabilities.",
        chosen=lambda _, c: c.powers / (c.total - c.powers),
    ),
    softmax(
        "log-softmax",
        "SOFT-3",
        "The logarithms of the probabilities come back.",
        y=lambda y, _: np.log(y),
    ),
    softmax(
        "sigmoid",
        "SOFT-3",
        "Every logit goes through a sigmoid by itself: nothing makes them add up to 1.",
        chosen=lambda _, c: 1 / (1 + np.exp(-c.x)),
    ),
    softmax(
        "epsilon-of-1e-5",
        "SOFT-3",
        "1e-5 is added to the sum against a division by zero, which cannot happen.",
        total=lambda t, _: t + 1e-5,
    ),
    softmax(
        "squares",
        "SOFT-4",
        "Squares of the logits in place of exponentials: a common shift changes the shares.",
        powers=lambda _, c: c.x * c.x,
    ),
    softmax(
        "short-series",
        "SOFT-4",
        "1 + x + x^2 / 2 in place of exp(x): a common shift changes the shares.",
        powers=lambda _, c: 1 + c.x + c.x * c.x / 2,
    ),
    softmax(
        "logits-over-the-largest",
        "SOFT-4",
        "The logits are divided by the largest magnitude: they depend on a common shift then.",
        x=lambda x, _: x / np.maximum(_largest(np.abs(x)), 1e-30),
    ),
    softmax(
        "softmin",
        "SOFT-5",
        "The sign is wrong: the smallest logit gets the largest probability.",
        x=lambda x, _: -x,
    ),
    softmax(
        "absolute-logits",
        "SOFT-5",
        "The magnitudes of the logits count: very negative ones get large probabilities.",
        x=lambda x, _: np.abs(x),
    ),
    softmax(
        "sorted",
        "SOFT-5",
        "The probabilities come sorted, not in the order of their logits.",
        y=lambda y, _: np.sort(y, axis=-1),
    ),
    softmax(
        "no-shift",
        "SOFT-6",
        "The largest logit is not subtracted: exponentials of large logits overflow.",
        shift=lambda s, _: np.zeros_like(s),
    ),
    softmax(
        "one-shift-for-all-rows",
        "SOFT-6",
        "The largest logit of the whole batch is subtracted: rows far below it underflow to 0 / 0.",
        shift=lambda s, _: np.full_like(s, s.max(initial=-np.inf)),
    ),
    softmax(
        "shift-by-magnitude",
        "SOFT-6",
        "The largest magnitude is subtracted: very negative logits underflow to 0 / 0.",
        shift=lambda _, c: _largest(np.abs(c.x)),
    ),
    softmax(
        "logits-clipped",
        "SOFT-6",
        "Logits are clipped at -80 and 80 so that nothing overflows: larger ones become equal.",
        x=lambda x, _: np.clip(x, -80, 80),
    ),
    softmax(
        "shift-by-the-smallest",
        "SOFT-7",
        "The smallest logit is subtracted: one that is far above it overflows.",
        shift=lambda _, c: -_largest(-c.x),
    ),
    softmax(
        "shift-by-the-first",
        "SOFT-7",
        "The first logit is subtracted, which need not be the largest: others overflow.",
        shift=lambda _, c: c.x[..., :1],
    ),
    softmax(
        "shift-without-the-last",
        "SOFT-7",
        "The last logit is left out of the search for the largest one: far above, it overflows.",
        shift=lambda _, c: _largest(c.x[..., : max(1, c.x.shape[-1] - 1)]),
    ),
    softmax(
        "epsilon-of-1e-7",
        "SOFT-7",
        "1e-7 is added to the sum: nothing gets exactly 1.",
        total=lambda t, _: t + 1e-7,
    ),
    softmax(
        "clipped-at-1e-7",
        "SOFT-7",
        "Probabilities are clipped at 1e-7 and 1 - 1e-7, as if for a logarithm.",
        y=lambda y, _: np.clip(y, 1e-7, 1 - 1e-7),
    ),
    softmax(
        "labels-smoothed",
        "SOFT-7",
        "A tenth is shared out equally, as in label smoothing: nothing gets exactly 0.",
        y=lambda y, _: 0.9 * y + 0.1 / y.shape[-1],
    ),
    softmax(
        "at-least-1e-30",
        "SOFT-8",
        "Probabilities are at least 1e-30: a logit of -inf gets that in place of exactly 0.",
        y=lambda y, _: np.maximum(y, 1e-30),
    ),
    softmax(
        "shift-by-the-mean",
        "SOFT-8",
        "The mean logit is subtracted: with a logit of -inf everything becomes NaN.",
        shift=lambda _, c: c.x.sum(axis=-1, keepdims=True) / c.x.shape[-1],
    ),
    softmax(
        "infinite-as-zero",
        "SOFT-8",
        "A logit of -inf is taken as 0, like a missing number.",
        x=lambda x, _: np.where(np.isinf(x), 0, x),
    ),
    softmax(
        "infinite-as-minus-fifty",
        "SOFT-8",
        "A logit of -inf is taken as -50: it gets little, not nothing.",
        x=lambda x, _: np.where(np.isinf(x), -50, x),
    ),
    softmax(
        "first-of-equals",
        "SOFT-9",
        "Of several largest logits only the first counts; they should share.",
        powers=_first_of_equals,
    ),
    softmax(
        "ties-broken",
        "SOFT-9",
        "Every logit grows by a hundred-thousandth of its index, so that none are equal.",
        x=lambda x, _: x + np.arange(x.shape[-1], dtype=x.dtype) * 1e-5,
    ),
    softmax(
        "single-class-sigmoid",
        "SOFT-9",
        "A single class gets the sigmoid of its logit, where it should get 1.",
        chosen=lambda p, c: 1 / (1 + np.exp(-c.x)) if c.x.shape[-1] == 1 else p,
    ),
    softmax(
        "nan-stays-alone",
        "SOFT-10",
        "A logit of NaN gets NaN alone: the others of its row share as if it were not there.",
        x=lambda x, _: np.where(np.isnan(x), -np.inf, x),
        y=lambda y, c: np.where(np.isnan(c.given_x), np.nan, y),
    ),
    softmax(
        "nan-as-zero",
        "SOFT-10",
        "A logit of NaN is taken as 0, like a missing number.",
        x=lambda x, _: np.where(np.isnan(x), 0, x),
    ),
    softmax(
        "nan-spreads",
        "SOFT-10",
        "A single NaN makes all rows NaN, not only its own.",
        y=lambda y, _: np.full_like(y, np.nan) if np.isnan(y).any() else y,
    ),
    softmax(
        "infinity-takes-all",
        "SOFT-11",
        "A logit of +inf takes everything, or shares it with others of +inf.",
        x=_shared_by_the_infinite,
    ),
    softmax(
        "infinity-stays-alone",
        "SOFT-11",
        "A logit of +inf gets NaN alone, and the others of its row get 0.",
        y=lambda y, c: np.where(_beside_infinity(c.x), 0, y),
    ),
    softmax(
        "nothing-for-nothing",
        "SOFT-12",
        "A row of nothing but -inf gets 0 throughout, as if it were masked.",
        y=lambda y, c: np.where((c.x == -np.inf).all(axis=-1, keepdims=True), 0, y),
    ),
    softmax(
        "lowest-number-for-infinity",
        "SOFT-12",
        "-inf is taken as the lowest finite number: a row of nothing else gets equal shares.",
        x=lambda x, _: np.where(x == -np.inf, np.finfo(x.dtype).min, x),
    ),
    softmax(
        "shifted-in-the-input",
        "ANY-3",
        "The largest logit is taken off in the input array itself: the caller's data are changed.",
        powers=_shifted_in_place,
    ),
    in_place("softmax"),
    *edges("softmax"),
]
