"""What all case makers share: choosing, and laying out windows that fit."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from refcnn.cnn.shapes import as_pair
from refcnn.suite.capabilities import PADDINGS, STRIDES, Features
from refcnn.suite.case import Case
from refcnn.suite.limits import numbers_in

ANY_STRIDES = ("default", *STRIDES)
ANY_PADDING = ("default", *PADDINGS)
PADDED = ("padding_same", "padding_int", "padding_pairs")
STRIDED = ("strides_int", "strides_pair")
ONE_STEP: dict[str, Any] = {"strides": ("default",), "padding": ("default",)}
OTHER_LENGTHS = [(3, 2), (3, 4), (3, 1), (1, 3)]  # outputs, and numbers in the bias

T = TypeVar("T")
Pick = Callable[[int, int], int]


class Choices:
    """A source of integers that follows a list, then takes the lowest; and remembers."""

    def __init__(self, planned: Sequence[int]) -> None:
        """Follow `planned`, each number taken into the range that is asked for."""
        self.planned, self.made = planned, list[tuple[int, int]]()  # made: (low, value)

    def __call__(self, low: int, high: int) -> int:
        """The next integer from low to high."""
        place = len(self.made)
        value = low
        if place < len(self.planned):
            value += (self.planned[place] - low) % (high - low + 1)
        self.made.append((low, value))
        return value


class NothingOfferedError(LookupError):
    """Of what a case must have, nothing is offered."""


def choose(pick: Pick, options: Sequence[T]) -> T:
    """One of the options; the first is the simplest. Raises NothingOfferedError without any."""
    if not options:
        raise NothingOfferedError
    return options[pick(0, len(options) - 1)]


def seed(pick: Pick) -> int:
    """A seed for data."""
    return pick(0, 2**32 - 1)


def dtype_of(pick: Pick, features: Features) -> str:
    """One of the dtypes that are offered."""
    return choose(pick, [d for d in ("float32", "float64") if d in features])


def form_of(pick: Pick, forms: Sequence[str], features: Features) -> str:
    """One of those forms of an argument that are offered; "default" leaves it out."""
    return choose(pick, [f for f in forms if f == "default" or f in features] or ["default"])


def with_bias(pick: Pick, features: Features, *, wanted: bool | None) -> bool:
    """Whether to give a bias: as wanted, else as offered."""
    options = [form == "bias" for form in ("no_bias", "bias") if form in features]
    return choose(pick, options) if wanted is None or wanted not in options else wanted


def value_of(family: str, drawn: int, features: Features) -> int:
    """The size that was drawn, or one that the limits to some values of it leave."""
    allowed = numbers_in(features, family)
    return drawn if drawn in allowed or not allowed else allowed[drawn % len(allowed)]


RARELY = 15  # of pick(0, 15): now and then one size is much larger than usual


def size_of(pick: Pick, most: int, rarely: int) -> int:
    """A size from 1 to `most`, now and then `rarely`."""
    usual = pick(1, most)
    return rarely if pick(0, RARELY) == RARELY else usual


def window_of(pick: Pick, features: Features) -> tuple[int, int]:
    """A window of up to 4x4 cells, now and then up to 7 on one side."""
    height, width, rare = pick(1, 4), pick(1, 4), pick(0, RARELY)
    drawn = height + 3 * (rare == RARELY), width + 3 * (rare == RARELY - 1)
    return limited(drawn, features)


def limited(window: tuple[int, int], features: Features) -> tuple[int, int]:
    """The window, or one like it that lies within the limits."""
    height, width = window
    if features & {"odd_kernels", "odd_windows"}:
        height, width = height | 1, width | 1
    for family in ("kernel_sizes", "pool_sizes"):
        height, width = (value_of(family, side, features) for side in (height, width))
    return (height, height) if features & {"square_kernels", "square_windows"} else (height, width)


def wrong_forms(features: Features, single: list[Any], name: str, paired: list[Any]) -> list[Any]:
    """The wrong values of an argument, in the forms of it that are offered."""
    plural = "padding_pairs" if name == "padding" else f"{name}_pair"
    return [
        *(single if f"{name}_int" in features else []),
        *(paired if plural in features else []),
    ]


def with_room(case: Case) -> Case:
    """The case with two more cells on each side, so that only the padding is wrong."""
    return case.given(x=np.pad(case.inputs["x"], ((0, 0), (2, 2), (2, 2), (0, 0))))


Layout = tuple[tuple[int, int], dict[str, Any]]


def layout(
    pick: Pick,
    window: tuple[int, int],
    strides: str,
    padding: str,
    features: Features,
    *,
    pool: bool,
) -> Layout:
    """Draw (H, W) and the attributes strides and padding, such that windows fit.

    The padding of a pool is smaller than its window, so that no window is empty.
    """
    attributes: dict[str, Any] = {}
    if strides == "strides_int":
        attributes["strides"] = size_of(pick, 3, 5)
    elif strides == "strides_pair":
        attributes["strides"] = (size_of(pick, 3, 5), size_of(pick, 3, 5))
    if "strides" in attributes:
        attributes["strides"] = _limited_strides(attributes["strides"], window, features)
    largest = 0 * size_of(pick, 2, 4) if "no_padding" in features else size_of(pick, 2, 4)
    most = [min(largest, cells - 1) if pool else largest for cells in window]
    pads = ((0, 0), (0, 0))
    if padding == "padding_int":
        both = pick(0, min(most))
        attributes["padding"], pads = both, ((both, both), (both, both))
    elif padding == "padding_pairs":
        pads = (pick(0, most[0]), pick(0, most[0])), (pick(0, most[1]), pick(0, most[1]))
        attributes["padding"] = pads
    elif padding != "default":
        attributes["padding"] = padding.removeprefix("padding_")
    same = padding == "padding_same"
    least = [1 if same else max(1, cells - sum(pad)) for cells, pad in zip(window, pads)]
    rare = pick(0, RARELY)
    more = 4 + 16 * (rare == RARELY), 4 + 16 * (rare == RARELY - 1)
    height, width = (pick(low, low + further) for low, further in zip(least, more))
    steps = as_pair("strides", attributes.get("strides", window if pool else 1), least=1)
    sizes = _limited_sizes((height, width), window, steps, pads, features)
    return sizes, attributes


def _limited_strides(
    strides: int | tuple[int, int], window: tuple[int, int], features: Features
) -> int | tuple[int, int]:
    """The strides, or others in the same form that lie within the limits."""
    down, right = strides if isinstance(strides, tuple) else (strides, strides)
    down, right = (value_of("strides", stride, features) for stride in (down, right))
    if "stride_is_pool_size" in features:
        down, right = window
    if "equal_strides" in features:
        right = down
    return (down, right) if isinstance(strides, tuple) else down


def _limited_sizes(
    sizes: tuple[int, int],
    window: tuple[int, int],
    steps: tuple[int, int],
    pads: tuple[tuple[int, int], tuple[int, int]],
    features: Features,
) -> tuple[int, int]:
    """The sizes of an image, or larger ones that lie within the limits."""
    height, width = sizes
    if "square_images" in features:
        height = width = max(sizes)
    if "sizes_that_fit" in features:
        spans = (n + sum(pad) - f for n, pad, f in zip((height, width), pads, window))
        over = [-span % step for span, step in zip(spans, steps)]
        height, width = height + over[0], width + over[1]
    return height, width
