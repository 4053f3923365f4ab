"""Mistakes in the gradients of pools: those of either kind, and of both."""

from collections.abc import Callable
from functools import partial

import numpy as np

from refcnn.suite.mutants.common import edges, through
from refcnn.suite.mutants.gradients import (
    accumulated,
    an_earlier,
    as_far_as_covered,
    averaged,
    clipped,
    cut_off,
    dy_fitted,
    edge_repeated,
    is_last,
    landing_at,
    overwritten,
)
from refcnn.suite.mutants.mutant import Mutant, mutant, of
from refcnn.suite.steps import Call, Hook, added_up
from refcnn.suite.tensors import Array

MAX, AVG = "max_pool2d_backward", "avg_pool2d_backward"
of_max, of_avg = of(MAX), of(AVG)


def _flat(c: Call) -> Array:
    """The cells of each window in a row."""
    return np.asarray(c.patches.reshape(*c.patches.shape[:4], c.window[0] * c.window[1]))


def _in_columns(c: Call) -> Array:
    """The same, column by column."""
    return np.asarray(c.patches.swapaxes(-2, -1).reshape(_flat(c).shape))


def _share_among(getting: Callable[[Array, Call], Array]) -> Hook:
    """A hook on the shares: every cell that gets something gets it in full."""
    return lambda s, c: getting(s, c).astype(s.dtype)


def _tied(_: Array, c: Call) -> Array:
    """All cells of a window that are as large as its largest."""
    return np.asarray((c.patches == c.patches.max(axis=(-2, -1), keepdims=True)) & (c.real > 0))


def _split(s: Array, c: Call) -> Array:
    tied = _tied(s, c)
    return np.asarray(tied / np.maximum(1, tied.sum(axis=(-2, -1), keepdims=True))).astype(s.dtype)


def _last_of_tied(_: Array, c: Call) -> Array:
    flat = _flat(c)
    return np.asarray(flat.shape[-1] - 1 - flat[..., ::-1].argmax(axis=-1))


def _by_columns(_: Array, c: Call) -> Array:
    """The place of the largest, if cells were counted column by column."""
    flat = _in_columns(c)
    return np.asarray(flat.argmax(axis=-1))


def _zeros_win(_: Array, c: Call) -> Array:
    """The place of the largest, where padding counts as 0."""
    cells = np.where(c.real > 0, c.patches, 0)
    return np.asarray(cells.reshape(_flat(c).shape).argmax(axis=-1))


def _whole_window(s: Array, c: Call) -> Array:
    """Shares of a mean that counts padding."""
    cells = s.dtype.type(c.window[0] * c.window[1])
    return np.broadcast_to(c.real / cells, s.shape)


def _chosen_overwritten(_: Array, c: Call) -> Array:
    """The last window that chooses a cell alone counts."""
    total, (sh, sw), (fh, fw) = np.zeros_like(c.padded), c.strides, c.window
    for i, j in np.ndindex(*c.parts.shape[1:3]):
        under = total[:, i * sh : i * sh + fh, j * sw : j * sw + fw]
        told, chosen = (t[:, i, j].transpose(0, 2, 3, 1) for t in (c.parts, c.shares))
        under[...] = np.where(chosen > 0, told, under)
    return np.asarray(total)


def _first_cell(s: Array, _: Call) -> Array:
    """All of it to the first cell of each window."""
    found = np.zeros_like(s)
    found[..., 0, 0] = 1
    return found


def _with_values(s: Array, c: Call) -> Array:
    """Shares times the numbers of x."""
    return np.where(s > 0, c.patches, 0).astype(s.dtype)


def _first_by_columns(s: Array, c: Call) -> Array:
    flat, turned = _in_columns(c), c.patches.swapaxes(-2, -1)
    first = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., np.newaxis]
    return np.asarray(first.reshape(turned.shape).swapaxes(-2, -1).astype(s.dtype))


OF_MAX = [
    of_max(
        "smallest-gets-all",
        "DPOOL-1",
        "The smallest cell of a window gets the gradient, where the largest should.",
        largest=lambda _, c: np.where(np.isinf(_flat(c)), np.inf, _flat(c)).argmin(axis=-1),
    ),
    of_max(
        "first-cell-gets-all",
        "DPOOL-1",
        "The first cell of each window gets the gradient, whatever it holds.",
        shares=_first_cell,
    ),
    of_max(
        "shared-like-a-mean",
        "DPOOL-1",
        "All cells of a window get the same share: the gradient of average pooling.",
        shares=lambda s, c: np.broadcast_to(
            (c.real / c.real.sum(axis=(-2, -1), keepdims=True)).astype(s.dtype), s.shape
        ),
    ),
    of_max(
        "all-cells-get-all",
        "DPOOL-1",
        "All cells of a window get the whole gradient: it is only enlarged.",
        shares=_share_among(lambda s, c: np.broadcast_to(c.real > 0, s.shape)),
    ),
    of_max(
        "times-the-largest",
        "DPOOL-1",
        "The gradient is multiplied by the largest number of the window.",
        shares=_with_values,
    ),
    of_max(
        "place-counted-by-columns",
        "DPOOL-1",
        "The place of the largest cell is counted column by column and read row by row.",
        largest=_by_columns,
    ),
    of_max(
        "divided-by-the-cells",
        "DPOOL-11",
        "The gradient of a window is divided by the number of its cells.",
        parts=lambda p, c: p / p.dtype.type(max(1, c.window[0] * c.window[1])),
    ),
    of_max(
        "negative-windows-get-nothing",
        "DPOOL-1",
        "A window whose largest number is negative gets nothing: it is compared with 0.",
        shares=lambda s, c: np.where(c.patches.max(axis=(-2, -1), keepdims=True) > 0, s, 0),
    ),
    of_max(
        "place-of-the-first-channel",
        "DPOOL-3",
        "In all channels the cell gets the gradient that is the largest in the first one.",
        largest=lambda at, _: np.broadcast_to(at[..., :1], at.shape),
    ),
    of_max(
        "place-of-the-first-example",
        "ANY-1",
        "In all examples the cell gets the gradient that is the largest in the first one.",
        largest=lambda at, _: np.broadcast_to(at[:1], at.shape),
    ),
    of_max(
        "largest-cells-overwritten",
        "DPOOL-4",
        "A cell that is the largest of several windows keeps what the last of them says: `=` in "
        "place of `+=`.",
        onto=_chosen_overwritten,
    ),
    of_max(
        "padding-wins-as-zero",
        "DPOOL-6",
        "Padding is taken as 0 and wins among negative numbers: the gradient is lost.",
        largest=_zeros_win,
    ),
    of_max(
        "tied-cells-get-all",
        "DPOOL-7",
        "All cells that are as large as the largest get the whole gradient.",
        shares=_share_among(_tied),
    ),
    of_max(
        "tied-cells-share",
        "DPOOL-7",
        "Cells that are as large as the largest share the gradient.",
        shares=_split,
    ),
    of_max(
        "last-of-tied-cells",
        "DPOOL-7",
        "Of cells that are as large as the largest the last gets the gradient, not the first.",
        largest=_last_of_tied,
    ),
    of_max(
        "first-of-tied-by-columns",
        "DPOOL-7",
        "Of cells that are as large as the largest the first column by column gets the gradient.",
        shares=_first_by_columns,
    ),
    of_max(
        "mask-of-an-earlier-x",
        "DPOOL-13",
        "The largest cells are those of the first call of that shape: a cache that is not renewed.",
        patches=an_earlier,
    ),
]


OF_AVG = [
    of_avg(
        "not-divided",
        "DPOOL-2",
        "Every cell of a window gets the whole gradient: it is not divided.",
        shares=_share_among(lambda s, c: np.broadcast_to(c.real > 0, s.shape)),
    ),
    of_avg(
        "divided-by-the-height",
        "DPOOL-2",
        "The gradient is divided by the height of the window alone.",
        shares=lambda s, c: s * c.counts / c.window[0],
    ),
    of_avg(
        "divided-twice",
        "DPOOL-11",
        "The gradient is divided by the number of cells twice.",
        shares=lambda s, c: s / c.counts,
    ),
    of_avg(
        "divided-by-the-whole-map",
        "DPOOL-2",
        "The gradient is divided by the number of cells of the whole map.",
        shares=lambda s, c: s * c.counts / max(1, c.x.shape[1] * c.x.shape[2]),
    ),
    of_avg(
        "first-cell-gets-all",
        "DPOOL-2",
        "The first cell of each window gets the whole gradient.",
        shares=_first_cell,
    ),
    of_avg(
        "largest-gets-all",
        "DPOOL-2",
        "The largest cell of each window gets the whole gradient: that of max pooling.",
        shares=_share_among(_tied),
    ),
    of_avg(
        "weighted-by-x",
        "DPOOL-2",
        "The shares are multiplied by the numbers of x.",
        shares=lambda s, c: s * c.patches,
    ),
    of_avg(
        "padding-counted",
        "DPOOL-6",
        "The gradient is divided by all cells of the window, those of the padding included.",
        shares=_whole_window,
    ),
]


def _of_both(operator: str) -> list[Mutant]:
    """Mistakes that can be made with either kind of pool."""
    make = partial(mutant, operator)
    return [
        make(
            "channels-added-up",
            "DPOOL-3",
            "The gradients of all channels are added up: all get the same.",
            by_x=lambda g, _: np.broadcast_to(g.sum(axis=3, keepdims=True), g.shape).copy(),
        ),
        make(
            "first-channel-for-all",
            "DPOOL-3",
            "All channels get the gradient of the first one.",
            by_x=lambda g, _: np.repeat(g[..., :1], g.shape[3], axis=3),
        ),
        make(
            "upside-down",
            "DPOOL-3",
            "The rows of dX come in reverse.",
            by_x=lambda g, _: g[:, ::-1],
        ),
        make(
            "transposed-when-square",
            "DPOOL-3",
            "Height and width of a square dX are swapped.",
            by_x=lambda g, _: g.swapaxes(1, 2) if g.shape[1] == g.shape[2] else g,
        ),
        make(
            "last-row-of-windows-left-out",
            "DPOOL-3",
            "The loop over the rows of dY ends one too early.",
            parts=lambda p, _: np.where(is_last(p, 1), 0, p),
        ),
        make(
            "last-column-of-windows-left-out",
            "DPOOL-3",
            "The loop over the columns of dY ends one too early.",
            parts=lambda p, _: np.where(is_last(p, 2), 0, p),
        ),
        make(
            "negative",
            "DPOOL-3",
            "The gradient has the wrong sign.",
            dx=lambda g, _: -g,
        ),
        make(
            "divided-by-the-batch",
            "ANY-1",
            "The gradient is divided by the number of examples.",
            by_x=lambda g, _: g / max(1, len(g)),
        ),
        make(
            "windows-overwrite-one-another",
            "DPOOL-4",
            "Where windows overlap only the last one counts: `=` in place of `+=`.",
            onto=overwritten,
        ),
        make(
            "averaged-over-windows",
            "DPOOL-4",
            "The gradient of a cell is averaged over the windows that cover it, not added up.",
            onto=averaged,
        ),
        make(
            "landing-side-by-side",
            "DPOOL-4",
            "What windows say lands as if they lay side by side, whatever the strides.",
            onto=lambda _, c: added_up(c, c.parts, c.window),
        ),
        make(
            "landing-at-stride-one",
            "DPOOL-5",
            "What windows say lands as if strides were 1.",
            onto=landing_at(lambda _: (1, 1)),
        ),
        make(
            "strides-swapped",
            "DPOOL-5",
            "The strides of height and width are swapped.",
            onto=landing_at(lambda s: s[::-1]),
        ),
        make(
            "only-as-far-as-windows-reach",
            "DPOOL-5",
            "dX ends with the last window: it is smaller than x where cells are left over.",
            by_x=as_far_as_covered,
        ),
        make(
            "left-over-cells-get-the-edge",
            "DPOOL-5",
            "Cells beyond the last window get the gradient of the last cells that are covered.",
            by_x=edge_repeated,
        ),
        make(
            "padding-not-cut-off",
            "DPOOL-6",
            "dX is the gradient by the padded input: its padding is not cut off.",
            by_x=lambda _, c: c.onto,
        ),
        make(
            "padding-cut-off-below",
            "DPOOL-6",
            "All padding is cut off below and to the right: dX is moved.",
            by_x=cut_off(lambda _: (0, 0)),
        ),
        make(
            "padding-ends-swapped",
            "DPOOL-6",
            "The padding before and after is swapped when it is cut off.",
            by_x=cut_off(lambda pads: (pads[0][1], pads[1][1])),
        ),
        make(
            "dy-taken-as-ones",
            "DPOOL-10",
            "dY is not looked at: the gradient is that of the sum of all answers.",
            dy=lambda dy, _: np.ones_like(dy),
        ),
        make(
            "dy-clipped",
            "DPOOL-10",
            "dY is clipped to the range from -1 to 1 on its way in.",
            dy=clipped(1),
        ),
        make(
            "signs-of-dy",
            "DPOOL-10",
            "Only the sign of dY counts.",
            dy=lambda dy, _: np.sign(dy),
        ),
        make(
            "rounded-to-float16",
            "DPOOL-9",
            "The gradient is rounded to float16, though its dtype is right.",
            by_x=through(np.float16),
        ),
        make(
            "float32-inside-float64",
            "DPOOL-9",
            "The gradient passes through float32, even where the data are float64.",
            by_x=through(np.float32),
        ),
        make(
            "off-by-a-millionth",
            "DPOOL-9",
            "Every gradient is larger by a millionth.",
            dx=lambda g, _: g * 1.000001,
        ),
        make(
            "piles-up",
            "DPOOL-13",
            "The gradient is added to that of the calls before.",
            dx=accumulated("dx"),
        ),
        make(
            "dy-cut-to-fit",
            "DPOOL-12",
            "A dY of another shape is cut or repeated until it fits.",
            dy=dy_fitted(lambda c: c.patches.shape[:4]),
        ),
        *edges(operator),
    ]


MUTANTS = [*OF_MAX, *_of_both(MAX), *OF_AVG, *_of_both(AVG)]
