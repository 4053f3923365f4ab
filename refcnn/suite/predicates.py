"""Predicates of cases: the words in which limits, and where something is wrong, are told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from refcnn.cnn.shapes import Geometry
from refcnn.suite.case import Case
from refcnn.suite.roles import WINDOWED
from refcnn.suite.tensors import Array
from refcnn.suite.windows import lay_out

NOWHERE = Geometry((0, 0), (0, 0), ((0, 0), (0, 0)), (0, 0))  # operators without windows


@dataclass(frozen=True, slots=True)
class Facts:
    """A case and where its windows lie."""

    case: Case
    place: Geometry

    @property
    def x(self) -> Array:
        """The input."""
        return self.case.inputs["x"]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Height and width, if there are any."""
        return self.x.shape[1:3] if self.place is not NOWHERE and self.x.ndim == 4 else (0, 0)

    @property
    def padding(self) -> Any:
        """The padding as it was asked for."""
        return self.case.attributes.get("padding")

    @property
    def steps(self) -> list[tuple[int, int]]:
        """By axis: how far a window reaches, and the stride."""
        return list(zip(self.place.reach, self.place.strides))

    @property
    def padded(self) -> bool:
        """Whether any cell is padded."""
        return any(any(pad) for pad in self.place.padding)

    @property
    def lonely(self) -> bool:
        """Whether a window lies in padding alone."""
        axes = zip(self.sizes, self.place.padding, self.steps, self.place.output)
        return any(
            windows > 0 and (cells <= before or (windows - 1) * stride >= before + size)
            for size, (before, _), (cells, stride), windows in axes
        )

    @property
    def leftover(self) -> bool:
        """Whether windows leave cells over at the end of an axis."""
        spans = (n + sum(pad) for n, pad in zip(self.sizes, self.place.padding))
        return any(s and (n - f) % s for n, (f, s) in zip(spans, self.steps))


PREDICATES: dict[str, Callable[[Facts], Any]] = {
    "the dtype is float32": lambda f: f.case.dtype == "float32",
    "the dtype is float64": lambda f: f.case.dtype == "float64",
    "there is a bias": lambda f: "bias" in f.case.inputs,
    "there is no bias": lambda f: "kernel" in f.case.inputs and "bias" not in f.case.inputs,
    "strides are given": lambda f: f.case.attributes.get("strides") is not None,
    "a stride is above 1": lambda f: max(f.place.strides) > 1,
    "a stride is above 2": lambda f: max(f.place.strides) > 2,
    "the two strides differ": lambda f: f.place.strides[0] != f.place.strides[1],
    "windows overlap": lambda f: any(stride < cells for cells, stride in f.steps),
    "windows leave gaps": lambda f: any(stride > cells for cells, stride in f.steps),
    "the kernel is dilated": lambda f: f.place.dilation != (1, 1),
    "the two dilations differ": lambda f: f.place.dilation[0] != f.place.dilation[1],
    "there are several groups": lambda f: f.case.attributes.get("groups", 1) > 1,
    "there is padding": lambda f: f.place.padding != NOWHERE.padding,
    "there is no padding": lambda f: f.place.padding == NOWHERE.padding,
    "padding is not the same at both ends": lambda f: any(a != b for a, b in f.place.padding),
    "a window lies in padding alone": lambda f: f.lonely,
    "padding is above 1": lambda f: max(map(max, f.place.padding)) > 1,
    'padding is "same"': lambda f: f.padding == "same",
    'padding is "valid"': lambda f: f.padding == "valid",
    "padding is an integer": lambda f: isinstance(f.padding, int),
    "padding is given as pairs": lambda f: isinstance(f.padding, tuple),
    "strides is an integer": lambda f: isinstance(f.case.attributes.get("strides"), int),
    "strides is a pair": lambda f: isinstance(f.case.attributes.get("strides"), tuple),
    "pool_size is an integer": lambda f: isinstance(f.case.attributes.get("pool_size"), int),
    "pool_size is a pair": lambda f: isinstance(f.case.attributes.get("pool_size"), tuple),
    "the window is square": lambda f: f.sizes[0] and f.place.window[0] == f.place.window[1],
    "the window is not square": lambda f: f.place.window[0] != f.place.window[1],
    "a side of the window is even": lambda f: any(c and c % 2 == 0 for c in f.place.window),
    "both sides of the window are odd": lambda f: all(c % 2 for c in f.place.window),
    "the window has more than one cell": lambda f: max(f.place.window) > 1,
    "a side of the window is above 4": lambda f: max(f.place.window) > 4,
    "the input is not square": lambda f: f.sizes[0] != f.sizes[1],
    "the input is higher than wide": lambda f: f.sizes[0] > f.sizes[1],
    "the input is wider than high": lambda f: f.sizes[0] < f.sizes[1],
    "a side of the input is above 12": lambda f: max(f.sizes) > 12,
    "the stride does not divide the sizes": lambda f: f.leftover,
    "there is more than one example": lambda f: f.x.shape[:1] > (1,),
    "the batch is empty": lambda f: f.x.shape[:1] == (0,),
    "there is more than one channel": lambda f: f.x.ndim == 4 and f.x.shape[3] > 1,
    "there are more than two channels": lambda f: f.x.ndim == 4 and f.x.shape[3] > 2,
    "there is more than one filter": lambda f: (
        "kernel" in f.case.inputs and f.case.inputs["kernel"].shape[-1] > 1
    ),
    "there are more than two axes": lambda f: f.x.ndim > 2,
    "the last axis has more than six numbers": lambda f: f.x.shape[-1:] > (6,),
    "the last axis has one number": lambda f: f.x.shape[-1:] == (1,),
    "an input is negative": lambda f: (f.x < 0).any(),
    "all inputs are negative": lambda f: f.x.size and (f.x < 0).all(),
    "an input is 0": lambda f: (f.x == 0).any(),
    "an input is NaN": lambda f: np.isnan(f.x).any(),
    "an input is not finite": lambda f: not np.isfinite(f.x).all(),
    "an input is no whole number": lambda f: not np.array_equal(f.x, np.round(f.x)),
    "an input is above 100": lambda f: (np.abs(f.x) > 100).any(),
    "an input is closer to 0 than 1/1000": lambda f: ((np.abs(f.x) < 1e-3) & (f.x != 0)).any(),
    "the input does not lie in C order": lambda f: f.case.memory in ("fortran", "strided"),
    "the input may not be written to": lambda f: f.case.memory == "read-only",
}

TOLD_ALONE = (  # in which something is told, and by which no case is drawn
    "strides is an integer",
    "strides is a pair",
    "pool_size is an integer",
    "pool_size is a pair",
    "an input is 0",
)
BEYOND = ("the kernel is dilated", "the two dilations differ", "there are several groups")


def facts(case: Case) -> Facts:
    """A case with where its windows lie: nowhere, if it has none or is illegal."""
    if case.operator not in WINDOWED:
        return Facts(case, NOWHERE)
    try:
        return Facts(case, lay_out(case))
    except (ValueError, TypeError):
        return Facts(case, NOWHERE)


def true_of(about: Case | Facts) -> frozenset[str]:
    """The predicates that hold of a case."""
    found = about if isinstance(about, Facts) else facts(about)
    with np.errstate(invalid="ignore"):
        return frozenset(name for name, tell in PREDICATES.items() if tell(found))
