"""The layers of a sequential CNN, with Keras' names, arguments and defaults.

A layer holds its weights as [kernel, bias] and maps a batch to a batch by the
operators of `ops`, and gradients back by those of `gradients`. It is built for one input
shape (without the batch axis).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar

import numpy as np

from refcnn.cnn import gradients, ops
from refcnn.cnn.ops import Array
from refcnn.cnn.shapes import Padding, Size, as_int, as_pair

Shape = tuple[int, ...]

ACTIVATIONS: dict[str | None, Callable[[Array], Array]] = {
    None: lambda x: x,
    "linear": lambda x: x,
    "relu": ops.relu,
    "softmax": ops.softmax,
}
BACKWARD: dict[str | None, Callable[[Array, Array], Array]] = {
    None: lambda dy, _: dy,
    "linear": lambda dy, _: dy,
    "relu": gradients.relu_backward,
    "softmax": gradients.softmax_backward,
}


@dataclass(eq=False)
class Layer:
    """What all layers share: a name, shapes, weights, and how they are counted."""

    input_shape: Shape | None = field(default=None, kw_only=True)
    name: str = field(default="", kw_only=True)
    activation: str | None = field(default=None, init=False, repr=False)
    weights: list[Array] = field(default_factory=list, init=False, repr=False)
    output_shape: Shape = field(default=(), init=False, repr=False)

    def build(self, input_shape: Shape, weight: Callable[[Shape], Array], dtype: Any) -> None:
        """Ask for weights of all shapes, and fix the shapes of input and output.

        The output shape is that of an empty batch, so the operator itself
        refuses what does not fit. A layer belongs to one model only.
        """
        if self.output_shape:
            raise ValueError("it is part of a model already")
        self.input_shape = input_shape
        self.weights = [weight(s).astype(dtype) for s in self.weight_shapes(input_shape)]
        self.output_shape = self(np.zeros((0, *input_shape), dtype)).shape[1:]

    def weight_shapes(self, input_shape: Shape) -> list[Shape]:
        """Shapes of [kernel, bias]; none for a layer without learnable parameters."""
        return []

    def count_params(self) -> int:
        """Number of learnable parameters."""
        return sum(w.size for w in self.weights)

    def set_weights(self, weights: list[Array]) -> None:
        """Replace [kernel, bias]; raises ValueError unless number and shapes agree."""
        have = [w.shape for w in self.weights]
        given = [np.shape(w) for w in weights]
        if have != given:
            raise ValueError(f"layer {self.name!r} has weights of shapes {have}, not {given}")
        self.weights = [np.array(w, old.dtype) for w, old in zip(weights, self.weights)]

    def __call__(self, x: Array) -> Array:
        """Map (N, *input_shape) to (N, *output_shape)."""
        return self.activated(self.preactivation(x))

    def activated(self, z: Array) -> Array:
        """The activation of z, the preactivation."""
        return ACTIVATIONS[self.activation](z)

    def before_activation(self, dy: Array, z: Array) -> Array:
        """Map the gradient by the layer's answer to that by its preactivation z."""
        return BACKWARD[self.activation](dy, z)

    def preactivation(self, x: Array) -> Array:
        """What the activation is applied to: (N, *input_shape) to (N, *output_shape)."""
        raise NotImplementedError

    def backward(self, dy: Array, x: Array) -> tuple[Any, list[Array]]:
        """Map the gradient by the preactivation to those by x and by each of the weights.

        dy: (N, *output_shape); x: what the layer was given, (N, *input_shape).
        """
        raise NotImplementedError

    def by_weights(self, dy: Array, x: Array) -> list[Array]:
        """The gradients by the weights alone: all that is asked of a first layer."""
        return self.backward(dy, x)[1]


def initial(rng: np.random.Generator, shape: Shape) -> Array:
    """Zeros for a bias; for a kernel, uniform within sqrt(6 / (fan in + fan out)).

    Glorot's rule, the default of Keras.
    """
    limit = (6 / (prod(shape[:-2]) * sum(shape[-2:]))) ** 0.5 if len(shape) > 1 else 0
    return rng.uniform(-limit, limit, shape)


@dataclass(eq=False)
class _Weighted(Layer):
    activation: str | None = field(default=None, kw_only=True)
    use_bias: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            known = ", ".join(map(repr, ACTIVATIONS))
            raise ValueError(f"activation must be one of {known}, not {self.activation!r}")

    def _given(self, found: gradients.Weighted) -> tuple[Any, list[Array]]:
        """The gradients by x, and by those weights that there are."""
        dx, *others = found
        return dx, [one for one in others if one is not None]

    def _shapes(self, *kernel: int) -> list[Shape]:
        return [kernel, kernel[-1:]] if self.use_bias else [kernel]


@dataclass(eq=False)
class Conv2D(_Weighted):
    """Convolution with `filters` filters of `kernel_size`, plus bias and activation."""

    filters: int
    kernel_size: Size
    strides: Size = (1, 1)
    padding: Padding = "valid"
    dilation_rate: Size = field(default=(1, 1), kw_only=True)
    groups: int = field(default=1, kw_only=True)

    def weight_shapes(self, input_shape: Shape) -> list[Shape]:
        height, width = as_pair("kernel_size", self.kernel_size, least=1)
        depth, rest = divmod(input_shape[-1], as_int("groups", self.groups, least=1))
        if rest:
            raise ValueError(
                f"{input_shape[-1]} channels cannot be cut into {self.groups} groups of the "
                "same size"
            )
        return self._shapes(height, width, depth, as_int("filters", self.filters, least=1))

    @property
    def _place(self) -> dict[str, Any]:
        return {
            "strides": self.strides,
            "padding": self.padding,
            "dilation": self.dilation_rate,
            "groups": self.groups,
        }

    def preactivation(self, x: Array) -> Array:
        return ops.conv2d(x, *self.weights, **self._place)

    def backward(self, dy: Array, x: Array) -> tuple[Any, list[Array]]:
        return self._given(gradients.conv2d_backward(dy, x, *self.weights, **self._place))

    def by_weights(self, dy: Array, x: Array) -> list[Array]:
        found = gradients.conv2d_backward(dy, x, *self.weights, **self._place, of_x=False)
        return self._given(found)[1]


@dataclass(eq=False)
class Dense(_Weighted):
    """Every input connected to each of `units` outputs, plus bias and activation."""

    units: int

    def weight_shapes(self, input_shape: Shape) -> list[Shape]:
        return self._shapes(input_shape[-1], as_int("units", self.units, least=1))

    def preactivation(self, x: Array) -> Array:
        return ops.dense(x, *self.weights)

    def backward(self, dy: Array, x: Array) -> tuple[Any, list[Array]]:
        return self._given(gradients.dense_backward(dy, x, *self.weights))


@dataclass(eq=False)
class _Pooling2D(Layer):
    pool_size: Size = (2, 2)
    strides: Size | None = None
    padding: Padding = "valid"

    operator: ClassVar[Callable[..., Array]]
    gradient: ClassVar[Callable[..., Array]]

    def preactivation(self, x: Array) -> Array:
        return type(self).operator(x, self.pool_size, strides=self.strides, padding=self.padding)

    def backward(self, dy: Array, x: Array) -> tuple[Any, list[Array]]:
        place = {"strides": self.strides, "padding": self.padding}
        return type(self).gradient(dy, x, self.pool_size, **place), []


class MaxPooling2D(_Pooling2D):
    """The largest cell of every window; no parameters."""

    operator = ops.max_pool2d
    gradient = gradients.max_pool2d_backward


class AveragePooling2D(_Pooling2D):
    """The mean of every window; no parameters."""

    operator = ops.avg_pool2d
    gradient = gradients.avg_pool2d_backward


class GlobalAveragePooling2D(Layer):
    """The mean of every feature map; no parameters."""

    def preactivation(self, x: Array) -> Array:
        return ops.global_avg_pool2d(x)

    def backward(self, dy: Array, x: Array) -> tuple[Any, list[Array]]:
        return gradients.global_avg_pool2d_backward(dy, x), []


class Flatten(Layer):
    """Each example as one vector; no parameters."""

    def preactivation(self, x: Array) -> Array:
        return ops.flatten(x)

    def backward(self, dy: Array, x: Array) -> tuple[Any, list[Array]]:
        return gradients.flatten_backward(dy, x), []


KINDS = (Conv2D, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, Flatten, Dense)
LAYERS: dict[str, type[Layer]] = {kind.__name__: kind for kind in KINDS}
