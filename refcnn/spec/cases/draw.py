"""What all case makers share: choosing, and laying out windows that fit."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from refcnn.spec.offer import Features

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


def choose(pick: Pick, options: Sequence[T]) -> T:
    """One of the options; the first is the simplest."""
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


RARELY = 15  # of pick(0, 15): now and then one size is much larger than usual


def size_of(pick: Pick, most: int, rarely: int) -> int:
    """A size from 1 to `most`, now and then `rarely`."""
    usual = pick(1, most)
    return rarely if pick(0, RARELY) == RARELY else usual


def window_of(pick: Pick) -> tuple[int, int]:
    """A window of up to 4x4 cells, now and then up to 7 on one side."""
    height, width, rare = pick(1, 4), pick(1, 4), pick(0, RARELY)
    return height + 3 * (rare == RARELY), width + 3 * (rare == RARELY - 1)


Layout = tuple[tuple[int, int], dict[str, Any]]


def layout(
    pick: Pick, window: tuple[int, int], strides: str, padding: str, *, pool: bool
) -> Layout:
    """Draw (H, W) and the attributes strides and padding, such that windows fit.

    The padding of a pool is smaller than its window, so that no window is empty.
    """
    attributes: dict[str, Any] = {}
    if strides == "strides_int":
        attributes["strides"] = size_of(pick, 3, 5)
    elif strides == "strides_pair":
        attributes["strides"] = (size_of(pick, 3, 5), size_of(pick, 3, 5))
    largest = size_of(pick, 2, 4)
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
    return (pick(least[0], least[0] + more[0]), pick(least[1], least[1] + more[1])), attributes
