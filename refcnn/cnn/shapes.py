"""Output sizes and padding: how many windows fit, and where they lie.

Everything here is integer arithmetic on one axis at a time, named by the axis
("height" or "width") so that a refusal can say which one was wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from operator import index
from typing import Literal, SupportsIndex, cast

Pair = tuple[int, int]
Size = int | Sequence[int]
Padding = Literal["valid", "same"] | int | Sequence[Sequence[int]]

AXES = ("height", "width")


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the windows of a 2-D operator lie: zeros around, steps between, outputs."""

    window: Pair
    strides: Pair
    padding: tuple[Pair, Pair]
    output: Pair
    dilation: Pair = (1, 1)

    @property
    def reach(self) -> Pair:
        """Cells from the first tap of a window to its last, both included, by axis."""
        height, width = map(reach, self.window, self.dilation)
        return height, width

    def taps(self) -> Iterator[tuple[slice, slice]]:
        """Yield, for each tap of the window, row by row, where all windows have it.

        Rows and columns of the padded input, as slices.
        """
        (sh, sw), (dh, dw), (rows, columns) = self.strides, self.dilation, self.output
        for m, n in product(*map(range, self.window)):
            below, beside = m * dh + sh * (rows - 1) + 1, n * dw + sw * (columns - 1) + 1
            yield slice(m * dh, below, sh), slice(n * dw, beside, sw)


def output_size(size: int, window: int, before: int, after: int, stride: int) -> int:
    """Count the window positions on one axis: floor((H + P - F) / S) + 1.

    `before` and `after` are the padded cells on either side, so that P = 2P
    of the usual formula when both are equal (clauses CONV-10 and POOL-4).
    """
    return (size + before + after - window) // stride + 1


def reach(window: int, dilation: int) -> int:
    """Cells from the first tap to the last one, both included: (F - 1) D + 1."""
    return (window - 1) * dilation + 1


def same_padding(size: int, window: int, stride: int) -> Pair:
    """Cells (before, after) for which ceil(H / S) windows fit; the odd one goes after.

    The Keras and TensorFlow rule (clauses CONV-17 and POOL-7).
    """
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def as_int(name: str, value: object, *, least: int) -> int:
    """Return `value` as an int of at least `least`, or raise a ValueError that names it."""
    try:
        number = index(cast(SupportsIndex, value))
    except TypeError:
        number = least - 1
    if number >= least and not isinstance(value, bool):
        return number
    raise ValueError(f"{name} must be an integer of at least {least}, not {value!r}")


def as_pair(name: str, value: object, *, least: int) -> Pair:
    """Return an int or a pair of ints as (height, width)."""
    if not isinstance(value, Sequence):
        return (as_int(name, value, least=least),) * 2
    if len(value) != 2 or isinstance(value, str):
        raise ValueError(f"{name} must be an integer or a (height, width) pair, not {value!r}")
    height, width = (as_int(f"{name} {axis}", v, least=least) for axis, v in zip(AXES, value))
    return height, width


def as_padding(padding: object, sizes: Pair, window: Pair, strides: Pair) -> tuple[Pair, Pair]:
    """Return any padding form of the signatures as ((top, bottom), (left, right))."""
    if padding == "same":
        height, width = (same_padding(*axis) for axis in zip(sizes, window, strides))
        return height, width
    if padding == "valid":
        padding = 0
    if isinstance(padding, Sequence) and not isinstance(padding, str):
        sides = ("top and bottom", "left and right")
        if len(padding) == 2 and all(isinstance(p, Sequence) and len(p) == 2 for p in padding):
            rows, columns = (
                as_pair(f"padding {side}", p, least=0) for side, p in zip(sides, padding)
            )
            return rows, columns
    elif not isinstance(padding, str):
        both = (as_int("padding", padding, least=0),) * 2
        return both, both
    raise ValueError(
        'padding must be "valid", "same", an integer or ((top, bottom), (left, right)), '
        f"not {padding!r}"
    )


def geometry(
    what: str,
    sizes: Pair,
    window: Pair,
    strides: object = 1,
    padding: object = "valid",
    *,
    dilation: object = 1,
) -> Geometry:
    """Lay out the windows of `what` ("kernel" or "pool") on an input of (H, W) = `sizes`.

    Raises ValueError where the formulas give no output: an empty axis, a stride or a
    dilation below 1, negative padding, or a window that reaches beyond the padded input.
    """
    steps = as_pair("strides", strides, least=1)
    spread = as_pair("dilation", dilation, least=1)
    for axis, size in zip(AXES, sizes):
        as_int(f"input {axis}", size, least=1)
    spans = cast(Pair, tuple(map(reach, window, spread)))
    pads = as_padding(padding, sizes, spans, steps)
    for axis, size, cells, pad, apart in zip(AXES, sizes, spans, pads, spread):
        if cells > (padded := size + sum(pad)):
            told = f"{cells} (dilation {apart})" if apart > 1 else cells
            raise ValueError(f"{what} {axis} {told} exceeds the padded input {axis} {padded}")
    outputs = (
        output_size(size, cells, *pad, step)
        for size, cells, pad, step in zip(sizes, spans, pads, steps)
    )
    return Geometry(window, steps, pads, cast(Pair, tuple(outputs)), spread)
