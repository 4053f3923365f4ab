"""Mistakes in a dilated convolution."""

from typing import Any

import numpy as np

from refcnn.operators.conv2d.mutants_windows import conv2d, same
from refcnn.suite.steps import Call, around
from refcnn.suite.tensors import Array


def _is_dilated(c: Call) -> bool:
    return bool(c.dilation != (1, 1))


def _overlooked(broken: bool, c: Call) -> bool:
    """The rule is not looked at where the kernel is dilated."""
    return broken and not _is_dilated(c)


def _repeated(spread: Array, c: Call) -> Array:
    """Every gap holds the tap before it."""
    down, along = c.dilation
    wide = c.whole.repeat(down, axis=0).repeat(along, axis=1)
    return np.asarray(wide[: spread.shape[0], : spread.shape[1]])


def _after_the_last(_: Array, c: Call) -> Array:
    """A gap after the last tap, too: D F cells in all."""
    (down, along), (height, width, *rest) = c.dilation, c.whole.shape
    wide = np.zeros((height * down, width * along, *rest), c.whole.dtype)
    wide[::down, ::along] = c.whole
    return wide


def _first_channel_alone(spread: Array, c: Call) -> Array:
    packed = np.zeros_like(spread)
    packed[: c.whole.shape[0], : c.whole.shape[1]] = c.whole
    packed[:, :, :1] = spread[:, :, :1]
    return packed


def _among_inputs(patches: Array, c: Call) -> Array:
    """The gaps lie in the input: it is spread, and the kernel is not."""
    down, along = c.dilation
    rows, columns = np.arange(patches.shape[1]) % down, np.arange(patches.shape[2]) % along
    kept = (rows == 0)[:, None] & (columns == 0)
    return np.asarray(patches * kept[..., None, None, None].astype(patches.dtype))


def _by_taps(_: Any, c: Call) -> Any:
    axes = zip(c.padded.shape[1:3], c.kernel.shape[:2], c.strides)
    return [(n - f) // s + 1 for n, f, s in axes]


def _same_by_taps(_: Any, c: Call) -> Any:
    return around("same", c.x.shape[1:3], c.kernel.shape[:2], c.strides)


MUTANTS = [
    conv2d(
        "dilation-ignored",
        "CONV-31",
        "The dilation is ignored: the taps of the kernel lie side by side.",
        dilation=lambda *_: (1, 1),
    ),
    conv2d(
        "dilation-one-too-many",
        "CONV-31",
        "D zeros lie between two taps, where it should be D - 1.",
        dilation=lambda d, _: tuple(v + 1 if v > 1 else v for v in d),
    ),
    conv2d(
        "dilation-above-two-cut",
        "CONV-31",
        "A dilation above 2 is taken as 2.",
        dilation=lambda d, _: tuple(min(v, 2) for v in d),
    ),
    conv2d(
        "dilation-gaps-filled",
        "CONV-31",
        "The gaps hold the weight of the tap before them: the kernel is enlarged, not dilated.",
        spread=_repeated,
    ),
    conv2d(
        "dilation-as-stride",
        "CONV-31",
        "The windows lie apart as well: the stride is multiplied by the dilation.",
        strides=lambda s, c: tuple(a * b for a, b in zip(s, c.dilation)),
    ),
    conv2d(
        "dilation-of-outputs",
        "CONV-31",
        "Outputs are computed D apart, and those between them are left at zero.",
        patches=_among_inputs,
    ),
    conv2d(
        "dilation-swapped",
        "CONV-32",
        "The two dilations are swapped: that of the width is used for the height.",
        dilation=lambda d, _: d[::-1],
    ),
    conv2d(
        "dilation-of-height-for-both",
        "CONV-32",
        "The dilation of the height is used for the width, too.",
        dilation=lambda d, _: (d[0], d[0]),
    ),
    conv2d(
        "dilation-sizes-by-taps",
        "CONV-33",
        "The output size is that of a kernel without gaps: the last windows hang over the edge.",
        sizes=_by_taps,
    ),
    conv2d(
        "dilation-gap-after-last",
        "CONV-33",
        "A gap is counted after the last tap: the kernel takes D F cells, and outputs are missing.",
        spread=_after_the_last,
        too_large=_overlooked,
    ),
    conv2d(
        "dilation-same-by-taps",
        "CONV-34",
        "Same padding is computed for a kernel without gaps: the output is too small.",
        pads=same(_same_by_taps),
        too_large=_overlooked,
    ),
    conv2d(
        "dilation-forgotten-when-strided",
        "CONV-35",
        "With strides above 1 the dilation is ignored.",
        dilation=lambda d, c: (1, 1) if c.given_strides not in (1, (1, 1)) else d,
    ),
    conv2d(
        "dilation-forgotten-when-padded",
        "CONV-35",
        "With padding that is given in numbers the dilation is ignored.",
        dilation=lambda d, c: d if isinstance(c.given_padding, str) else (1, 1),
    ),
    conv2d(
        "dilation-of-first-channel",
        "CONV-35",
        "Only the first channel is read with gaps, all others without.",
        spread=_first_channel_alone,
    ),
    conv2d(
        "dilation-bias-forgotten",
        "CONV-35",
        "Where the kernel is dilated the bias is not added.",
        biased=lambda y, c: c.sums if _is_dilated(c) else y,
    ),
    conv2d(
        "dilation-below-one-is-one",
        "CONV-36",
        "A dilation of 0 or less is taken as 1.",
        dilation=lambda d, _: tuple(max(v, 1) for v in d),
    ),
    conv2d(
        "dilation-too-far-answered-with-nothing",
        "CONV-37",
        "A dilated kernel that reaches beyond the input is answered with an empty array.",
        too_large=_overlooked,
    ),
    conv2d(
        "dilation-too-far-cut",
        "CONV-37",
        "Of a dilated kernel that reaches beyond the input the taps outside are left out.",
        too_large=_overlooked,
        sizes=lambda s, c: [max(n, 1) for n in s] if _is_dilated(c) else s,
    ),
]
