"""Training by the definitions: exact numbers, layer by layer, rules of optimizers as written.

It shares nothing with `layers`, `model`, `training` and `optimizers`: a layer is data in
Keras' terms (see `oracle`). Weights and examples must be so that the largest logit of an
example stands alone, and exp of all others is nothing beside it: then the probabilities are
0 and 1, the loss is a difference of logits, and every number is a fraction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from own_model.oracle import Spec, strides_of
from refcnn.cnn import definition, gradient_definition
from refcnn.suite.tensors import Array

OPERATORS = {
    "Conv2D": "conv2d",
    "MaxPooling2D": "max_pool2d",
    "AveragePooling2D": "avg_pool2d",
    "GlobalAveragePooling2D": "global_avg_pool2d",
    "Flatten": "flatten",
    "Dense": "dense",
}


class InexactError(ValueError):
    """Two logits lie so close that the softmax is no fraction, or a weight has too many bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What training came to: the mean loss of each epoch, and all weights after the last."""

    losses: tuple[float, ...]
    weights: tuple[Array, ...]


def exactly(array: Array) -> Array:
    """The same numbers as fractions."""
    return np.vectorize(Fraction, otypes=[object])(array)


def arguments(layer: Spec) -> dict[str, Any]:
    """The attributes of what a layer works out."""
    place = {"strides": strides_of(layer), "padding": layer.get("padding", "valid")}
    match layer["kind"]:
        case "Conv2D":
            more = {"dilation": layer.get("dilation_rate", 1), "groups": layer.get("groups", 1)}
            return place | more
        case "MaxPooling2D" | "AveragePooling2D":
            return place | {"pool_size": layer.get("pool_size", (2, 2))}
        case _:
            return {}


def loss_of(logits: Array, labels: Sequence[int], gap: float) -> tuple[Fraction, Array]:
    """Mean cross-entropy and its gradient by the logits."""
    loss, dlogits = Fraction(0), np.zeros(logits.shape, object)
    for b, row in enumerate(logits):
        *_, second, largest = sorted(row)
        if largest - second < gap:
            raise InexactError(f"{float(second)} lies too close to {float(largest)}")
        loss += (largest - row[labels[b]]) / len(logits)
        dlogits[b] = [Fraction(z == largest) / len(logits) for z in row]
        dlogits[b, labels[b]] -= Fraction(1, len(logits))
    return loss, dlogits


def step(
    layers: Sequence[Spec], weights: Sequence[Array], x: Array, labels: Sequence[int], gap: float
) -> tuple[Fraction, list[Array]]:
    """The loss of a batch, and its gradients by all weights; all are fractions."""
    rest, stages = iter(weights), []
    for layer in layers:
        number = 0 if layer["kind"] not in ("Conv2D", "Dense") else 1 + layer.get("use_bias", True)
        tensors = [x, *(next(rest) for _ in range(number))]
        operator, more = OPERATORS[layer["kind"]], arguments(layer)
        z = getattr(definition, operator)(*tensors, **more)
        stages.append((layer, operator, tensors, more, z))
        x = definition.relu(z) if layer.get("activation") == "relu" else z
    loss, dz = loss_of(z, labels, gap)
    gradients: list[Array] = []
    for layer, operator, tensors, more, z in reversed(stages):
        if layer.get("activation") == "relu":
            dz = gradient_definition.relu_backward(dz, z)
        found = getattr(gradient_definition, f"{operator}_backward")(dz, *tensors, **more)
        dz, *own = found if isinstance(found, tuple) else (found,)
        gradients[:0] = [one for one in own if one is not None]
    return loss, gradients


def moved(rule: Mapping[str, Any], velocity: Any, gradient: Any) -> tuple[Any, Any]:
    """What is added to a weight, and the velocity after that: SGD as it is written."""
    rate, momentum = Fraction(rule["learning_rate"]), Fraction(rule.get("momentum", 0))
    velocity = momentum * velocity - rate * gradient
    ahead = momentum * velocity - rate * gradient
    return (ahead if rule.get("nesterov") else velocity), velocity


def trained(
    layers: Sequence[Spec],
    weights: Sequence[Array],
    x: Array,
    training: Mapping[str, Any],
    gap: float,
) -> Trained:
    """The epochs that are asked for, on batches in the order of the examples."""
    dtype, size, labels = x.dtype, training["batch_size"], training["labels"]
    current, x = [exactly(w) for w in weights], exactly(x)
    velocities: list[Any] = [0] * len(current)
    losses = []
    for _ in range(training["epochs"]):
        total = Fraction(0)
        for start in range(0, len(x), size):
            batch = x[start : start + size], labels[start : start + size]
            loss, gradients = step(layers, current, *batch, gap)
            total += loss * len(batch[0])
            for number, gradient in enumerate(gradients):
                add, velocities[number] = moved(training["optimizer"], velocities[number], gradient)
                current[number] = current[number] + add
                if not np.array_equal(exactly(current[number].astype(dtype)), current[number]):
                    raise InexactError(f"weight {number} is no number of {dtype}")
        losses.append(float(total / len(x)))
    return Trained(tuple(losses), tuple(w.astype(dtype) for w in current))
