"""Mistakes in cross-entropy of softmax."""

from typing import Any

import numpy as np

from refcnn.suite.mutants.common import edges, through
from refcnn.suite.mutants.gradients import accumulated, an_earlier
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array

softmax_cross_entropy = of("softmax_cross_entropy")


def _of_probabilities(least: float = 0, most: float = 1, more: float = 0) -> Hook:
    """A hook: logarithms of probabilities that are clipped, or to which something is added."""
    return lambda _, c: -np.log(np.clip(c.p, least, most).astype(c.x.dtype) + c.x.dtype.type(more))


def _by_all_rows(_: Array, c: Call) -> Array:
    """Each example costs what one-hot rows times logarithms of probabilities give."""
    return np.asarray(-(c.targets * np.log(c.p)).sum(axis=1))


def _as_binary(each: Array, c: Call) -> Array:
    """Each class is a question of its own, answered by its probability: yes or no."""
    others = np.log(np.maximum(1 - c.p, np.finfo(c.x.dtype).tiny))
    return np.asarray(each - ((1 - c.targets) * others).sum(axis=1))


def _squares(_: Array, c: Call) -> Array:
    return np.asarray((c.difference**2).sum(axis=1))


def _overwritten(x: Array, _: Call) -> Array:
    """The logits as they are; those of the caller are overwritten by probabilities."""
    kept = x.copy()
    if x.flags.writeable:
        powers = np.exp(x - x.max(axis=1, keepdims=True, initial=-np.inf))
        x[...] = powers / powers.sum(axis=1, keepdims=True)
    return kept


def _negative_wrapped(labels: Array, c: Call) -> Array:
    return np.where(labels < 0, labels + c.x.shape[1], labels)


def _outside(labels: Array, c: Call) -> Array:
    return np.asarray(labels % c.x.shape[1])


def _fitted(labels: Array, c: Call) -> Array:
    return np.resize(labels, len(c.x)) if labels.size else labels


def _repeated_alone(labels: Array, c: Call) -> Array:
    """A single label is taken for all examples, as in broadcasting."""
    return np.resize(labels, len(c.x)) if labels.size == 1 else labels


def _or_nothing(value: Any, c: Call) -> Any:
    return np.zeros_like(value) if not len(c.x) else value


MUTANTS = [
    softmax_cross_entropy(
        "loss-is-the-sum",
        "SCE-3",
        "The loss is the sum over the batch: it is not divided by the number of examples.",
        mean=lambda _, c: np.asarray(c.each.sum()),
    ),
    softmax_cross_entropy(
        "gradient-of-the-sum",
        "SCE-3",
        "The gradient is not divided by the number of examples, though the loss is.",
        chosen=lambda _, c: c.difference,
    ),
    softmax_cross_entropy(
        "nothing-is-divided",
        "SCE-3",
        "Neither loss nor gradient is divided: both are sums over the batch.",
        examples=lambda n, _: np.ones_like(n),
    ),
    softmax_cross_entropy(
        "divided-by-the-classes",
        "SCE-3",
        "Loss and gradient are divided by the number of classes, not of examples.",
        examples=lambda _, c: c.x.dtype.type(c.x.shape[1]),
    ),
    softmax_cross_entropy(
        "divided-by-all-numbers",
        "SCE-3",
        "Loss and gradient are divided by the number of all logits, as np.mean of a matrix does.",
        examples=lambda _, c: c.x.dtype.type(c.x.size),
    ),
    softmax_cross_entropy(
        "gradient-divided-twice",
        "SCE-3",
        "The gradient is divided by the number of examples twice.",
        chosen=lambda g, c: g / c.examples,
    ),
    softmax_cross_entropy(
        "one-example-fewer",
        "SCE-3",
        "The sum is divided by one less than the number of examples.",
        examples=lambda n, c: np.maximum(n - 1, 1).astype(c.x.dtype),
    ),
    softmax_cross_entropy(
        "last-example-left-out",
        "SCE-3",
        "The last example of a batch is left out of the loss.",
        each=lambda each, _: np.append(each[:-1], each[-1:] * 0) if len(each) > 1 else each,
    ),
    softmax_cross_entropy(
        "loss-has-the-wrong-sign",
        "SCE-1",
        "The loss has the wrong sign: the logarithm of a probability is negative.",
        each=lambda each, _: -each,
    ),
    softmax_cross_entropy(
        "base-two",
        "SCE-1",
        "The logarithm has base 2, not e.",
        each=lambda each, _: (each / np.log(2)).astype(each.dtype),
    ),
    softmax_cross_entropy(
        "base-ten",
        "SCE-1",
        "The logarithm has base 10, not e.",
        each=lambda each, _: (each / np.log(10)).astype(each.dtype),
    ),
    softmax_cross_entropy(
        "probability-missed",
        "SCE-1",
        "The loss is 1 less the probability of the class: there is no logarithm.",
        each=lambda _, c: 1 - np.take_along_axis(c.p, c.labels[:, np.newaxis], 1)[:, 0],
    ),
    softmax_cross_entropy(
        "squared-differences",
        "SCE-1",
        "The loss is the sum of squared differences of probabilities and labels.",
        each=_squares,
    ),
    softmax_cross_entropy(
        "entropy-of-the-softmax",
        "SCE-1",
        "The loss is the entropy of the probabilities: the labels have no say in it.",
        each=lambda _, c: (c.p * c.costs).sum(axis=1),
    ),
    softmax_cross_entropy(
        "all-classes-cost",
        "SCE-1",
        "The logarithms of all classes are added up, not that of the label alone.",
        each=lambda _, c: c.costs.sum(axis=1),
    ),
    softmax_cross_entropy(
        "logit-of-the-class-forgotten",
        "SCE-1",
        "The loss is the logarithm of the sum of exponentials: the logit of the class is left out.",
        each=lambda _, c: (np.log(c.total) + c.shift)[:, 0],
    ),
    softmax_cross_entropy(
        "denominator-forgotten",
        "SCE-1",
        "The loss is how far the logit of the class lies below the largest one: the logarithm of "
        "the sum is left out.",
        costs=lambda _, c: c.shift - c.x,
    ),
    softmax_cross_entropy(
        "binary-cross-entropy",
        "SCE-1",
        "Every class counts as a question of its own: -log(1 - p) of all others is added.",
        each=_as_binary,
    ),
    softmax_cross_entropy(
        "probabilities-taken-for-logits",
        "SCE-1",
        "The loss is that of the probabilities, taken for logits: softmax is worked out twice.",
        costs=lambda _, c: np.log(np.exp(c.p).sum(axis=1, keepdims=True)) - c.p,
    ),
    softmax_cross_entropy(
        "off-by-a-thousandth",
        "SCE-1",
        "The loss is larger by a thousandth.",
        loss=lambda loss, _: loss * loss.dtype.type(1.001),
    ),
    softmax_cross_entropy(
        "float32-inside-float64",
        "SCE-1",
        "The loss passes through float32, even where the data are float64.",
        mean=through(np.float32),
    ),
    softmax_cross_entropy(
        "gradient-rounded-to-float16",
        "SCE-2",
        "The gradient is rounded to float16, though its dtype is right.",
        chosen=through(np.float16),
    ),
    softmax_cross_entropy(
        "gradient-is-softmax-alone",
        "SCE-2",
        "The gradient is the probabilities: 1 is not subtracted at the class.",
        difference=lambda _, c: c.p,
    ),
    softmax_cross_entropy(
        "labels-less-probabilities",
        "SCE-2",
        "The gradient has the wrong sign: labels less probabilities.",
        difference=lambda d, _: -d,
    ),
    softmax_cross_entropy(
        "one-added-at-the-class",
        "SCE-2",
        "1 is added to the probability of the class, where it should be subtracted.",
        difference=lambda _, c: c.p + c.targets,
    ),
    softmax_cross_entropy(
        "gradient-by-the-probabilities",
        "SCE-2",
        "The gradient is that by the probabilities, -T / p: it does not go on to the logits.",
        difference=lambda _, c: -c.targets / c.p,
    ),
    softmax_cross_entropy(
        "gradient-of-log-softmax-alone",
        "SCE-2",
        "Only the logit of the class has a gradient, p - 1; all others get 0.",
        difference=lambda d, c: d * c.targets,
    ),
    softmax_cross_entropy(
        "gradient-through-softmax-twice",
        "SCE-2",
        "p - T is passed back through softmax once more: it is multiplied by p (1 - p).",
        difference=lambda d, c: d * c.p * (1 - c.p),
    ),
    softmax_cross_entropy(
        "logits-less-labels",
        "SCE-2",
        "The logits are taken for probabilities in the gradient: X - T.",
        difference=lambda _, c: c.x - c.targets,
    ),
    softmax_cross_entropy(
        "gradient-of-zeros",
        "SCE-2",
        "The gradient is 0 throughout: it was never filled in.",
        dx=lambda g, _: np.zeros_like(g),
    ),
    softmax_cross_entropy(
        "gradient-times-the-loss",
        "SCE-2",
        "The gradient is multiplied by the loss.",
        dx=lambda g, c: g * c.loss.dtype.type(c.loss),
    ),
    softmax_cross_entropy(
        "label-off-by-one",
        "SCE-4",
        "Classes are counted from 1: each label means the class before it.",
        labels=lambda labels, c: (labels - 1) % c.x.shape[1],
    ),
    softmax_cross_entropy(
        "label-of-the-first-for-all",
        "SCE-4",
        "The label of the first example is taken for all.",
        labels=lambda labels, _: np.repeat(labels[:1], len(labels)),
    ),
    softmax_cross_entropy(
        "labels-reversed",
        "SCE-4",
        "The labels are taken in reverse: the first example gets that of the last.",
        labels=lambda labels, _: labels[::-1],
    ),
    softmax_cross_entropy(
        "largest-logit-as-label",
        "SCE-4",
        "The labels are not looked at: the class of the largest logit is taken for right.",
        labels=lambda _, c: c.x.argmax(axis=1),
    ),
    softmax_cross_entropy(
        "labels-sorted",
        "SCE-4",
        "The labels are sorted, and the logits are not.",
        labels=lambda labels, _: np.sort(labels),
    ),
    softmax_cross_entropy(
        "all-rows-less-one",
        "SCE-4",
        "In every row 1 is subtracted at the classes of all examples, as in p[:, labels] -= 1.",
        difference=lambda _, c: c.p - (c.targets.sum(axis=0) > 0),
    ),
    softmax_cross_entropy(
        "over-the-batch",
        "SCE-4",
        "Probabilities add up to 1 over the examples, not over the classes.",
        axis=lambda _a, _: 0,
    ),
    softmax_cross_entropy(
        "over-everything",
        "SCE-4",
        "Probabilities add up to 1 over the whole batch, not over each row.",
        axis=lambda _a, _: (0, 1),
    ),
    softmax_cross_entropy(
        "large-logits-overflow",
        "SCE-5",
        "The largest logit is not subtracted: exponentials of large logits overflow.",
        shift=lambda s, _: np.zeros_like(s),
    ),
    softmax_cross_entropy(
        "one-shift-for-all-rows",
        "SCE-5",
        "The largest logit of the whole batch is subtracted: rows far below it vanish.",
        shift=lambda s, _: np.full_like(s, s.max(initial=-np.inf)),
    ),
    softmax_cross_entropy(
        "shift-forgotten-in-the-loss",
        "SCE-6",
        "The largest logit is subtracted in the sum alone: the loss is less by as much.",
        costs=lambda _, c: np.log(c.total) - c.x,
    ),
    softmax_cross_entropy(
        "shift-by-magnitude",
        "SCE-5",
        "The largest magnitude is subtracted: rows of very negative logits vanish.",
        shift=lambda _, c: np.abs(c.x).max(axis=c.axis, keepdims=True, initial=0),
    ),
    softmax_cross_entropy(
        "logits-clipped",
        "SCE-5",
        "Logits are clipped at -80 and 80 so that nothing overflows: larger ones become equal.",
        x=lambda x, _: np.clip(x, -80, 80),
    ),
    softmax_cross_entropy(
        "logits-normalised",
        "SCE-6",
        "The logits are divided by the largest magnitude of their row first.",
        x=lambda x, _: x / np.maximum(np.abs(x).max(axis=1, keepdims=True, initial=0), 1e-30),
    ),
    softmax_cross_entropy(
        "temperature-two",
        "SCE-2",
        "The logits are halved first: a temperature of 2.",
        x=lambda x, _: x / 2,
    ),
    softmax_cross_entropy(
        "gradient-of-other-classes-averaged",
        "SCE-7",
        "The gradients of a row are divided by the number of its classes where they are positive.",
        chosen=lambda g, c: np.where(g > 0, g / c.x.shape[1], g),
    ),
    softmax_cross_entropy(
        "sum-without-the-class",
        "SCE-8",
        "The class of the example is left out of the sum of exponentials: a loss may be negative.",
        costs=lambda _, c: (
            np.log((c.powers * (1 - c.targets)).sum(axis=1, keepdims=True)) + (c.shift - c.x)
        ),
    ),
    softmax_cross_entropy(
        "labels-smoothed",
        "SCE-8",
        "Labels are smoothed by a tenth: nothing that is certain costs 0.",
        targets=lambda t, _: 0.9 * t + t.dtype.type(0.1) / t.shape[1],
        each=lambda _, c: (c.targets * c.costs).sum(axis=1),
    ),
    softmax_cross_entropy(
        "zero-times-infinity",
        "SCE-8",
        "One-hot rows are multiplied by logarithms of probabilities: 0 times -inf is NaN.",
        each=_by_all_rows,
    ),
    softmax_cross_entropy(
        "clipped-at-1e-7",
        "SCE-8",
        "Probabilities are clipped at 1e-7 and 1 - 1e-7 before the logarithm.",
        costs=_of_probabilities(1e-7, 1 - 1e-7),
    ),
    softmax_cross_entropy(
        "epsilon-of-1e-7",
        "SCE-8",
        "1e-7 is added to the probabilities before the logarithm: what is certain costs less "
        "than 0.",
        costs=_of_probabilities(more=1e-7),
    ),
    softmax_cross_entropy(
        "epsilon-in-the-sum",
        "SCE-8",
        "1e-7 is added to the sum of exponentials, against a division by 0 that cannot happen.",
        total=lambda t, _: t + t.dtype.type(1e-7),
    ),
    softmax_cross_entropy(
        "logarithm-of-a-probability-of-0",
        "SCE-9",
        "The logarithm of a probability is taken after it has become 0: the loss is infinite.",
        costs=_of_probabilities(),
    ),
    softmax_cross_entropy(
        "probabilities-at-least-1e-12",
        "SCE-9",
        "Probabilities are at least 1e-12 in the logarithm: no example costs more than 27.6.",
        costs=_of_probabilities(1e-12),
    ),
    softmax_cross_entropy(
        "logits-of-an-earlier-call",
        "SCE-10",
        "The logits are those of the first call of that shape: a cache that is not renewed.",
        x=an_earlier,
    ),
    softmax_cross_entropy(
        "gradient-piles-up",
        "SCE-10",
        "The gradient is added to that of the calls before.",
        dx=accumulated("dx"),
    ),
    softmax_cross_entropy(
        "loss-piles-up",
        "SCE-10",
        "The loss is added to that of the calls before.",
        mean=accumulated("loss"),
    ),
    softmax_cross_entropy(
        "negative-labels-wrap",
        "SCE-11",
        "A negative label counts from the end, as an index does.",
        labels=_negative_wrapped,
    ),
    softmax_cross_entropy(
        "labels-modulo-the-classes",
        "SCE-11",
        "Labels beyond the last class begin again at the first.",
        labels=_outside,
    ),
    softmax_cross_entropy(
        "labels-clipped",
        "SCE-11",
        "Labels that name no class are taken for the nearest that there is.",
        labels=lambda labels, c: np.clip(labels, 0, c.x.shape[1] - 1),
    ),
    softmax_cross_entropy(
        "labels-cut-to-fit",
        "SCE-12",
        "Labels of another number are cut or repeated until they fit.",
        labels=_fitted,
    ),
    softmax_cross_entropy(
        "one-label-for-all",
        "SCE-12",
        "A single label is taken for all examples.",
        labels=_repeated_alone,
    ),
    softmax_cross_entropy(
        "empty-batch-costs-nothing",
        "SCE-13",
        "An empty batch is answered with a loss of 0.",
        empty=lambda _e, _: False,
        mean=_or_nothing,
    ),
    softmax_cross_entropy(
        "empty-batch-is-nan",
        "SCE-13",
        "An empty batch is answered with NaN, which is 0 over 0.",
        empty=lambda _e, _: False,
    ),
    softmax_cross_entropy(
        "a-loss-for-each-example",
        "SCE-14",
        "There is a loss for each example, not their mean.",
        mean=lambda _, c: c.each,
    ),
    softmax_cross_entropy(
        "loss-in-a-list",
        "SCE-14",
        "The loss has an axis of its own: its shape is (1,), as keepdims leaves it.",
        loss=lambda loss, _: np.reshape(loss, 1),
    ),
    softmax_cross_entropy(
        "gradient-turned",
        "SCE-14",
        "The gradient comes with classes along the first axis.",
        dx=lambda g, _: np.ascontiguousarray(g.T),
    ),
    softmax_cross_entropy(
        "probabilities-in-the-logits",
        "ANY-3",
        "The probabilities are written into the logits, which the caller may still need.",
        x=_overwritten,
    ),
    *edges("softmax_cross_entropy"),
]
