"""One step of training by the definitions: exact numbers, layer by layer, nothing derived here.

Weights and examples must be so that two logits of an example differ by 0 or by so much that
exp underflows: then every probability is 0 or one over a small number, and all is exact.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from refcnn.cnn import definition, gradient_definition
from refcnn.cnn.layers import Layer
from refcnn.cnn.model import Sequential
from refcnn.composed.checks import OPERATORS, layer_case
from refcnn.suite.tensors import Array


def exactly(array: Array) -> Array:
    """The same numbers as fractions."""
    return np.vectorize(Fraction, otypes=[object])(array)


def _asked(layer: Layer, x: Array) -> tuple[str, list[Array], dict[str, Any]]:
    """Operator, tensors as fractions, and attributes of what a layer works out of x."""
    case = layer_case(layer, x)
    return OPERATORS[type(layer)], [x, *map(exactly, layer.weights)], dict(case.attributes)


def _loss(logits: Array, labels: Array) -> tuple[Fraction, Array]:
    """Cross-entropy and its gradient, where exp of what is below the largest is nothing."""
    loss, dlogits = Fraction(0), np.zeros(logits.shape, object)
    for b, row in enumerate(logits):
        largest = [z == row.max() for z in row]
        assert sum(largest) == 1, "a tie costs log 2, which is no fraction"
        loss += (row.max() - row[labels[b]]) / len(logits)
        dlogits[b] = [Fraction(int(one)) / len(logits) for one in largest]
        dlogits[b, labels[b]] -= Fraction(1, len(logits))
    return loss, dlogits


def step(model: Sequential, x: Array, labels: Array) -> tuple[Fraction, list[Array]]:
    """The loss of a batch, and its gradients by all weights, in the order of `get_weights`."""
    given, stages = exactly(x), []
    for layer in model.layers:
        operator, tensors, attributes = _asked(layer, given)
        z = getattr(definition, operator)(*tensors, **attributes)
        stages.append((layer, operator, tensors, attributes, z))
        given = definition.relu(z) if layer.activation == "relu" else z
    loss, dz = _loss(z, labels)
    gradients: list[Array] = []
    while stages:
        layer, operator, tensors, attributes, _ = stages.pop()
        found = getattr(gradient_definition, f"{operator}_backward")(dz, *tensors, **attributes)
        dx, *own = found if isinstance(found, tuple) else (found,)
        gradients[:0] = [one for one in own if one is not None]
        if stages:
            before, z = stages[-1][0], stages[-1][-1]
            dz = gradient_definition.relu_backward(dx, z) if before.activation == "relu" else dx
    return loss, gradients
