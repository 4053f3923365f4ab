"""The second oracle of whole models: shapes, counts and activations from the definition alone.

It shares nothing with `layers`, `model` and `convert`: a layer is data in Keras'
terms, {"kind": "Conv2D", "filters": 2, "kernel_size": (3, 3)}, and so are its weights.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from refcnn.cnn import definition
from refcnn.suite.tensors import Array

Shape = tuple[int, ...]
Spec = Mapping[str, Any]  # of one layer


@dataclass(frozen=True, slots=True, eq=False)
class LayerAnswer:
    """What must be true of one layer; y is None where no data were given."""

    shape: Shape
    parameters: int
    multiplications: int
    y: Array | None = None


def strides_of(layer: Spec) -> Shape:
    """The strides as Keras takes them: without any, a pool moves by its own size."""
    return layer.get("strides") or layer.get("pool_size") or (1, 1)


def weight_shapes(layer: Spec, shape: Shape) -> list[Shape]:
    """Of [kernel, bias], for an input of this shape."""
    match layer["kind"]:
        case "Conv2D":
            depth = shape[-1] // layer.get("groups", 1)
            kernel = (*layer["kernel_size"], depth, layer["filters"])
        case "Dense":
            kernel = (shape[-1], layer["units"])
        case _:
            return []
    return [kernel, kernel[-1:]] if layer.get("use_bias", True) else [kernel]


def shape_after(layer: Spec, shape: Shape) -> Shape:
    """The shape of a layer's output, windows counted one by one."""
    match layer["kind"]:
        case "Flatten":
            return (prod(shape),)
        case "GlobalAveragePooling2D":
            return shape[2:]
        case "Dense":
            return (*shape[:-1], layer["units"])
        case "Conv2D" | "MaxPooling2D" | "AveragePooling2D":
            window = layer.get("kernel_size") or layer.get("pool_size") or (2, 2)
            apart = layer.get("dilation_rate", (1, 1))
            window = [(taps - 1) * cells + 1 for taps, cells in zip(window, apart)]
            strides, sizes = strides_of(layer), shape[:2]
            pads = definition.pads(layer.get("padding", "valid"), sizes, window, strides)
            axes = zip(sizes, pads, window, strides)
            output = [len(definition.positions(n + sum(p), f, s)) for n, p, f, s in axes]
            return (*output, layer.get("filters", shape[-1]))
        case _:
            return shape  # what there is no counterpart of: Dropout


def shapes(layers: Sequence[Spec], input_shape: Shape) -> Iterator[Shape]:
    """The input shape of each layer, then the output shape of the last."""
    yield (shape := input_shape)
    for layer in layers:
        yield (shape := shape_after(layer, shape))


def answers(
    layers: Sequence[Spec], input_shape: Shape, weights: Sequence[Array], x: Array | None
) -> Iterator[LayerAnswer]:
    """By the definition, layer by layer; activations only if there is an input."""
    rest, passing = iter(weights), list(shapes(layers, input_shape))
    for layer, before, after in zip(layers, passing, passing[1:]):
        own = weight_shapes(layer, before)
        used = prod(own[0]) * prod(after[:-1]) if own else 0  # each weight at each place
        if x is not None:
            x = output(layer, x, [next(rest) for _ in own])
        yield LayerAnswer(after, sum(map(prod, own)), used, x)


def output(layer: Spec, x: Array, weights: Sequence[Array]) -> Array:
    """One layer by the loops of the definition, on Python's own floats, rounded at the end."""
    dtype = x.dtype
    x, *weights = (a.astype(np.float64).astype(object) for a in (x, *weights))
    window = layer.get("pool_size", (2, 2))
    options = {"strides": strides_of(layer), "padding": layer.get("padding", "valid")}
    match layer["kind"]:
        case "Conv2D":
            more = {"dilation": layer.get("dilation_rate", 1), "groups": layer.get("groups", 1)}
            y = definition.conv2d(x, *weights, **options, **more)
        case "MaxPooling2D":
            y = definition.max_pool2d(x, window, **options)
        case "AveragePooling2D":
            y = definition.avg_pool2d(x, window, **options)
        case "Flatten":
            y = definition.flatten(x)
        case "GlobalAveragePooling2D":
            y = definition.global_avg_pool2d(x)
        case _:
            y = definition.dense(x, *weights)
    return _activated(layer.get("activation"), y).astype(dtype)


def _activated(activation: str | None, y: Array) -> Array:
    match activation:
        case "relu":
            return definition.relu(y)
        case "softmax":
            return definition.softmax(y - y.max(axis=-1, keepdims=True), math.exp)
        case _:
            return y
