"""Alternatives: right implementations of every operator by other routes than the reference.

All of them must conform. What fails one of them is a false alarm of the suite. A route is
given arguments that have been checked and laid out; what it shares
with the others ends there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from refcnn.cnn.shapes import Geometry, as_pair, geometry
from refcnn.suite.registry import parts
from refcnn.suite.tensors import Array

Operator = Callable[..., Any]  # of several outputs, if it has them
Route = TypeVar("Route", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """A right implementation of one operator."""

    operator: str
    name: str  # unique within the operator: "im2col"
    sentence: str  # how it goes about it: "All windows are the rows of one matrix."
    function: Operator
    algorithm: str = "direct"  # or "fast": transforms, judged by the bound of that class

    @property
    def id(self) -> str:
        """Operator and name: "conv2d/im2col"."""
        return f"{self.operator}/{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Windowed:
    """What a convolution or a pool is asked, legal for certain."""

    x: Array
    kernel: Array  # of a pool: empty
    place: Geometry

    def padded(self, fill: float = 0) -> Array:
        """The input with its border."""
        width = ((0, 0), *self.place.padding, (0, 0))
        return np.pad(self.x, width, constant_values=fill)

    def shifted(self, m: int, n: int, fill: float = 0) -> Array:
        """For every output, the input cells under tap (m, n) of its window: (N, H', W', C)."""
        (height, width), (down, along) = self.place.output, self.place.strides
        row, column = m * self.place.dilation[0], n * self.place.dilation[1]
        rows = slice(row, row + down * (height - 1) + 1, down)
        columns = slice(column, column + along * (width - 1) + 1, along)
        return self.padded(fill)[:, rows, columns]

    def taps(self) -> list[tuple[int, int]]:
        """All (m, n) of the window, row by row."""
        return list(np.ndindex(*self.place.window))

    def outputs(self) -> list[tuple[int, int, int, int]]:
        """(i, j, row, column): every output, and where its window begins in the padded input."""
        down, along = self.place.strides
        return [(i, j, i * down, j * along) for i, j in np.ndindex(*self.place.output)]

    def under(self, i: int, j: int) -> tuple[slice, slice]:
        """The rows and columns of the input itself under window (i, j)."""
        (top, _), (left, _) = self.place.padding
        (height, width), (down, along) = self.place.window, self.place.strides
        row, column = i * down - top, j * along - left
        return slice(max(row, 0), row + height), slice(max(column, 0), column + width)

    def counts(self) -> Array:
        """Cells of the input itself under each window: (H', W', 1), in the dtype of x."""
        found = np.zeros((*self.place.output, 1), self.x.dtype)
        for i, j in np.ndindex(*self.place.output):
            rows, columns = self.under(i, j)
            found[i, j] = np.prod(self.x[:, rows, columns].shape[1:3])
        return found

    def without_border(self, padded: Array) -> Array:
        """What stands where the input itself lies in an array with its border."""
        (top, _), (left, _) = self.place.padding
        height, width = self.x.shape[1:3]
        return padded[:, top : top + height, left : left + width]

    def empty(self, depth: int) -> Array:
        """Zeros in the shape of the answer."""
        return np.zeros((len(self.x), *self.place.output, depth), self.x.dtype)


def floats(name: str, value: Any, axes: int, dtype: Any = None) -> Array:
    """A float array with so many axes (0: any number), of `dtype` if there is one."""
    array = np.asarray(value)
    if array.dtype not in (np.float32, np.float64) or array.dtype != (dtype or array.dtype):
        raise ValueError(f"{name} is {array.dtype}")
    if axes and array.ndim != axes:
        raise ValueError(f"{name} has {array.ndim} axes, not {axes}")
    return array


def weights_of(x: Any, kernel: Any, bias: Any, axes: int) -> tuple[Array, Array, Array | None]:
    """x, kernel and bias, whose lengths fit together."""
    x = floats("x", x, axes)
    kernel = floats("kernel", kernel, axes, x.dtype)
    if kernel.shape[-2] != x.shape[-1]:
        raise ValueError(f"the kernel takes {kernel.shape[-2]} where x has {x.shape[-1]}")
    if bias is not None:
        bias = floats("bias", bias, 1, x.dtype)
        if bias.shape != kernel.shape[-1:]:
            raise ValueError(f"{len(bias)} biases for {kernel.shape[-1]} outputs")
    return x, kernel, bias


def pooled(x: Any, pool_size: Any, strides: Any, padding: Any) -> Windowed:
    """What a pool is asked: steps of one window unless told, none wholly in the padding."""
    x, window = floats("x", x, 4), as_pair("pool_size", pool_size, least=1)
    steps = window if strides is None else strides
    place = geometry("pool", x.shape[1:3], window, steps, padding)
    if any(max(pad) >= cells for cells, pad in zip(window, place.padding)):
        raise ValueError(f"a window of {window} may lie wholly in the padding {place.padding}")
    return Windowed(x, np.zeros(0, x.dtype), place)


def catalogue(
    operator: str, checked: Callable[[Route], Operator], found: list[Alternative]
) -> Callable[..., Callable[[Route], Route]]:
    """A decorator (name, algorithm) that enters the routes of `operator` in `found`.

    The first line of a route's docstring is its sentence.
    """

    def named(name: str, algorithm: str = "direct") -> Callable[[Route], Route]:
        def enter(route: Route) -> Route:
            sentence = (route.__doc__ or "").partition("\n")[0]
            # Among the questions are infinities, of which NumPy warns, or with -W error raises.
            function = np.errstate(all="ignore")(checked(route))
            function.__name__ = operator
            found.append(Alternative(operator, name, sentence, function, algorithm))
            return route

        return enter

    return named


@cache
def alternatives() -> tuple[Alternative, ...]:
    """All alternatives, operator by operator, in the order of the catalogue."""
    return tuple(chain(*parts("alternatives")))
