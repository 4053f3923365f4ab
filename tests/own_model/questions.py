"""What the model vectors ask: architectures as data in Keras' terms, and integers for them.

Weights and inputs are small integers, so that every activation is exact in float32
and the same in every order of summation. What feeds a softmax is multiplied by GAP,
which makes every probability 0, 1 or, on a tie, 1/2 (see `exact_model`). Averages
are over 1, 2 or 4 cells.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from own_model.oracle import Shape, Spec, shapes, weight_shapes
from own_model.training_oracle import InexactError, trained
from refcnn.operators.softmax.numerics import GAP
from refcnn.suite import data
from refcnn.suite.tensors import Array


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """An architecture, how refcnn comes by it, and what it is run on, if at all."""

    id: str
    clauses: tuple[str, ...]
    by: str  # "layers"; "keras", by conversion; "reference_model" or "shape_table_model"
    dtype: str
    input_shape: Shape
    layers: tuple[Spec, ...]
    weights: tuple[Array, ...] = ()
    x: Array | None = None
    refused: str = ""  # what a refusal must name
    training: Mapping[str, Any] | None = None  # labels, epochs, batch_size, optimizer


def _conv(filters: int, height: int, width: int, **options: Any) -> Spec:
    return {"kind": "Conv2D", "filters": filters, "kernel_size": (height, width), **options}


def _max(height: int, width: int, **options: Any) -> Spec:
    return {"kind": "MaxPooling2D", "pool_size": (height, width), **options}


def _average(height: int, width: int, **options: Any) -> Spec:
    return {"kind": "AveragePooling2D", "pool_size": (height, width), **options}


def _dense(units: int, **options: Any) -> Spec:
    return {"kind": "Dense", "units": units, **options}


FLATTEN: Spec = {"kind": "Flatten"}
RELU, SAME = {"activation": "relu"}, {"padding": "same"}

TABLE = (
    _conv(32, 3, 3),
    _max(2, 2, strides=(2, 2)),
    _conv(64, 3, 3),
    _max(2, 2, strides=(2, 2)),
    _conv(64, 3, 3),
    FLATTEN,
    _dense(10),
)


def _like_the_reference(filters: Sequence[int], hidden: int, classes: int) -> tuple[Spec, ...]:
    first, second, third = filters
    return (
        _conv(first, 3, 3, **RELU),
        _max(2, 2),
        _conv(second, 3, 3, **RELU),
        _max(2, 2),
        _conv(third, 3, 3, **RELU),
        FLATTEN,
        _dense(hidden, **RELU),
        _dense(classes, activation="softmax"),
    )


REFERENCE = _like_the_reference((32, 64, 64), 64, 10)


def _ask(
    name: str, clauses: str, shape: Shape, *layers: Spec, by: str = "layers", dtype: str = "float32"
) -> Question:
    numbers = tuple(f"MODEL-{number}" for number in clauses.split())
    return Question(f"model/{name}", numbers, by, dtype, shape, layers)


def with_numbers(question: Question, seed: int, batch: int = 1) -> Question:
    """The question with weights from -2 to 2, biases from -3 to 3 and an input from -4 to 4."""
    inputs, weights = shapes(question.layers, question.input_shape), list[Array]()
    parts = 4 ** sum(layer["kind"] == "AveragePooling2D" for layer in question.layers)
    for layer, shape in zip(question.layers, inputs):
        unit = GAP[question.dtype] * parts if layer.get("activation") == "softmax" else 1
        for own in weight_shapes(layer, shape):
            most = 3 if len(own) == 1 else 2
            numbers = data.integers(seed + len(weights), own, -most, most, question.dtype)
            weights.append(numbers * numbers.dtype.type(unit))
    x = data.integers(seed + 99, (batch, *question.input_shape), -4, 4, question.dtype)
    return replace(question, weights=tuple(weights), x=x)


def _sparse(question: Question, seed: int, live: int) -> Question:
    """The same, nearly all zero: `live` channels of every layer, three pixels of the input.

    Biases of -1 keep maps at zero where nothing is seen: a large model stays small in
    the file, and its activations show which patch of the input each number sees.
    """
    question = with_numbers(question, seed)
    weights = []
    for w in question.weights:
        columns = np.arange(w.shape[-1]) < live
        rows = np.arange(w.shape[-2]) % 64 < live if w.ndim > 1 else np.ones(1)  # 64 maps, 64 units
        weights.append(np.where(columns, w * rows[:, np.newaxis] if w.ndim > 1 else -abs(w), 0))
    x = np.zeros((1, *question.input_shape), question.dtype)
    for row, column in data.integers(seed, (3, 2), 9, 22).astype(int).tolist():
        x[0, row, column] = data.integers(seed + row, x.shape[3:], 1, 4)
    return replace(question, weights=tuple(weights), x=x)


def _spot(question: Question) -> Question:
    """Weights of 1, and one pixel: what is not zero is what sees it."""
    question = with_numbers(question, 0)
    x = np.zeros((1, *question.input_shape), question.dtype)
    x[:, x.shape[1] // 2, x.shape[2] // 2] = 1
    return replace(question, weights=tuple(map(np.ones_like, question.weights)), x=x)


def questions() -> Iterator[Question]:
    """All of them, in the order of the file."""
    yield from _of_the_source()
    yield from _of_counts()
    yield from _of_runs()
    yield from _of_copies()
    yield from _of_training()


def _of_the_source() -> Iterator[Question]:
    whole = (32, 32, 3)
    yield _ask("shape-table", "1 14 15", whole, *TABLE, by="shape_table_model")
    yield _ask("reference", "2 3 15", whole, *REFERENCE, by="reference_model")
    run = _ask(
        "reference-run", "2 8 10 13", whole, *REFERENCE, by="reference_model", dtype="float64"
    )
    yield _sparse(run, 1, live=3)


def _of_counts() -> Iterator[Question]:
    yield _ask("shared-weights-small-image", "4", (8, 9, 3), _conv(4, 3, 2))
    yield _ask("shared-weights-large-image", "4", (200, 301, 3), _conv(4, 3, 2))
    bare = {"use_bias": False}
    yield _ask("convolution", "5", (8, 7, 3), _conv(4, 3, 3, **bare))
    yield _ask("dense-in-its-place", "5", (8, 7, 3), FLATTEN, _dense(6 * 5 * 4, **bare))
    yield _ask("nothing-to-learn", "6", (9, 8, 3), _max(2, 2), _average(2, 1), FLATTEN)
    deep = (_conv(5, 2, 3, **SAME), _max(2, 1), _conv(2, 1, 1), _average(1, 2), FLATTEN)
    yield _ask("depth", "7", (6, 8, 3), *deep)
    convolutions = _conv(2, 3, 3), _conv(4, 3, 3), _conv(4, 3, 3)
    pooled = (convolutions[0], _max(2, 2), convolutions[1], _max(2, 2), convolutions[2])
    yield _ask("work-with-pools", "14 15", (24, 20, 1), *pooled)
    yield _ask("work-without-pools", "14 15", (24, 20, 1), *convolutions)


def _of_runs() -> Iterator[Question]:
    small = _like_the_reference((2, 3, 3), 4, 3)
    yield with_numbers(_ask("small-reference", "8 10", (18, 18, 2), *small), 0)
    windows = (
        _conv(2, 3, 2, strides=(1, 2), **SAME, **RELU),
        _max(3, 2, strides=(2, 1), **SAME),
        _average(2, 2, strides=(1, 2)),
        _conv(2, 2, 2, use_bias=False),
    )
    yield with_numbers(_ask("windows", "8", (6, 9, 2), *windows, dtype="float64"), 0, batch=2)
    names = [
        {**_conv(2, 1, 2, **SAME, **RELU), "name": name} for name in ("third", "first", "second")
    ]
    yield with_numbers(_ask("three-of-a-shape", "8", (3, 4, 2), *names), 0)
    bare = [_dense(3, use_bias=False), _dense(3, **RELU, use_bias=False), _dense(3, **RELU)]
    yield with_numbers(
        _ask("dense", "8 10", (2, 3, 2), FLATTEN, *bare, dtype="float64"), 0, batch=3
    )
    yield with_numbers(_ask("pools", "8", (6, 6, 2), _max(3, 3), _average(2, 1)), 0)
    seen = (_conv(1, 3, 3, use_bias=False), _max(2, 2)) * 2
    yield _spot(_ask("fields", "13", (14, 14, 1), *seen))


def _of_copies() -> Iterator[Question]:
    small = _like_the_reference((2, 2, 3), 3, 2)
    wide = {"by": "keras", "dtype": "float64"}
    yield with_numbers(
        _ask("copy-of-small-reference", "9 10 11", (18, 22, 1), *small, by="keras"), 0
    )
    windows = (
        _conv(2, 2, 3, strides=(2, 1), **RELU, use_bias=False),
        _max(2, 3, strides=(1, 2)),
        _average(1, 2, **SAME),
        FLATTEN,
        _dense(2, activation="linear"),
    )
    yield with_numbers(_ask("copy-of-windows", "9 10 11", (8, 9, 2), *windows, **wide), 0, batch=2)
    even = _conv(2, 2, 4, **SAME), _conv(1, 3, 2, strides=(2, 3), **SAME, **RELU)
    yield with_numbers(_ask("copy-of-even-kernels", "11 12", (4, 8, 2), *even, by="keras"), 0)
    pools = _max(2, 3, strides=(1, 2), **SAME), _average(2, 2, strides=(2, 1), **SAME)
    yield with_numbers(_ask("copy-of-padded-pools", "11 12", (5, 6, 2), *pools, **wide), 0, batch=2)
    further = (
        _conv(4, 2, 3, dilation_rate=(2, 1), **RELU),
        _conv(6, 2, 2, groups=2, strides=(1, 2)),
        _conv(6, 2, 1, groups=6, dilation_rate=(1, 2), **SAME),
    )
    yield with_numbers(
        _ask("copy-of-dilated-groups", "9 11 12", (8, 9, 2), *further, **wide), 0, batch=2
    )
    conv, image = _conv(2, 2, 2), (6, 5, 2)
    for name, refused, *layers in (
        ("dropout", "Dropout", conv, {"kind": "Dropout", "rate": 0.5}, FLATTEN),
        ("kept-axes", "keepdims", conv, {"kind": "GlobalAveragePooling2D", "keepdims": True}),
        ("dense-on-maps", "Dense", conv, _dense(2)),
        ("dense-before-flatten", "Dense", _max(2, 2), _dense(2), FLATTEN, _dense(2)),
    ):
        question = _ask(f"copy-of-{name}", "11", image, *layers, by="keras")
        yield replace(with_numbers(question, 0), x=None, refused=refused)


def _of_training() -> Iterator[Question]:
    """Each trained on batches of 2 and, of 5 examples, a last one of 1."""
    small = (
        _conv(2, 2, 2, **RELU),
        _max(2, 2, strides=(1, 1)),
        _conv(2, 2, 1, **SAME),
        _average(1, 2),
        FLATTEN,
        _dense(3, **RELU),
        _dense(3, activation="softmax"),
    )
    wide = {"dtype": "float64"}
    plain: dict[str, Any] = {"kind": "SGD", "learning_rate": 2**-6}
    slowly = plain | {"learning_rate": 2**-12, "momentum": 0.5, "nesterov": True}
    yield _trained(_ask("all-layers-learn", "16 17", (5, 5, 2), *small, **wide), slowly, epochs=1)
    bare = FLATTEN, _dense(3, **RELU, use_bias=False), _dense(2, activation="softmax")
    pooled = _conv(2, 1, 1, use_bias=False), _max(1, 2), FLATTEN, _dense(2, activation="softmax")
    yield _trained(_ask("two-epochs", "17", (2, 2, 1), *bare, **wide), plain, epochs=2)
    plain |= {"momentum": 0.5}
    yield _trained(_ask("momentum", "17", (1, 4, 1), *pooled, **wide), plain, epochs=1)
    plain |= {"nesterov": True}
    yield _trained(_ask("nesterov", "17", (1, 4, 1), *pooled, **wide), plain, epochs=1)


def _trained(question: Question, rule: Mapping[str, Any], *, epochs: int) -> Question:
    """The question with numbers, of the first seed from which training stays exact."""
    for seed in range(0, 100 << 16, 1 << 16):
        asked = with_numbers(question, seed, batch=5)
        gap, classes = GAP[question.dtype], question.layers[-1]["units"]
        labels = [number % classes for number in range(5)]
        training = {"labels": labels, "epochs": epochs, "batch_size": 2, "optimizer": rule}
        with suppress(InexactError):
            known = trained(asked.layers, asked.weights, np.asarray(asked.x), training, gap)
            if all(map(np.any, known.weights)) and known.losses[0]:
                return replace(asked, training=training)
    raise ValueError(f"{question.id}: none of 100 seeds makes training exact")
