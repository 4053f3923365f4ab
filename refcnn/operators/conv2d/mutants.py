"""Mistakes in conv2d: those of `conv2d_windows`, then rare ones, numbers, laws, refusals."""

from typing import Any

import numpy as np

from refcnn.operators.conv2d import mutants_windows as windows
from refcnn.operators.conv2d.mutants_windows import conv2d, same, without
from refcnn.suite.mutants.common import edges, through, to_bits
from refcnn.suite.steps import Call, around, pair
from refcnn.suite.tensors import Array


def never(*_: Any) -> bool:
    """The rule is not looked at."""
    return False


def _last_left_out(y: Array, c: Call) -> Array:
    return np.asarray(without(np.s_[max(1, len(y) - 1) :])(y, c))


def _along_columns(y: Array, c: Call) -> Array:
    fits = c.bias is not None and y.shape[2] == len(c.bias) > 1
    return y - c.bias + c.bias[:, None] if fits else y


def _odd_same(pads: Any, c: Call) -> Any:
    strided = max(c.strides) > 1
    return tuple(p[::-1] if strided and f % 2 else p for p, f in zip(pads, c.window))


def _nudged(kernel: Array, _: Call) -> Array:
    kernel, last = kernel.copy(), (-1,) * kernel.ndim
    kernel[last] = np.nextafter(kernel[last], kernel.dtype.type(np.inf))
    return kernel


def _normalised(kernel: Array, _: Call) -> Array:
    total = kernel.sum(axis=(0, 1, 2), keepdims=True)
    return np.asarray(kernel / np.where(total == 0, 1, total))


def _centred(x: Array, _: Call) -> Array:
    return np.asarray(x - x.mean(axis=(1, 2, 3), keepdims=True))


def _row_added(y: Array, _: Call) -> Array:
    return y + np.arange(y.shape[1], dtype=y.dtype)[:, None, None]


def _noisy(y: Array, _: Call) -> Array:
    return np.asarray(y + (np.arange(y.size) ** 2 % 13).astype(y.dtype).reshape(y.shape))


def _cropped(padded: Array, c: Call) -> Array:
    """What negative padding leaves, if it cuts cells off."""
    for axis, (before, after) in enumerate(around(c.padding, c.x.shape[1:3], c.window, c.strides)):
        kept = range(max(0, -before), padded.shape[1 + axis] - max(0, -after))
        padded = np.take(padded, kept, axis=1 + axis)
    return padded


def _at_least_none(side: tuple[int, int]) -> tuple[int, ...]:
    return tuple(max(cells, 0) for cells in side)


def _fitting(kernel: Array, c: Call) -> Array:
    """The kernel's channels over and over, as many as the input has."""
    if kernel.ndim != 4 or c.x.ndim != 4:
        return kernel
    return np.asarray(np.take(kernel, np.arange(c.x.shape[3]) % kernel.shape[2], axis=2))


MUTANTS = [
    *windows.MUTANTS,
    # --- right nearly always
    conv2d(
        "ones-around-at-strides-above-two",
        "CONV-16",
        "Where a stride is above 2, padding that is given in numbers is filled with ones.",
        fill=lambda f, c: 1 if max(c.strides) > 2 and not isinstance(c.padding, str) else f,
    ),
    conv2d(
        "fifth-column-of-kernel-ignored",
        "CONV-16",
        "Only the first four columns of the kernel are used.",
        kernel=without(np.s_[:, 4:]),
    ),
    conv2d(
        "rows-beyond-twelve-ignored",
        "CONV-16",
        "Rows of the input beyond the twelfth are taken as zero.",
        x=without(np.s_[:, 12:]),
    ),
    conv2d(
        "last-example-left-out",
        "ANY-1",
        "The last example of a batch of several is never computed: its answer is zero.",
        y=_last_left_out,
    ),
    conv2d(
        "same-extra-before-odd-kernels",
        "CONV-15",
        "Where an odd kernel needs an odd number of zeros (strides above 1), the extra one goes "
        "above and to the left.",
        pads=same(_odd_same),
    ),
    conv2d(
        "bias-forgotten-under-same",
        "CONV-16",
        'The bias is added for all padding but "same".',
        bias=lambda b, c: None if c.given_padding == "same" else b,
    ),
    conv2d(
        "padding-sides-swapped-when-strided",
        "CONV-16",
        "With strides above 1, padding pairs are read as ((bottom, top), (right, left)).",
        padding=lambda p, c: (
            tuple(side[::-1] for side in p)
            if isinstance(p, tuple) and pair(c.given_strides) != (1, 1)
            else p
        ),
    ),
    conv2d(
        "bias-along-columns",
        "CONV-16",
        "Where the output is as wide as there are filters, the bias goes along its columns.",
        biased=_along_columns,
    ),
    # --- number formats
    conv2d(
        "kernel-in-tf32",
        "CONV-16",
        "The kernel is rounded to TensorFloat-32, of 11 significant bits.",
        kernel=to_bits(11),
    ),
    conv2d(
        "inputs-in-bfloat16",
        "CONV-16",
        "The input is rounded to bfloat16, of 8 significant bits.",
        x=to_bits(8),
    ),
    conv2d(
        "sums-in-float16",
        "CONV-16",
        "Sums are held in float16: 11 significant bits, and nothing above 65504.",
        sums=through(np.float16),
    ),
    conv2d(
        "float32-inside",
        "CONV-16",
        "Everything is computed in float32, even where the data are float64.",
        x=through(np.float32),
        kernel=through(np.float32),
        sums=through(np.float32),
    ),
    conv2d(
        "fractions-cut-off",
        "CONV-16",
        "Sums are held in integers: fractions are cut off.",
        sums=lambda y, _: np.trunc(y),
    ),
    conv2d(
        "last-weight-nudged",
        "CONV-16",
        "The very last weight is off by one unit in the last place.",
        kernel=_nudged,
    ),
    conv2d(
        "small-weights-pruned",
        "CONV-17",
        "Weights below a thousandth are taken as zero.",
        kernel=lambda k, _: np.where(np.abs(k) < 1e-3, 0, k),
    ),
    conv2d(
        "answer-a-millionth-too-large",
        "CONV-17",
        "Every answer is too large by a millionth.",
        y=lambda y, _: y * (1 + 1e-6),
    ),
    # --- functions fused in, and laws broken
    conv2d(
        "answer-without-sign",
        "CONV-18",
        "Answers lose their sign: the -3 of the worked example becomes 3.",
        y=lambda y, _: np.abs(y),
    ),
    conv2d(
        "relu-fused",
        "CONV-1",
        "A ReLU is part of the convolution: negative sums become zero.",
        y=lambda y, _: np.maximum(y, 0),
    ),
    conv2d(
        "sums-saturate",
        "CONV-19",
        "Sums are held in 8 bits: they stop at -128 and 127.",
        sums=lambda y, _: np.clip(y, -128, 127),
    ),
    conv2d(
        "kernel-normalised",
        "CONV-20",
        "Each filter is divided by the sum of its weights, as image editors do.",
        kernel=_normalised,
    ),
    conv2d(
        "mean-of-image-subtracted",
        "CONV-21",
        "The mean of the image is subtracted first: every output depends on every cell.",
        x=_centred,
    ),
    conv2d(
        "row-number-added",
        "CONV-22",
        "The number of the row is added to every output: equal patches give different outputs.",
        sums=_row_added,
    ),
    conv2d(
        "first-row-zero",
        "CONV-23",
        "The first row of the output stays zero: it does not move along with the input.",
        y=without(np.s_[:, :1]),
    ),
    conv2d(
        "noise-on-the-maps",
        "CONV-24",
        "A little noise is added to each cell: maps that are not independent look as if they were.",
        y=_noisy,
    ),
    # --- shapes and dtypes
    conv2d(
        "maps-before-rows",
        "CONV-7",
        "The answer is laid out as (batch, filters, height, width).",
        y=lambda y, _: np.moveaxis(y, -1, 1),
    ),
    *edges("conv2d"),
    # --- refusals
    conv2d(
        "large-kernel-answered-with-nothing",
        "CONV-25",
        "A kernel that is larger than the input is answered with an empty array.",
        too_large=never,
    ),
    conv2d(
        "large-kernel-cut",
        "CONV-25",
        "A kernel that is larger than the input is cut to its size.",
        too_large=never,
        sizes=lambda s, _: [max(n, 1) for n in s],
    ),
    conv2d(
        "stride-below-one-is-one",
        "CONV-26",
        "A stride of 0 or less is taken as 1.",
        strides=lambda s, _: tuple(max(v, 1) for v in s),
    ),
    conv2d(
        "negative-padding-crops",
        "CONV-27",
        "Negative padding cuts rows and columns off.",
        pads=lambda p, _: tuple(map(_at_least_none, p)),
        padded=_cropped,
    ),
    conv2d(
        "kernel-channels-repeated",
        "CONV-28",
        "A kernel of another depth is made to fit: its channels are repeated or left out.",
        kernel=_fitting,
    ),
    conv2d(
        "batch-axis-supplied",
        "CONV-29",
        "An image without a batch axis is taken as a batch of one.",
        x=lambda x, _: x[None] if x.ndim == 3 else x,
    ),
    conv2d(
        "long-bias-cut",
        "CONV-30",
        "Of a bias that is too long only the first numbers are used.",
        bias=lambda b, c: None if b is None else b[: c.kernel.shape[-1]],
    ),
    conv2d(
        "single-bias-for-all",
        "CONV-30",
        "A bias of a single number is added to every map, however many filters there are.",
        wrong_bias=lambda broken, c: broken and c.bias.shape != (1,),
    ),
]
