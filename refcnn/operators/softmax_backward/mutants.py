"""Mistakes in the gradient of softmax."""

from collections.abc import Callable

import numpy as np

from refcnn.suite.mutants.common import edges, through
from refcnn.suite.mutants.gradients import accumulated, an_earlier, clipped, dy_fitted
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array

softmax_backward = of("softmax_backward")


def _chosen(formula: Callable[[Array, Array, Array], Array]) -> Hook:
    """A hook that puts another formula of p, dY and its mean in the place of the right one."""
    return lambda _, c: np.asarray(formula(c.p, c.dy, c.mean)).astype(c.x.dtype)


def _over_the_batch(p: Array, c: Call) -> Array:
    """Probabilities that add up to 1 over the examples, where there are such."""
    if p.ndim < 2:
        return p
    powers = np.exp(c.x - c.x.max(axis=0, keepdims=True, initial=-np.inf))
    return np.asarray(powers / powers.sum(axis=0, keepdims=True))


def _of_the_whole_batch(mean: Array, c: Call) -> Array:
    return np.broadcast_to((c.dy * c.p).sum(), mean.shape)


def _too_large(_: Array, c: Call) -> Array:
    """Exponentials of the logits as they are."""
    powers = np.exp(c.x)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


MUTANTS = [
    softmax_backward(
        "diagonal-alone",
        "DSOFT-1",
        "Only the diagonal of the derivatives counts: p (1 - p) dY, as of a sigmoid.",
        chosen=_chosen(lambda p, dy, _: p * (1 - p) * dy),
    ),
    softmax_backward(
        "without-the-sum",
        "DSOFT-3",
        "The second term is missing: p dY alone.",
        chosen=_chosen(lambda p, dy, _: p * dy),
    ),
    softmax_backward(
        "the-sum-alone",
        "DSOFT-1",
        "The first term is missing: only -p times the sum of p dY.",
        chosen=_chosen(lambda p, _, mean: -p * mean),
    ),
    softmax_backward(
        "sum-added",
        "DSOFT-1",
        "The sum is added, where it should be subtracted.",
        chosen=_chosen(lambda p, dy, mean: p * (dy + mean)),
    ),
    softmax_backward(
        "sum-without-probabilities",
        "DSOFT-1",
        "dY is added up without the probabilities.",
        mean=lambda _, c: c.dy.sum(axis=-1, keepdims=True),
    ),
    softmax_backward(
        "mean-over-the-classes",
        "DSOFT-1",
        "The sum is divided by the number of classes.",
        mean=lambda mean, c: mean / c.x.shape[-1],
    ),
    softmax_backward(
        "of-log-softmax",
        "DSOFT-1",
        "The gradient is that of the logarithm of softmax: dY - p times the sum of dY.",
        chosen=_chosen(lambda p, dy, _: dy - p * dy.sum(axis=-1, keepdims=True)),
    ),
    softmax_backward(
        "of-cross-entropy",
        "DSOFT-1",
        "dY is taken for labels: p - dY, which is the gradient of cross-entropy.",
        chosen=_chosen(lambda p, dy, _: p - dy),
    ),
    softmax_backward(
        "x-taken-for-probabilities",
        "DSOFT-1",
        "x is taken for probabilities: no softmax is worked out.",
        p=lambda _, c: c.x,
    ),
    softmax_backward(
        "forward-pass",
        "DSOFT-1",
        "The probabilities come back, not their gradient.",
        chosen=_chosen(lambda p, _, __: p),
    ),
    softmax_backward(
        "dy-passes",
        "DSOFT-1",
        "dY comes back as it is.",
        chosen=_chosen(lambda _, dy, __: dy),
    ),
    softmax_backward(
        "p-forgotten",
        "DSOFT-6",
        "dY less the sum comes back: it is not multiplied by p.",
        chosen=_chosen(lambda _, dy, mean: dy - mean),
    ),
    softmax_backward(
        "p-twice",
        "DSOFT-1",
        "It is multiplied by p twice.",
        chosen=_chosen(lambda p, dy, mean: p * p * (dy - mean)),
    ),
    softmax_backward(
        "negative",
        "DSOFT-1",
        "The gradient has the wrong sign.",
        chosen=lambda g, _: -g,
    ),
    softmax_backward(
        "classes-reversed",
        "DSOFT-1",
        "The gradient comes in reverse: that of the last class first.",
        chosen=lambda g, _: g[..., ::-1],
    ),
    softmax_backward(
        "off-by-a-thousandth",
        "DSOFT-1",
        "Every gradient is larger by a thousandth.",
        dx=lambda g, _: g * 1.001,
    ),
    softmax_backward(
        "rounded-to-float16",
        "DSOFT-1",
        "The gradient is rounded to float16, though its dtype is right.",
        chosen=through(np.float16),
    ),
    softmax_backward(
        "float32-inside-float64",
        "DSOFT-1",
        "The gradient passes through float32, even where the data are float64.",
        chosen=through(np.float32),
    ),
    softmax_backward(
        "over-the-batch",
        "DSOFT-2",
        "Probabilities add up to 1 over the examples, not over the classes.",
        p=_over_the_batch,
    ),
    softmax_backward(
        "sum-over-everything",
        "DSOFT-2",
        "The sum is taken over all rows, not over each by itself.",
        mean=_of_the_whole_batch,
    ),
    softmax_backward(
        "divided-by-the-batch",
        "ANY-1",
        "The gradient is divided by the number of examples.",
        chosen=lambda g, _: g / max(1, len(g)),
    ),
    softmax_backward(
        "dy-clipped",
        "DSOFT-4",
        "dY is clipped to the range from -1 to 1 on its way in.",
        dy=clipped(1),
    ),
    softmax_backward(
        "signs-of-dy",
        "DSOFT-4",
        "Only the sign of dY counts.",
        dy=lambda dy, _: np.sign(dy),
    ),
    softmax_backward(
        "dy-taken-as-ones",
        "DSOFT-4",
        "dY is not looked at: the gradient of a sum of probabilities is 0.",
        dy=lambda dy, _: np.ones_like(dy),
    ),
    softmax_backward(
        "large-logits-overflow",
        "DSOFT-5",
        "The largest logit is not subtracted: large ones overflow to NaN.",
        p=_too_large,
    ),
    softmax_backward(
        "one-shift-for-all-rows",
        "DSOFT-5",
        "The largest logit of the whole batch is subtracted: rows far below it become NaN.",
        shift=lambda s, _: np.broadcast_to(s.max(initial=-np.inf), s.shape),
    ),
    softmax_backward(
        "other-ranks-refused",
        "DSOFT-7",
        "Tensors with another number of axes than two are refused.",
        x=lambda x, c: c.refuse("rank", x.ndim != 2) or x,
    ),
    softmax_backward(
        "p-of-an-earlier-x",
        "DSOFT-9",
        "The probabilities are those of the first call of that shape: a cache that is not renewed.",
        x=an_earlier,
    ),
    softmax_backward(
        "piles-up",
        "DSOFT-9",
        "The gradient is added to that of the calls before.",
        dx=accumulated("dx"),
    ),
    softmax_backward(
        "dy-cut-to-fit",
        "DSOFT-8",
        "A dY of another shape is cut or repeated until it fits.",
        dy=dy_fitted(lambda c: c.x.shape),
    ),
    *edges("softmax_backward"),
]
