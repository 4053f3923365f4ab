"""The reference model on data for which every number in it is exact.

Inputs and weights are integers, few weights of an output channel are not zero,
and the last layer counts in units of GAP: two logits are equal or at least GAP
apart, where exp underflows to zero, so that every probability is 0, 1 or, on a
tie, 1/2. Every correct implementation must give the same bits, in any order of
summation. The wide variant uses more bits than low precision can hold.
"""

import hashlib

import numpy as np

from own_model.parity import layer_case
from refcnn.cnn.model import Sequential, reference_model
from refcnn.operators.softmax.numerics import GAP
from refcnn.suite import data
from refcnn.suite.bounds import magnitude
from refcnn.suite.tensors import Array

VARIANTS = ("narrow", "wide")
BATCH = 4
NONZERO = {"narrow": 4, "wide": 2}  # weights of one output channel that are 1 or -1


def exact_model(dtype: str, variant: str, seed: int = 0) -> tuple[Sequential, Array]:
    """The model with its weights, and a batch: of the first seed from `seed` on that will do."""
    why = ""
    for number in range(seed, seed + 100):
        model, x = _candidate(dtype, variant, number << 32)
        if not (why := why_unfit(model, x)):
            return model, x
    raise ValueError(f"none of 100 seeds makes an exact model, the last because {why}")


def _candidate(dtype: str, variant: str, seed: int) -> tuple[Sequential, Array]:
    """Inputs up to 3, or of all but the 8 bits that the sums of six layers may add."""
    model = reference_model(dtype=dtype)
    model.set_weights(_weights(model, NONZERO[variant], GAP[dtype], seed))
    largest = 3 if variant == "narrow" else 2 ** (data.BITS[dtype] - 8) - 1
    x = data.integers(seed + 2**31, (BATCH, 32, 32, 3), 0, largest, dtype)
    x[np.arange(3), ..., np.arange(3)] = 0  # no red, no green, no blue: not all of one class
    return model, x


def _weights(model: Sequential, nonzero: int, gap: int, seed: int) -> list[Array]:
    """Sparse kernels of 1 and -1, integer biases from -2 to 2; in the last layer times `gap`."""
    weights = [
        _sparse(seed + i, w.shape, nonzero)
        if w.ndim > 1
        else data.integers(seed + i, w.shape, -2, 2)
        for i, w in enumerate(model.get_weights())
    ]
    return [*weights[:-2], weights[-2] * gap, weights[-1] * gap]


def _sparse(seed: int, shape: tuple[int, ...], nonzero: int) -> Array:
    """A kernel whose output channels have `nonzero` weights of 1 or -1 each, all others 0."""
    rank = data.stream(seed, int(np.prod(shape))).reshape(-1, shape[-1]).argsort(0).argsort(0)
    sign = data.integers(seed + 2**16, rank.shape, 0, 1) * 2 - 1
    return np.asarray(np.where(rank < nonzero, sign, 0.0).reshape(shape))


def why_unfit(model: Sequential, x: Array) -> str:
    """What would make some number of the model inexact, or prove nothing; "" for a good seed."""
    inputs = [x, *(outputs := model.activations(x))]
    for layer, given, y in zip(model.layers, inputs, outputs):
        unit = GAP[str(x.dtype)] if layer is model.layers[-1] else 1
        terms = magnitude(layer_case(layer, given))
        if terms.max() > 2 ** data.BITS[str(x.dtype)] * unit:
            return f"{layer.name}: sums leave the range of exact integers"
        if not y.any():
            return f"{layer.name}: every output is zero"
    if not np.isin(outputs[-1], (0, 0.5, 1)).all():
        return "some probability is not 0, 1/2 or 1"
    if len(set(outputs[-1].argmax(-1))) == 1:
        return "all images are of one class"
    return ""


def digest(array: Array) -> str:
    """SHA-256 of the little-endian row-major bytes, zeros without sign."""
    plain = array + array.dtype.type(0)  # -0 + 0 is +0
    return hashlib.sha256(plain.astype(plain.dtype.newbyteorder("<")).tobytes()).hexdigest()
