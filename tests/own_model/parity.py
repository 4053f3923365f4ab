"""Whole layers against the derived bound, and the source's own model.

A layer is an operator and an activation. Its expected output follows from the
input it was given, whoever computed that input: layers are judged one by one,
each on its own input, so that no error of one layer excuses the next.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from refcnn.cnn.layers import Layer
from refcnn.composed.checks import layer_case
from refcnn.operators.softmax.numerics import bound_after
from refcnn.suite import data
from refcnn.suite.case import Case
from refcnn.suite.judge import Expected, Judgement, Verdict, compare, expect
from refcnn.suite.tensors import Array

# The code block of the source, word for word.
SOURCE_CODE = """\
model = models.Sequential([
    layers.Conv2D(32, (3, 3), activation='relu', input_shape=(32, 32, 3)),
    layers.MaxPooling2D((2, 2)),
    layers.Conv2D(64, (3, 3), activation='relu'),
    layers.MaxPooling2D((2, 2)),
    layers.Conv2D(64, (3, 3), activation='relu'),
    layers.Flatten(),
    layers.Dense(64, activation='relu'),
    layers.Dense(10, activation='softmax'),
])
"""


def source_model(layers: Any, models: Any) -> Any:
    """The model of the source's code, built from the layers and models of any library."""
    names = {"layers": layers, "models": models}
    exec(SOURCE_CODE, names)
    return names["model"]


def expected_output(layer: Layer, x: Array, *, exact: bool = False) -> Expected:
    """The exact output of a layer for the input x, and how far an answer may lie from it."""
    case = layer_case(layer, x, exact=exact)
    answer = expect(case)
    match getattr(layer, "activation", None):
        case "relu":
            return _relu(answer)
        case "softmax":
            return _softmax(answer, case.dtype)
        case _:
            return answer


def _relu(y: Expected) -> Expected:
    """Relu moves no two numbers further apart: the bound stays."""
    positive = y.hi > 0
    return Expected(np.where(positive, y.hi, 0), np.where(positive, y.lo, 0), y.bound)


def _softmax(logits: Expected, dtype: str) -> Expected:
    """Softmax of the logits as rounded to the dtype, whose rounding joins their bound."""
    x = logits.hi.astype(dtype)
    case = Case(operator="softmax", inputs={"x": x})
    answer = expect(case)
    off = logits.bound + np.abs((logits.hi - x) + logits.lo)
    return Expected(answer.hi, answer.lo, bound_after(case, off))


def judge_layers(
    layers: Iterable[Layer],
    inputs: Iterable[Array],
    outputs: Iterable[Array],
    *,
    exact: bool = False,
) -> dict[str, Judgement]:
    """By name of the layer: is each output the layer's answer to its input?"""
    return {
        layer.name: compare(expected_output(layer, x, exact=exact), y, str(x.dtype))
        for layer, x, y in zip(layers, inputs, outputs)
    }


def wrong(judgements: Mapping[str, Judgement]) -> dict[str, str]:
    """What is wrong, by name of the layer; nothing else is in it."""
    return {name: j.reason for name, j in judgements.items() if j.verdict is Verdict.FAIL}


def different(names: Iterable[str], ours: Iterable[Array], theirs: Iterable[Array]) -> list[str]:
    """Names of the layers whose outputs are not equal in shape and in every number."""
    return [name for name, a, b in zip(names, ours, theirs) if not np.array_equal(a, b)]


def photograph_like(seed: int, count: int, dtype: str = "float64") -> Array:
    """Images (count, 32, 32, 3) in [0, 1] whose spectrum falls off as 1/f, as photographs' do."""
    noise = data.integers(seed, (count, 32, 32, 3), -(2**20), 2**20)
    line = np.fft.fftfreq(32)
    frequency = np.maximum(np.hypot(line[:, np.newaxis], line), 1 / 32)[..., np.newaxis]
    image = np.fft.ifft2(np.fft.fft2(noise, axes=(1, 2)) / frequency, axes=(1, 2)).real
    low, high = (edge(image, axis=(1, 2, 3), keepdims=True) for edge in (np.min, np.max))
    return np.asarray(((image - low) / (high - low)).astype(dtype))
