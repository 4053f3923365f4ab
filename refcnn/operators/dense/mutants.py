"""Mistakes in dense, after those in flatten."""

from collections.abc import Callable

import numpy as np

from refcnn.suite.mutants.common import edges, through, to_bits
from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array

dense = of("dense")


def _on_bias(change: Callable[[Array], Array]) -> Hook:
    """A hook on the bias, if there is one."""
    return lambda bias, _: None if bias is None else change(bias)


def _with_bias(change: Callable[[Array, Array], Array]) -> Hook:
    """A hook on the sum and the bias, if there is one."""
    return lambda y, c: y if c.bias is None else change(y, c.bias)


def _inputs(used: Callable[[Array, int], Array]) -> Hook:
    """A hook on the kernel: only the `used` of so many inputs count, the others have weight 0."""
    return lambda k, _: np.where(used(np.arange(len(k)), len(k))[:, None], k, 0)


def _down_the_batch(y: Array, bias: Array) -> Array:
    """The bias as a column, if there is a number for every example."""
    return y - bias + bias[:, None] if len(bias) == len(y) else y


def _three_channels_first(x: Array, _: Call) -> Array:
    """(..., 3) read as (3, ...), if so many inputs can be three channels."""
    cells, rest = divmod(x.shape[-1], 3)
    return x if rest else x.reshape(len(x), cells, 3).swapaxes(1, 2).reshape(x.shape)


def _float16_sums(_: Array, c: Call) -> Array:
    products = np.einsum("bi,io->bio", c.x, c.kernel)
    return np.cumsum(products, axis=1, dtype=np.float16)[:, -1].astype(c.x.dtype)


def _one_ulp_up(k: Array, _: Call) -> Array:
    last = np.arange(k.size).reshape(k.shape) == k.size - 1
    return np.where(last, np.nextafter(k, k.dtype.type(np.inf)), k)


def _in_bytes(k: Array, _: Call) -> Array:
    """Whole multiples, up to 127, of a step."""
    step = np.abs(k).max(initial=0) / 127
    return np.rint(k / step) * step if step > 0 else k


def _over_lengths(k: Array, _: Call) -> Array:
    """Every column over its length."""
    length = np.sqrt((k * k).sum(axis=0, keepdims=True))
    return np.asarray(k / np.where(length > 0, length, 1))


def _over_largest(x: Array, _: Call) -> Array:
    """Every example over its largest magnitude."""
    largest = np.abs(x).max(axis=-1, keepdims=True, initial=0)
    return np.asarray(x / np.where(largest > 0, largest, 1))


def _softmaxed(y: Array, _: Call) -> Array:
    powers = np.exp(y - y.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _widened(x: Array, c: Call, fill: float) -> Array:
    """As many inputs as the kernel has rows: those that are missing are `fill`."""
    missing = max(0, len(c.given_kernel) - x.shape[-1])
    return np.pad(x, ((0, 0), (0, missing)), constant_values=fill)


MUTANTS = [
    dense(
        "inputs-reversed",
        "DENSE-1",
        "The first input meets the weights of the last one, and so on.",
        x=lambda x, _: x[..., ::-1],
    ),
    dense(
        "outputs-reversed",
        "DENSE-1",
        "The weights of the first output are used for the last one, and so on.",
        kernel=lambda k, _: k[..., ::-1],
    ),
    dense(
        "kernel-transposed-when-square",
        "DENSE-1",
        "A square kernel is transposed: K[o,i] in place of K[i,o].",
        kernel=lambda k, _: k.T if len(set(k.shape)) == 1 else k,
    ),
    dense(
        "kernel-read-by-outputs",
        "DENSE-1",
        "The numbers of the kernel are read in the order (outputs, inputs), as PyTorch keeps them.",
        kernel=lambda k, _: k.reshape(k.shape[::-1]).T,
    ),
    dense(
        "mean-in-place-of-sum",
        "DENSE-1",
        "The products are averaged, where they should be added up.",
        sums=lambda s, c: s / max(1, c.x.shape[-1]),
    ),
    dense(
        "largest-in-place-of-sum",
        "DENSE-1",
        "Only the largest product counts, as in max pooling.",
        sums=lambda _, c: np.einsum("bi,io->bio", c.x, c.kernel).max(axis=1, initial=-np.inf),
    ),
    dense(
        "first-output-for-all",
        "DENSE-1",
        "Every output is computed with the weights of the first one.",
        kernel=lambda k, _: np.repeat(k[..., :1], k.shape[-1], axis=-1),
    ),
    dense(
        "last-output-left-out",
        "DENSE-1",
        "The loop over the outputs ends one too early: the last one stays 0.",
        sums=lambda s, _: np.where(np.arange(s.shape[-1]) == s.shape[-1] - 1, 0, s),
    ),
    dense(
        "whole-inputs-only",
        "DENSE-1",
        "The fractions of the inputs are cut off, as with integers.",
        x=lambda x, _: np.trunc(x),
    ),
    dense(
        "batch-mean-subtracted",
        "ANY-1",
        "The mean of the batch is subtracted, as in batch normalisation.",
        y=lambda y, _: y - y.sum(axis=0) / max(1, len(y)),
    ),
    dense(
        "divided-by-the-batch",
        "ANY-1",
        "The sums are divided by the number of examples, as a loss would be.",
        sums=lambda s, _: s / max(1, len(s)),
    ),
    dense(
        "weight-one-ulp-off",
        "DENSE-2",
        "The last weight is the next larger float: one unit in the last place off.",
        kernel=_one_ulp_up,
    ),
    dense(
        "kernel-rounded-to-float16",
        "DENSE-2",
        "The weights are rounded to float16.",
        kernel=through(np.float16),
    ),
    dense(
        "kernel-rounded-to-bfloat16",
        "DENSE-2",
        "The weights are rounded to the 8 significant bits of bfloat16.",
        kernel=to_bits(8),
    ),
    dense(
        "kernel-rounded-to-tf32",
        "DENSE-2",
        "The weights are rounded to the 11 significant bits of TensorFloat-32.",
        kernel=to_bits(11),
    ),
    dense(
        "kernel-rounded-to-bytes",
        "DENSE-2",
        "The weights are kept in 8 bits: whole multiples of 1/127 of the largest one.",
        kernel=_in_bytes,
    ),
    dense(
        "small-weights-pruned",
        "DENSE-2",
        "Weights smaller than a thousandth are taken as 0.",
        kernel=lambda k, _: np.where(np.abs(k) < 1e-3, 0, k),
    ),
    dense(
        "inputs-rounded-to-bfloat16",
        "DENSE-2",
        "The inputs are rounded to the 8 significant bits of bfloat16.",
        x=to_bits(8),
    ),
    dense(
        "added-in-float16",
        "DENSE-2",
        "The products are added up in float16, rounded after every addition.",
        sums=_float16_sums,
    ),
    dense(
        "float32-inside-float64",
        "DENSE-2",
        "The sums pass through float32, even where the data are float64.",
        sums=through(np.float32),
    ),
    dense(
        "result-rounded-to-float16",
        "DENSE-2",
        "The result is rounded to float16, though its dtype is right.",
        y=through(np.float16),
    ),
    dense(
        "off-by-a-thousandth",
        "DENSE-2",
        "Every result is larger by a thousandth.",
        y=lambda y, _: y * 1.001,
    ),
    dense(
        "off-by-a-millionth",
        "DENSE-2",
        "Every result is larger by a millionth.",
        y=lambda y, _: y * 1.000001,
    ),
    dense(
        "bias-ignored",
        "DENSE-3",
        "The bias is taken and never added.",
        bias=_on_bias(np.zeros_like),
    ),
    dense(
        "bias-twice",
        "DENSE-3",
        "The bias is added twice.",
        bias=_on_bias(lambda b: 2 * b),
    ),
    dense(
        "bias-subtracted",
        "DENSE-3",
        "The bias is subtracted, where it should be added.",
        bias=_on_bias(np.negative),
    ),
    dense(
        "bias-of-the-first-output",
        "DENSE-3",
        "The bias of the first output is added to all of them.",
        bias=_on_bias(lambda b: np.repeat(b[:1], len(b))),
    ),
    dense(
        "bias-reversed",
        "DENSE-3",
        "The bias is added in reverse: that of the last output to the first.",
        bias=_on_bias(lambda b: b[::-1]),
    ),
    dense(
        "bias-for-every-input",
        "DENSE-3",
        "The bias is added inside the loop over the inputs: once for each of them.",
        biased=lambda y, c: y if c.bias is None else y + (c.x.shape[-1] - 1) * c.bias,
    ),
    dense(
        "bias-piles-up",
        "DENSE-3",
        "The bias piles up along the batch: once for the first example, twice for the second.",
        biased=_with_bias(lambda y, b: y + np.arange(len(y), dtype=y.dtype)[:, None] * b),
    ),
    dense(
        "bias-for-the-first-example",
        "DENSE-3",
        "The bias is added to the first example alone.",
        biased=_with_bias(lambda y, b: np.where(np.arange(len(y))[:, None] > 0, y - b, y)),
    ),
    dense(
        "bias-down-the-batch",
        "DENSE-3",
        "With as many examples as outputs, the bias runs down the batch: b[n] in place of b[o].",
        biased=_with_bias(_down_the_batch),
    ),
    dense(
        "bias-makes-float64",
        "DENSE-3",
        "The bias is turned into float64, and a float32 result with it.",
        bias=_on_bias(lambda b: b.astype(np.float64)),
    ),
    dense(
        "last-input-ignored",
        "DENSE-4",
        "The loop over the inputs ends one too early: the last one does not count.",
        kernel=_inputs(lambda i, n: i < n - 1),
    ),
    dense(
        "first-input-ignored",
        "DENSE-4",
        "The loop over the inputs begins with 1: the first one does not count.",
        kernel=_inputs(lambda i, _: i > 0),
    ),
    dense(
        "only-blocks-of-four",
        "DENSE-4",
        "The sum goes through blocks of four inputs, and those left over do not count.",
        kernel=_inputs(lambda i, n: i < n - n % 4),
    ),
    dense(
        "only-sixteen-inputs",
        "DENSE-4",
        "Only the first sixteen inputs count, as if a buffer had a fixed size.",
        kernel=_inputs(lambda i, _: i < 16),
    ),
    dense(
        "as-many-inputs-as-outputs",
        "DENSE-4",
        "The loop over the inputs ends with the number of outputs: more inputs do not count.",
        kernel=lambda k, _: np.where(np.arange(len(k))[:, None] < k.shape[-1], k, 0),
    ),
    dense(
        "only-near-inputs",
        "DENSE-4",
        "An output sees only its own input and its neighbours: locally, not fully connected.",
        kernel=lambda k, _: np.triu(np.tril(k, 1), -1),
    ),
    dense(
        "dropout-left-on",
        "DENSE-4",
        "Every fifth input is dropped and the others grow by a quarter: dropout is left on.",
        x=lambda x, _: np.where(np.arange(x.shape[-1]) % 5 == 4, 0, x * 1.25),
    ),
    dense(
        "relu-fused",
        "DENSE-5",
        "Negative results become 0: a ReLU is part of it, and so it is not linear.",
        y=lambda y, _: np.where(y < 0, 0, y),
    ),
    dense(
        "softmax-fused",
        "DENSE-5",
        "A softmax is applied to the results, which should stay logits.",
        y=_softmaxed,
    ),
    dense(
        "saturated",
        "DENSE-5",
        "Results are clipped at -10 and 10.",
        y=lambda y, _: np.clip(y, -10, 10),
    ),
    dense(
        "negative-inputs-ignored",
        "DENSE-5",
        "Negative inputs are taken as 0, as if a ReLU came before.",
        x=lambda x, _: np.where(x < 0, 0, x),
    ),
    dense(
        "kernel-normalised",
        "DENSE-5",
        "The weights of an output are divided by their length: larger weights change nothing.",
        kernel=_over_lengths,
    ),
    dense(
        "inputs-normalised",
        "DENSE-5",
        "Inputs are divided by the largest of their example: twice the input, the same result.",
        x=_over_largest,
    ),
    dense(
        "three-channels-first",
        "DENSE-6",
        "Inputs are read as three channels one after the other, in NCHW; they come from NHWC.",
        x=_three_channels_first,
    ),
    dense(
        "left-neighbour-added",
        "DENSE-9",
        "Every input takes in its left neighbour, as in a convolution: their order matters.",
        x=lambda x, _: x + np.pad(x, ((0, 0), (1, 0)))[:, :-1],
    ),
    dense(
        "positions-added",
        "DENSE-9",
        "Every input has its index added to it, so that the order of the inputs matters.",
        x=lambda x, _: x + np.arange(x.shape[-1], dtype=x.dtype),
    ),
    dense(
        "extra-rows-cut-off",
        "DENSE-7",
        "A kernel of too many rows is accepted: those without an input are left out.",
        kernel=lambda k, c: k[: c.x.shape[-1]],
    ),
    dense(
        "extra-row-is-a-bias",
        "DENSE-7",
        "A kernel of too many rows is accepted: the inputs that are missing are taken as 1.",
        x=lambda x, c: _widened(x, c, 1),
    ),
    dense(
        "one-input-for-all-rows",
        "DENSE-7",
        "A single input is broadcast to all rows of a larger kernel.",
        x=lambda x, c: np.repeat(x, len(c.given_kernel), axis=-1) if x.shape[-1] == 1 else x,
    ),
    dense(
        "long-bias-cut-off",
        "DENSE-8",
        "A bias of too many numbers is accepted: those without an output are left out.",
        bias=lambda b, c: None if b is None else b[: c.kernel.shape[-1]],
    ),
    dense(
        "bias-repeated-or-cut",
        "DENSE-8",
        "A bias of another length is accepted: it is repeated or cut until it fits.",
        bias=lambda b, c: None if b is None else np.resize(b, c.kernel.shape[-1]),
    ),
    *edges("dense"),
]
