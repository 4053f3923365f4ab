"""Sequential models: layers one after the other, and the two architectures of the source."""

from collections.abc import Callable, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from refcnn.cnn import files, training
from refcnn.cnn.layers import Conv2D, Dense, Flatten, Layer, MaxPooling2D, initial
from refcnn.cnn.ops import Array
from refcnn.cnn.optimizers import Adam, Optimizer
from refcnn.cnn.shapes import as_int
from refcnn.cnn.training import History, Metrics, Step


class Sequential:
    """A stack of layers, built from the `input_shape` of its first.

    dtype: float32 or float64, of all weights and activations; weights: in the order of
    `get_weights`; seed: of initial ones, if there are none. Raises ValueError if a layer does
    not fit the one before, or if weights do not fit.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        dtype: Any = "float32",
        weights: Sequence[Array] | None = None,
        seed: int = 0,
    ) -> None:
        _keep_memory()
        if not layers or layers[0].input_shape is None:
            raise ValueError("the first layer of a Sequential must state its input_shape")
        self.layers, self.dtype = list(layers), np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"the dtype of a model must be float32 or float64, not {self.dtype}")
        shape = tuple(as_int("input_shape", size, least=1) for size in layers[0].input_shape)
        names = dict[str, int]()
        drawn = partial(initial, np.random.default_rng(seed))
        weight = drawn if weights is None else _dealt(weights)
        for layer in layers:
            kind = type(layer).__name__.lower()
            names[kind] = names.get(kind, 0) + 1
            layer.name = layer.name or f"{kind}_{names[kind]}"
            try:
                layer.build(shape, weight, self.dtype)
            except ValueError as error:
                raise ValueError(f"layer {layer.name!r}: {error}") from None
            shape = layer.output_shape
        if weights is not None and len(weights) != (needed := len(self.weights)):
            raise ValueError(f"the model has {needed} weight arrays, not {len(weights)}")

    def taken(self, x: Any) -> Array:
        """Return x as an array of the model's dtype; refuse what is not (N, *input_shape)."""
        taken: Array = np.asarray(x, self.dtype)
        if taken.shape[1:] != self.layers[0].input_shape:
            raise ValueError(f"x must be (N, *{self.layers[0].input_shape}), not {taken.shape}")
        return taken

    def activations(self, x: Any) -> list[Array]:
        """Outputs of all layers, in order, for x: (N, *input_shape), taken in the model's dtype."""
        x, outputs = self.taken(x), []
        for layer in self.layers:
            outputs.append(x := layer(x))
        return outputs

    def __call__(self, x: Any) -> Array:
        """Output of the last layer for x: (N, *input_shape), all examples at once."""
        return self.activations(x)[-1]

    def count_params(self) -> int:
        """Number of learnable parameters of all layers."""
        return sum(layer.count_params() for layer in self.layers)

    @property
    def weights(self) -> list[Array]:
        """All weights, layer by layer, each kernel before its bias: the arrays themselves."""
        return [w for layer in self.layers for w in layer.weights]

    def get_weights(self) -> list[Array]:
        """Copies of all weights, layer by layer, each kernel before its bias."""
        return [w.copy() for w in self.weights]

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace all weights, given in the order of `get_weights`."""
        if len(weights) != (expected := len(self.weights)):
            raise ValueError(f"the model has {expected} weight arrays, not {len(weights)}")
        rest = iter(weights)
        for layer in self.layers:
            layer.set_weights([next(rest) for _ in layer.weights])

    def predict(self, x: Any, *, batch_size: int = 32) -> Array:
        """Output of the last layer for x, (N, *input_shape), worked out batch by batch."""
        x = self.taken(x)
        answers = [self(x[part]) for part in _parts(len(x), batch_size)]
        return np.concatenate(answers) if answers else self(x)

    def step(self, x: Any, y: Any) -> Step:
        """The loss of a batch, and its gradients by all weights, in the order of `get_weights`.

        x: (N, *input_shape); y: the numbers of the classes, (N,), or shares, (N, classes).
        The loss is the mean cross-entropy. Source: clause MODEL-16. Raises ValueError for
        examples that do not fit, and for a model that does not answer classes.
        """
        return training.backpropagated(self.layers, *training.examples(self, x, y))

    def evaluate(self, x: Any, y: Any, *, batch_size: int = 32) -> Metrics:
        """Mean loss of examples and the share that is put into its class; arguments as `step`."""
        x, targets = training.examples(self, x, y)
        parts = _parts(len(x), batch_size)
        scores = [training.score(self.layers, x[part], targets[part]) for part in parts]
        return training.mean(scores, [len(x[part]) for part in parts])

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        epochs: int = 1,
        batch_size: int = 32,
        optimizer: Optimizer | None = None,
        validation: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        seed: int = 0,
        progress: bool = True,
    ) -> History:
        """Train the weights: in each epoch, one step of the optimizer for every batch.

        x, y: as for `step`. optimizer: None means Adam(). validation: examples (x, y) that are
        scored after each epoch. shuffle: whether each epoch takes the examples in an order of
        its own, decided by `seed`. progress: whether a terminal shows a bar. Returns the
        history by names as in Keras: a number an epoch for "loss" and "accuracy", means over the
        batches as they were before their steps, and with a validation "val_loss" and
        "val_accuracy". Source: clause MODEL-17. Raises ValueError as `step` does.

        >>> model = Sequential([Dense(2, input_shape=(1,))])
        >>> history = model.fit([[-9], [9]], [0, 1], epochs=2000, progress=False)
        >>> history["loss"][-1] < history["loss"][0], history["accuracy"][-1]
        (True, 1.0)
        """
        x, targets = training.examples(self, x, y)
        optimizer = Adam() if optimizer is None else optimizer
        if not isinstance(optimizer, Optimizer):
            raise ValueError(f"optimizer must be SGD(...), Adam(...) or None, not {optimizer!r}")
        if validation is not None and not (isinstance(validation, tuple) and len(validation) == 2):
            raise ValueError("validation must be a pair (x, y) of examples and labels, or None")
        held = None if validation is None else training.examples(self, *validation)
        rng, history = np.random.default_rng(seed), History()
        for number in range(as_int("epochs", epochs, least=1)):
            order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
            parts = [order[part] for part in _parts(len(x), batch_size)]
            shown = training.watched(parts, f"epoch {number + 1} of {epochs}", progress=progress)
            score = training.epoch(self, optimizer, ((x[part], targets[part]) for part in shown))
            training.remember(history, "", score)
            if held:
                training.remember(history, "val_", self.evaluate(*held))
        return history

    def save(self, path: str | PathLike[str]) -> None:
        """Write layers and weights to a safetensors file, whole or not at all."""
        files.save(self.layers, self.dtype, Path(path))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "Sequential":
        """Make a model of what `save` has written; nothing in the file is executed.

        Raises ValueError, in one sentence, for a file that is not such a model.
        """
        path = Path(path)
        layers, dtype, weights = files.load(path)
        try:
            return cls(layers, dtype=dtype, weights=weights)
        except (ValueError, TypeError, IndexError, MemoryError) as error:
            raise ValueError(f"{path} has layers or weights that do not fit: {error}") from None

    def summary(self, print_fn: Callable[[str], object] = print) -> None:
        """Print a table of layers, output shapes and parameter counts."""
        row = "{:<20}{:<20}{:<16}{:>10}".format
        print_fn(row("layer", "kind", "output shape", "parameters"))
        for layer in self.layers:
            kind, shape, number = type(layer).__name__, layer.output_shape, layer.count_params()
            print_fn(row(layer.name, kind, str(shape), f"{number:,}"))
        print_fn(row("total", "", "", f"{self.count_params():,}"))


def _keep_memory() -> None:
    """Let the C library keep up to 64 MiB of arrays that are done with, for the next ones.

    Otherwise it hands them back, and the pages of each new array have to be found and cleared
    again, which takes as long as the arithmetic. It keeps twice what was once freed at a time,
    of at most 32 MiB; this much is asked for, not touched, and freed.
    """
    np.empty(2**25 - 2**13, np.uint8)


def _dealt(weights: Sequence[Array]) -> Callable[[tuple[int, ...]], Array]:
    """Weights one after the other, each in the shape that is asked for, or refused."""
    rest = iter(weights)

    def weight(shape: tuple[int, ...]) -> Array:
        given = np.asarray(next(rest, np.nan))
        if given.shape != shape:
            raise ValueError(f"it needs a weight of shape {shape}, not {given.shape}")
        return given

    return weight


def _parts(number: int, batch_size: int) -> list[slice]:
    """Cut so many examples into batches; the last has what is left over."""
    size = as_int("batch_size", batch_size, least=1)
    return [slice(start, start + size) for start in range(0, number, size)]


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
