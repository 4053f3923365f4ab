"""Cases of dense: legal ones, and illegal ones that each break one rule."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.data import EXACT_PRODUCTS, PRODUCTS
from refcnn.suite.draw import (
    OTHER_LENGTHS,
    Pick,
    choose,
    dtype_of,
    seed,
    size_of,
    value_of,
    with_bias,
)
from refcnn.suite.generators import Illegal


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


def kernel_of_other_height(pick: Pick, features: Features) -> Illegal:
    """DENSE-7."""
    case = dense(pick, features, families=("xsmall",))
    kernel, inputs = case.inputs["kernel"], case.inputs["x"].shape[1]
    rows = inputs + 1 if inputs == 1 or pick(0, 1) else inputs - 1
    other = np.concatenate([kernel] * 2)[:rows]
    return case.given(kernel=other), f"a kernel of {rows} rows for {inputs} inputs"


def dense_bias_of_other_length(pick: Pick, features: Features) -> Illegal:
    """DENSE-8."""
    case = dense(pick, features, families=("xsmall",))
    outputs, wrong = choose(pick, OTHER_LENGTHS)
    kernel = np.repeat(case.inputs["kernel"][:, :1], outputs, axis=1)
    rule = f"a bias of {wrong} for {outputs} outputs"
    return case.given(kernel=kernel, bias=np.ones(wrong, case.dtype)), rule
