"""A variant: an operator computed by another route, and the arguments that all routes share.

A route is given arguments that have been checked and laid out; what it shares
with the others ends there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from refcnn.cnn.shapes import Geometry, as_pair, geometry
from refcnn.suite.tensors import Array

Operator = Callable[..., Array]
Route = TypeVar("Route", bound=Callable[..., Array])


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
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
        rows = slice(m, m + down * (height - 1) + 1, down)
        columns = slice(n, n + along * (width - 1) + 1, along)
        return self.padded(fill)[:, rows, columns]

    def taps(self) -> list[tuple[int, int]]:
        """All (m, n) of the window, row by row."""
        return list(np.ndindex(*self.place.window))

    def outputs(self) -> list[tuple[int, int, int, int]]:
        """(i, j, row, column): every output, and where its window begins in the padded input."""
        down, along = self.place.strides
        return [(i, j, i * down, j * along) for i, j in np.ndindex(*self.place.output)]

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


def _weights(x: Any, kernel: Any, bias: Any, axes: int) -> tuple[Array, Array, Array | None]:
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


def conv2d(route: Callable[[Windowed, Array | None], Array]) -> Operator:
    """The operator of a route that is given what is asked and the bias or None."""

    def function(
        x: Any, kernel: Any, bias: Any = None, *, strides: Any = 1, padding: Any = "valid"
    ) -> Array:
        x, kernel, bias = _weights(x, kernel, bias, 4)
        window = as_pair("kernel size", kernel.shape[:2], least=1)
        place = geometry("kernel", x.shape[1:3], window, strides, padding)
        return route(Windowed(x, kernel, place), bias)

    return function


def convolution(route: Callable[[Windowed], Array]) -> Operator:
    """The operator of a route that leaves the bias to be added last."""

    def biased(asked: Windowed, bias: Array | None) -> Array:
        y = route(asked)
        return y if bias is None else np.asarray(y + bias)

    return conv2d(biased)


def pool(route: Callable[[Windowed], Array]) -> Operator:
    """The operator of a route through a pool."""

    def function(x: Any, pool_size: Any, *, strides: Any = None, padding: Any = "valid") -> Array:
        x, window = floats("x", x, 4), as_pair("pool_size", pool_size, least=1)
        steps = window if strides is None else strides
        place = geometry("pool", x.shape[1:3], window, steps, padding)
        if any(max(pad) >= cells for cells, pad in zip(window, place.padding)):
            raise ValueError(f"a window of {window} may lie wholly in the padding {place.padding}")
        return route(Windowed(x, np.zeros(0, x.dtype), place))

    return function


def dense(route: Callable[[Array, Array], Array]) -> Operator:
    """The operator of a route through a matrix product."""

    def function(x: Any, kernel: Any, bias: Any = None) -> Array:
        x, kernel, bias = _weights(x, kernel, bias, 2)
        y = route(x, kernel)
        return y if bias is None else np.asarray(y + bias)

    return function


def flatten(route: Callable[[Array], Array]) -> Operator:
    """The operator of a route that lays examples out."""

    def function(x: Any) -> Array:
        x = floats("x", x, 0)
        if x.ndim < 2:
            raise ValueError(f"x has {x.ndim} axes; one for the batch and another are needed")
        return route(x)

    return function


def cells(route: Callable[[Array], Array]) -> Operator:
    """The operator of a route from cell to cell."""
    return lambda x: route(floats("x", x, 0))


def rows(route: Callable[[Array], Array]) -> Operator:
    """The operator of a route along the last axis, which is not empty."""

    def function(x: Any) -> Array:
        x = floats("x", x, 0)
        if not x.shape or not x.shape[-1]:
            raise ValueError(f"x of shape {x.shape} has no classes")
        return route(x)

    return function


def catalogue(
    operator: str, checked: Callable[[Route], Operator], found: list[Variant]
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
            found.append(Variant(operator, name, sentence, function, algorithm))
            return route

        return enter

    return named
