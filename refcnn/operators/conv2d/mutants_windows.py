"""Mistakes in conv2d: what is summed, where the windows lie, what surrounds the input."""

from collections.abc import Callable
from typing import Any

import numpy as np

from refcnn.suite.mutants.mutant import of
from refcnn.suite.steps import Call, Hook, around, pair
from refcnn.suite.tensors import Array
from refcnn.suite.windows import spread_out

conv2d = of("conv2d")


def without(place: Any) -> Hook:
    """What lies at `place` is zero."""

    def hook(value: Array, _: Call) -> Array:
        value = value.copy()
        value[place] = 0
        return value

    return hook


def biased_only(place: Any) -> Hook:
    """The bias has been added at `place` and nowhere else."""

    def hook(y: Array, c: Call) -> Array:
        kept = np.array(c.sums)
        kept[place] = y[place]
        return kept

    return hook


def bordered(mode: Any) -> Hook:
    """The border holds what that mode of `np.pad` puts there."""
    return lambda _, c: np.pad(c.x, ((0, 0), *c.pads, (0, 0)), mode=mode)


def paired(change: Callable[[Any], Any]) -> Hook:
    """A change of ((top, bottom), (left, right)) where padding is given as such."""
    return lambda padding, _: change(padding) if isinstance(padding, tuple) else padding


def same(change: Callable[[Any, Any], Any]) -> Hook:
    """A change of the pads where padding is "same"."""
    return lambda pads, c: change(pads, c) if c.padding == "same" else pads


def given(change: Callable[[Array], Array]) -> Hook:
    """A change of the bias where there is one."""
    return lambda bias, _: bias if bias is None else change(bias)


def _depthwise(kernel: Array, _: Call) -> Array:
    depth, filters = kernel.shape[-2:]
    return np.where(np.arange(depth)[:, None] == np.arange(filters) % depth, kernel, 0)


def _dilated(kernel: Array, c: Call) -> Array:
    return spread_out(kernel, pair(c.given_strides))


def _rounded_up(_: Any, c: Call) -> Any:
    axes = zip(c.padded.shape[1:3], c.window, c.strides)
    return [-(-(n - f) // s) + 1 for n, f, s in axes]


def _same_rounded_down(_: Any, c: Call) -> Any:
    axes = zip(c.x.shape[1:3], c.window, c.strides)
    totals = [max((n // s - 1) * s + f - n, 0) for n, f, s in axes]
    return tuple((total // 2, total - total // 2) for total in totals)


MUTANTS = [
    # --- the sum of products
    conv2d(
        "kernel-rotated",
        "CONV-3",
        "The kernel is rotated by 180 degrees: true convolution in place of cross-correlation.",
        kernel=lambda k, _: k[::-1, ::-1],
    ),
    conv2d(
        "kernel-upside-down",
        "CONV-3",
        "The rows of the kernel are taken from the bottom up.",
        kernel=lambda k, _: k[::-1],
    ),
    conv2d(
        "kernel-transposed",
        "CONV-1",
        "Height and width of the kernel are confused: a square one is transposed.",
        kernel=lambda k, _: k.swapaxes(0, 1).reshape(k.shape),
    ),
    conv2d(
        "last-tap-dropped",
        "CONV-1",
        "The loop over the kernel ends one short: its last tap is never multiplied.",
        kernel=without(np.s_[-1, -1]),
    ),
    # --- the sliding window
    conv2d(
        "starts-at-one",
        "CONV-2",
        "Rows are counted from 1: output row i is that of row i + 1, and the last comes twice.",
        patches=lambda p, _: np.take(p, np.arange(p.shape[1]) + 1, axis=1, mode="clip"),
    ),
    # --- channels and filters
    conv2d(
        "one-channel-only",
        "CONV-4",
        "Only the first channel of the input is used.",
        kernel=without(np.s_[:, :, 1:]),
    ),
    conv2d(
        "fourth-channel-ignored",
        "CONV-4",
        "Only the first three channels are used, as if every image were red, green and blue.",
        kernel=without(np.s_[:, :, 3:]),
    ),
    conv2d(
        "third-channel-ignored",
        "CONV-4",
        "Only the first two channels are used, which is right for one or two channels.",
        kernel=without(np.s_[:, :, 2:]),
    ),
    conv2d(
        "channels-reversed",
        "CONV-4",
        "The channels of the input are taken in reverse: blue, green, red.",
        patches=lambda p, _: p[:, :, :, ::-1],
    ),
    conv2d(
        "depthwise",
        "CONV-4",
        "Each filter sees a single channel: a depthwise convolution.",
        kernel=_depthwise,
    ),
    conv2d(
        "channels-and-filters-confused",
        "CONV-5",
        "The kernel is read as (height, width, filters, channels).",
        kernel=lambda k, _: k.swapaxes(-1, -2).reshape(k.shape),
    ),
    conv2d(
        "maps-rolled",
        "CONV-5",
        "The maps come out one place late: map o + 1 is that of filter o.",
        sums=lambda y, _: np.roll(y, 1, axis=-1),
    ),
    conv2d(
        "first-filter-for-all",
        "CONV-5",
        "Every map is that of the first filter.",
        kernel=lambda k, _: np.repeat(k[..., :1], k.shape[-1], axis=-1),
    ),
    # --- bias
    conv2d(
        "bias-ignored",
        "CONV-6",
        "The bias is never added.",
        bias=given(np.zeros_like),
    ),
    conv2d(
        "bias-twice",
        "CONV-6",
        "The bias is added twice.",
        bias=given(lambda b: b * 2),
    ),
    conv2d(
        "bias-at-every-tap",
        "CONV-6",
        "The bias is added inside the loop over the taps: once a tap, not once a sum.",
        biased=lambda y, c: y + (c.window[0] * c.window[1] - 1) * (y - c.sums),
    ),
    conv2d(
        "bias-for-every-channel",
        "CONV-6",
        "The bias is added inside the loop over the input channels: once for each of them.",
        biased=lambda y, c: y + (c.x.shape[-1] - 1) * (y - c.sums),
    ),
    conv2d(
        "bias-at-first-place-only",
        "CONV-6",
        "The bias is added to the top left cell of each map only.",
        biased=biased_only(np.s_[:, :1, :1]),
    ),
    conv2d(
        "bias-for-first-example-only",
        "ANY-1",
        "The bias is added to the first example of the batch only.",
        biased=biased_only(np.s_[:1]),
    ),
    # --- strides
    conv2d(
        "strides-swapped",
        "CONV-9",
        "The two strides are swapped: that of the width is used for the height.",
        strides=lambda s, _: s[::-1],
    ),
    conv2d(
        "first-stride-for-both",
        "CONV-9",
        "The stride of the height is used for the width, too.",
        strides=lambda s, _: (s[0], s[0]),
    ),
    conv2d(
        "stride-ignored",
        "CONV-8",
        "The stride is ignored: every location is sampled.",
        strides=lambda *_: (1, 1),
    ),
    conv2d(
        "stride-starts-late",
        "CONV-8",
        "Of every S locations the last is kept; it should be the first.",
        padded=lambda p, c: np.roll(p, [1 - s for s in c.strides], (1, 2)),
    ),
    conv2d(
        "stride-as-dilation",
        "CONV-8",
        "The taps of the kernel are spread by the stride, not the windows: that is dilation.",
        kernel=_dilated,
        strides=lambda *_: (1, 1),
    ),
    conv2d(
        "strides-above-two-cut",
        "CONV-8",
        "A stride above 2 is taken as 2.",
        strides=lambda s, _: tuple(min(v, 2) for v in s),
    ),
    # --- output sizes
    conv2d(
        "sizes-rounded-up",
        "CONV-10",
        "The output size is rounded up: a last window hangs over the edge.",
        sizes=_rounded_up,
    ),
    conv2d(
        "sizes-without-plus-one",
        "CONV-7",
        "The output size is (H - F) / S: the + 1 is missing, and so are the last row and column.",
        sizes=lambda s, _: [n - 1 for n in s],
    ),
    conv2d(
        "square-output-assumed",
        "CONV-7",
        "The output is assumed to be as wide as it is high, which is right for square inputs.",
        sizes=lambda s, _: [s[0], s[0]],
    ),
    # --- padding
    conv2d(
        "padded-with-ones",
        "CONV-11",
        "The border is filled with ones in place of zeros.",
        fill=lambda *_: 1,
    ),
    conv2d(
        "padded-by-reflection",
        "CONV-11",
        "The border mirrors the image in place of zeros.",
        padded=bordered("reflect"),
    ),
    conv2d(
        "padded-by-wrapping",
        "CONV-11",
        "The border continues the image from its opposite side: circular padding.",
        padded=bordered("wrap"),
    ),
    conv2d(
        "padding-sides-swapped",
        "CONV-12",
        "The padding is read as ((bottom, top), (right, left)).",
        padding=paired(lambda p: tuple(side[::-1] for side in p)),
    ),
    conv2d(
        "padding-axes-exchanged",
        "CONV-12",
        "The padding is read as ((left, right), (top, bottom)).",
        padding=paired(lambda p: p[::-1]),
    ),
    conv2d(
        "padding-corners-read",
        "CONV-12",
        "The padding is read as ((top, left), (bottom, right)).",
        padding=paired(lambda p: tuple(zip(*p))),
    ),
    conv2d(
        "padding-before-only",
        "CONV-11",
        "Zeros are added above and to the left, but not below and to the right.",
        pads=lambda p, _: tuple((before, 0) for before, _ in p),
    ),
    conv2d(
        "padding-after",
        "CONV-11",
        "The zeros are put around the output: the input should get them, before the sums.",
        padded=lambda _, c: c.x,
        sums=lambda y, c: np.pad(y, ((0, 0), *c.pads, (0, 0))),
    ),
    conv2d(
        "padding-shared-out",
        "CONV-11",
        "Padding P adds P rows and columns in all: it should add P on each side.",
        padding=lambda p, _: ((p // 2, p - p // 2),) * 2 if isinstance(p, int) else p,
    ),
    conv2d(
        "valid-is-same",
        "CONV-13",
        'Padding "valid", where it is asked for, is taken as "same".',
        padding=lambda p, c: "same" if p == "valid" and "padding" in c.given_names else p,
    ),
    # --- same padding
    conv2d(
        "same-extra-before",
        "CONV-14",
        "Of an odd number of zeros the extra one goes above and to the left.",
        pads=same(lambda p, _: tuple(side[::-1] for side in p)),
    ),
    conv2d(
        "same-symmetric",
        "CONV-14",
        "Same padding puts as many zeros below as above: one is missing where they are odd in all.",
        pads=same(lambda p, _: tuple((before, before) for before, _ in p)),
    ),
    conv2d(
        "same-by-half-the-kernel",
        "CONV-14",
        "Same padding puts F // 2 zeros on both sides: one too many for an even F.",
        pads=same(lambda _, c: tuple((f // 2, f // 2) for f in c.window)),
    ),
    conv2d(
        "same-is-valid",
        "CONV-14",
        'Padding "same" is ignored: nothing is added.',
        pads=same(lambda *_: ((0, 0), (0, 0))),
    ),
    conv2d(
        "same-whatever-the-stride",
        "CONV-15",
        "Same padding is computed for stride 1, whatever the stride.",
        pads=same(lambda _, c: around("same", c.x.shape[1:3], c.window, (1, 1))),
    ),
    conv2d(
        "same-rounded-down",
        "CONV-15",
        "Same padding makes room for floor(H / S) rows: it should for ceil(H / S).",
        pads=same(_same_rounded_down),
    ),
]
