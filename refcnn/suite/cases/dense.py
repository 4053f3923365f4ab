"""Cases of dense and flatten."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.data import EXACT_PRODUCTS, PRODUCTS
from refcnn.suite.draw import Pick, choose, dtype_of, seed, size_of, value_of, with_bias


def dense(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = tuple(EXACT_PRODUCTS),
    bias: bool | None = None,
) -> Case:
    """A legal dense layer: at most 3 rows, 12 inputs, 5 outputs; rarely 9, 100, 20."""
    inputs_, outputs, rows = size_of(pick, 12, 100), size_of(pick, 5, 20), size_of(pick, 3, 9)
    rows = value_of("examples", rows, features)
    family, dtype, x_shape = choose(pick, families), dtype_of(pick, features), (rows, inputs_)
    x, kernel, b = PRODUCTS[family](seed(pick), x_shape, (inputs_, outputs), dtype)
    inputs: dict[str, Any] = {"x": x, "kernel": kernel}
    if with_bias(pick, features, wanted=bias):
        inputs["bias"] = np.zeros_like(b) if bias is False else b  # False: it must be given
    exact = family in EXACT_PRODUCTS
    return Case(operator="dense", inputs=inputs, exact=exact, family=family)


def flatten(pick: Pick, features: Features) -> Case:
    """A legal flatten: (N, H, W, C), all values distinct."""
    examples = value_of("examples", size_of(pick, 3, 9), features)
    shape = (examples, *(size_of(pick, most, 12) for most in (4, 4, 3)))
    x = data.distinct(seed(pick), shape, dtype_of(pick, features))
    return Case(operator="flatten", inputs={"x": x}, exact=True, family="distinct")
