"""Sequential models: layers one after the other, and the two architectures of the source."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from refcnn.cnn.layers import Conv2D, Dense, Flatten, Layer, MaxPooling2D
from refcnn.cnn.ops import Array
from refcnn.cnn.shapes import as_int


class Sequential:
    """A stack of layers, built from the `input_shape` of its first.

    dtype: float32 or float64, of all weights and activations; seed: of the
    initial weights. Raises ValueError if a layer does not fit the one before.
    """

    def __init__(self, layers: Sequence[Layer], *, dtype: Any = "float32", seed: int = 0) -> None:
        if not layers or layers[0].input_shape is None:
            raise ValueError("the first layer of a Sequential must state its input_shape")
        self.layers, self.dtype = list(layers), np.dtype(dtype)
        shape = tuple(as_int("input_shape", size, least=1) for size in layers[0].input_shape)
        rng, names = np.random.default_rng(seed), dict[str, int]()
        for layer in layers:
            kind = type(layer).__name__.lower()
            names[kind] = names.get(kind, 0) + 1
            layer.name = layer.name or f"{kind}_{names[kind]}"
            try:
                layer.build(shape, rng, self.dtype)
            except ValueError as error:
                raise ValueError(f"layer {layer.name!r}: {error}") from None
            shape = layer.output_shape

    def activations(self, x: Any) -> list[Array]:
        """Outputs of all layers, in order, for x: (N, *input_shape), taken in the model's dtype."""
        x, outputs = np.asarray(x, self.dtype), []
        if x.shape[1:] != self.layers[0].input_shape:
            raise ValueError(f"x must be (N, *{self.layers[0].input_shape}), not {x.shape}")
        for layer in self.layers:
            outputs.append(x := layer(x))
        return outputs

    def __call__(self, x: Any) -> Array:
        """Output of the last layer for a batch x: (N, *input_shape)."""
        return self.activations(x)[-1]

    def count_params(self) -> int:
        """Number of learnable parameters of all layers."""
        return sum(layer.count_params() for layer in self.layers)

    def get_weights(self) -> list[Array]:
        """All weights, layer by layer, each kernel before its bias."""
        return [w for layer in self.layers for w in layer.weights]

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace all weights, given in the order of `get_weights`."""
        if len(weights) != (expected := len(self.get_weights())):
            raise ValueError(f"the model has {expected} weight arrays, not {len(weights)}")
        rest = iter(weights)
        for layer in self.layers:
            layer.set_weights([next(rest) for _ in layer.weights])

    def summary(self, print_fn: Callable[[str], object] = print) -> None:
        """Print a table of layers, output shapes and parameter counts."""
        row = "{:<20}{:<20}{:<16}{:>10}".format
        print_fn(row("layer", "kind", "output shape", "parameters"))
        for layer in self.layers:
            kind, shape, number = type(layer).__name__, layer.output_shape, layer.count_params()
            print_fn(row(layer.name, kind, str(shape), f"{number:,}"))
        print_fn(row("total", "", "", f"{self.count_params():,}"))


def reference_model(**options: Any) -> Sequential:
    """The source's TensorFlow model: 122,570 parameters, (32, 32, 3) to 10 classes."""
    return Sequential(
        [
            Conv2D(32, (3, 3), activation="relu", input_shape=(32, 32, 3)),
            MaxPooling2D((2, 2)),
            Conv2D(64, (3, 3), activation="relu"),
            MaxPooling2D((2, 2)),
            Conv2D(64, (3, 3), activation="relu"),
            Flatten(),
            Dense(64, activation="relu"),
            Dense(10, activation="softmax"),
        ],
        **options,
    )


def shape_table_model(**options: Any) -> Sequential:
    """The source's shape table: three convolutions, two pools, 1024 features, 10 outputs."""
    return Sequential(
        [
            Conv2D(32, 3, input_shape=(32, 32, 3)),
            MaxPooling2D(2, strides=2),
            Conv2D(64, 3),
            MaxPooling2D(2, strides=2),
            Conv2D(64, 3),
            Flatten(),
            Dense(10),
        ],
        **options,
    )
