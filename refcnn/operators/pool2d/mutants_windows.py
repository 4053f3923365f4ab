"""Mistakes of both pools about where the windows lie: pool size, strides, sizes, padding."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from refcnn.suite.mutants.mutant import Mutant, of
from refcnn.suite.steps import Call, Hook, around, window_view
from refcnn.suite.tensors import Array

CELLS = (-2, -1)  # the axes of patches that lie within a window

max_pool2d, avg_pool2d = of("max_pool2d"), of("avg_pool2d")


def pools(name: str, clauses: str, sentence: str, **hooks: Hook) -> list[Mutant]:
    """The same mistake in both pools: of the max pool's clause and the average pool's, or of one.

    "{right}" in the sentence stands for what the pool should take of a window.
    """
    first, *_, last = clauses.split() * 2
    return [
        max_pool2d(name, first, sentence.format(right="the largest value"), **hooks),
        avg_pool2d(name, last, sentence.format(right="the mean"), **hooks),
    ]


def inside(c: Call) -> Array:
    """Where the windows hold cells of the input: (1, H_out, W_out, 1, F_h, F_w), true or false."""
    cells = np.ones((1, *c.x.shape[1:3], 1), bool)
    padded = np.pad(cells, ((0, 0), *c.pads, (0, 0)))
    return window_view(padded, c.window, c.strides, c.sizes, 0)


def area(n: Array, c: Call) -> Array:
    """The cells of a window, padding included, in place of those of the input."""
    return np.full_like(n, prod(c.window))


def _only(places: Callable[[Array, Array, tuple[int, int]], Any]) -> dict[str, Hook]:
    """Only some places (m, n) of a window are looked at; the others count as padding."""

    def looked_at(window: tuple[int, int]) -> Any:
        m, n = np.indices(window)
        return places(m, n, window)

    return {
        "patches": lambda p, c: np.where(looked_at(p.shape[-2:]), p, c.fill),
        "counts": lambda n, c: (
            n - (inside(c) & ~looked_at(c.window)).sum(axis=CELLS, dtype=n.dtype)
        ),
    }


def _laid(view: Callable[[Array, Call, float], Array]) -> dict[str, Hook]:
    """The windows are laid in another way: over the input, and over ones that count its cells."""

    def counts(_: Array, c: Call) -> Array:
        ones = np.ones((1, *c.x.shape[1:3], 1), c.x.dtype)
        padded = np.pad(ones, ((0, 0), *c.pads, (0, 0)))
        return np.asarray(view(padded, c, 0).sum(axis=CELLS))

    return {"patches": lambda _, c: view(c.padded, c, c.fill), "counts": counts}


def _as_wide_as_high(y: Array, _: Call) -> Array:
    """Columns that do not fit into an output that was made square raise, and more of it stays 0."""
    lacking = y.shape[1] - y.shape[2]
    if lacking < 0:
        raise IndexError(f"index {y.shape[1]} is out of bounds for axis 2")
    return np.pad(y, ((0, 0), (0, 0), (0, lacking), (0, 0)))


def _rest(c: Call) -> list[int]:
    """Cells left over on each axis behind the last whole window."""
    axes = zip(c.padded.shape[1:3], c.window, c.strides)
    return [(n - f) % s for n, f, s in axes]


def _rest_split(x: Array, c: Call, fill: float) -> Array:
    top, left = (n // 2 for n in _rest(c))
    return window_view(x[:, top:, left:], c.window, c.strides, c.sizes, fill)


def _dilated(x: Array, c: Call, fill: float) -> Array:
    wide = [2 * f - 1 for f in c.window]
    return window_view(x, wide, c.strides, c.sizes, fill)[..., ::2, ::2]


def _if_given(change: Hook) -> Hook:
    """Only strides that are given are spoiled, not those that follow from the pool size."""
    return lambda s, c: s if c.given_strides is None else change(s, c)


def _if_same(change: Hook) -> Hook:
    """Only same padding is spoiled."""
    return lambda pads, c: change(pads, c) if c.padding == "same" else pads


def _if_explicit(change: Hook) -> Hook:
    """Only padding given as numbers is spoiled."""
    return lambda pads, c: pads if c.padding in ("same", "valid") else change(pads, c)


def _sides_swapped(pads: Any, _: Call) -> Any:
    return tuple(side[::-1] for side in pads)


def _later_example(c: Call) -> Array:
    return np.arange(len(c.x)).reshape(-1, 1, 1, 1) > 0


WINDOWS = [
    max_pool2d(
        "window-swapped",
        "POOL-3",
        "Height and width of the pool size are swapped.",
        window=lambda f, _: f[::-1],
    ),
    avg_pool2d(
        "window-square",
        "POOL-3",
        "Every window is taken for a square: the height of the pool size is used for the width.",
        window=lambda f, _: (f[0], f[0]),
    ),
    *pools(
        "first-cell-ignored",
        "POOL-1 POOL-2",
        "The first cell of every window is ignored.",
        **_only(lambda m, n, f: (m > 0) | (n > 0) | (prod(f) == 1)),
    ),
    avg_pool2d(
        "last-row-and-column-ignored",
        "POOL-2",
        "The loops over a window end one short: its last row and column are ignored.",
        **_only(lambda m, n, f: (m < max(1, f[0] - 1)) & (n < max(1, f[1] - 1))),
    ),
    max_pool2d(
        "fifth-column-ignored",
        "POOL-10",
        "Only the first four columns of a window are looked at, however wide it is.",
        **_only(lambda _, n, __: n < 4),
    ),
    max_pool2d(
        "window-dilated",
        "POOL-3",
        "The windows have gaps: only every second cell of a region twice as large is looked at.",
        **_laid(_dilated),
    ),
    max_pool2d(
        "leftovers-split",
        "POOL-3",
        "Where the size does not divide, the leftover cells are split between both sides; "
        "the windows should start at the first cell.",
        **_laid(_rest_split),
    ),
]

STRIDES = [
    *pools(
        "default-stride-one",
        "POOL-3",
        "Without strides the windows move by one cell in place of the pool size.",
        strides=lambda s, c: (1, 1) if c.given_strides is None else s,
    ),
    *pools(
        "strides-swapped",
        "POOL-6",
        "The two strides are swapped: that of the width is used for the height.",
        strides=_if_given(lambda s, _: s[::-1]),
    ),
    max_pool2d(
        "strides-ignored",
        "POOL-6",
        "Strides that are given are ignored: the windows always move by the pool size.",
        strides=lambda _, c: c.window,
    ),
    avg_pool2d(
        "one-stride-for-both",
        "POOL-6",
        "The stride of the height is used for the width, too.",
        strides=_if_given(lambda s, _: (s[0], s[0])),
    ),
    max_pool2d(
        "gaps-closed",
        "POOL-6",
        "A stride larger than the pool size is cut down to it, as if windows could not leave "
        "gaps between them.",
        strides=lambda s, c: tuple(map(min, s, c.window)),
    ),
    avg_pool2d(
        "overlap-prevented",
        "POOL-6",
        "A stride smaller than the pool size is raised to it, as if windows could not overlap.",
        strides=lambda s, c: tuple(map(max, s, c.window)),
    ),
]

SIZES = [
    *pools(
        "width-from-height",
        "POOL-4",
        "The output is as wide as high: its width is worked out from the height.",
        y=_as_wide_as_high,
    ),
    max_pool2d(
        "sizes-rounded-up",
        "POOL-4",
        "The output size is rounded up: a last window hangs over the edge.",
        sizes=lambda s, c: [n + (rest > 0) for n, rest in zip(s, _rest(c))],
    ),
    max_pool2d(
        "window-at-the-end-dropped",
        "POOL-4",
        "The loop over the windows stops too early: a window that ends right at the edge is lost.",
        sizes=lambda s, c: [n - (rest == 0) for n, rest in zip(s, _rest(c))],
    ),
    avg_pool2d(
        "input-over-stride",
        "POOL-4",
        "The output size is N / S rounded down, which is right only if windows do not overlap.",
        sizes=lambda _, c: [n // t for n, t in zip(c.padded.shape[1:3], c.strides)],
    ),
]

PADDING = [
    avg_pool2d(
        "valid-is-same",
        "POOL-4",
        "Valid padding pads as same padding does; it should not pad at all.",
        padding=lambda p, _: "same" if p == "valid" else p,
    ),
    max_pool2d(
        "zeros-win",
        "POOL-8",
        "The border is filled with zeros, which win among negative numbers, in place of -inf.",
        fill=lambda *_: 0.0,
    ),
    max_pool2d(
        "minus-thousand-wins",
        "POOL-24",
        "The border is filled with -1000 in place of -inf: it wins among numbers below.",
        fill=lambda *_: -1000.0,
    ),
    max_pool2d(
        "border-wraps",
        "POOL-8",
        "The border is filled with the cells of the opposite side, and they can win.",
        padded=lambda _, c: np.pad(c.x, ((0, 0), *c.pads, (0, 0)), mode="wrap"),
    ),
    avg_pool2d(
        "padding-counted",
        "POOL-9",
        "The sum is always divided by F_h F_w: padded cells count as zeros.",
        counts=area,
    ),
    avg_pool2d(
        "padding-counted-if-same",
        "POOL-9",
        "Padded cells count as zeros, but only those of same padding.",
        counts=lambda n, c: area(n, c) if c.padding == "same" else n,
    ),
    avg_pool2d(
        "padding-counted-if-explicit",
        "POOL-9",
        "Padded cells count as zeros, but only where padding is given as numbers.",
        counts=lambda n, c: n if c.padding == "same" else area(n, c),
    ),
    max_pool2d(
        "padding-sides-swapped",
        "POOL-10",
        "Padding for top and bottom is swapped, and so is that for left and right.",
        pads=_if_explicit(_sides_swapped),
    ),
    avg_pool2d(
        "padding-axes-swapped",
        "POOL-10",
        "Padding is given as ((top, bottom), (left, right)) but used for width and height.",
        pads=_if_explicit(lambda p, _: p[::-1]),
    ),
    *pools(
        "sides-swapped-at-large-strides",
        "POOL-10",
        "With a stride above 2 the padding of both sides is swapped.",
        pads=lambda p, c: _sides_swapped(p, c) if max(c.strides) > 2 else p,
    ),
    *pools(
        "zeros-after-the-first-example",
        "POOL-10",
        "Padded cells are left out only in the first example; in all others they count as zeros.",
        padded=lambda x, c: np.where(_later_example(c) & (x == c.fill), 0, x),
        counts=lambda n, c: np.where(_later_example(c), area(n, c), n),
    ),
    *pools(
        "same-extra-cell-before",
        "POOL-7",
        "Same padding puts the odd cell above and to the left; it belongs below and to the right.",
        pads=_if_same(_sides_swapped),
    ),
    max_pool2d(
        "same-for-default-strides",
        "POOL-7",
        "Same padding is worked out for the pool size as strides, whatever strides are given.",
        pads=_if_same(lambda _, c: around("same", c.x.shape[1:3], c.window, c.window)),
    ),
    avg_pool2d(
        "same-half-a-window",
        "POOL-7",
        "Same padding is half a window on every side, whatever the strides.",
        pads=_if_same(lambda _, c: tuple((f // 2, f // 2) for f in c.window)),
    ),
]
