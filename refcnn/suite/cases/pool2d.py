"""Cases of max_pool2d and avg_pool2d."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import PADDINGS, STRIDES, Features
from refcnn.suite.case import Case
from refcnn.suite.draw import (
    Pick,
    choose,
    dtype_of,
    form_of,
    layout,
    limited,
    seed,
    size_of,
    value_of,
    window_of,
)
from refcnn.suite.windows import cell_counts

ANY_STRIDES = ("default", *STRIDES)
ANY_PADDING = ("default", *PADDINGS)
MAX_FAMILIES = ("distinct", "negative", "ties", "floats")
AVG_FAMILIES = ("whole", "general", "spread")


def _pool(
    pick: Pick,
    features: Features,
    operator: str,
    *,
    strides: Sequence[str],
    padding: Sequence[str],
    depth: int | None,
) -> tuple[Case, int]:
    """A legal pool on zeros, and a seed for its data."""
    forms = form_of(pick, strides, features), form_of(pick, padding, features)
    square = form_of(pick, ("pool_pair", "pool_int"), features) == "pool_int"
    window = limited((pick(1, 4),) * 2, features) if square else window_of(pick, features)
    if forms[0] == "default" and "equal_strides" in features:
        window = window[0], window[0]
    sizes, attributes = layout(pick, window, *forms, features, pool=True)
    attributes["pool_size"] = window[0] if square else window
    examples = value_of("examples", pick(1, 2), features)
    channels = depth or value_of("channels", size_of(pick, 3, 9), features)
    x = np.zeros((examples, *sizes, channels), dtype_of(pick, features))
    return Case(operator=operator, inputs={"x": x}, attributes=attributes), seed(pick)


def max_pool2d(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = MAX_FAMILIES,
    strides: Sequence[str] = ANY_STRIDES,
    padding: Sequence[str] = ANY_PADDING,
    depth: int | None = None,
) -> Case:
    """A legal max pool: integers, all distinct, all negative or many equal; or floats."""
    case, number = _pool(
        pick, features, "max_pool2d", strides=strides, padding=padding, depth=depth
    )
    shape, dtype, family = case.inputs["x"].shape, case.dtype, choose(pick, families)
    if family == "floats":
        x = data.floats(number, shape, dtype)
    elif family == "ties":
        x = data.integers(number, shape, -2, 2, dtype)
    else:
        x = data.distinct(number, shape, dtype)
        x = x - x.size if family == "negative" else x
    return replace(case.given(x=x), exact=True, family=family)


def avg_pool2d(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = AVG_FAMILIES,
    strides: Sequence[str] = ANY_STRIDES,
    padding: Sequence[str] = ANY_PADDING,
    depth: int | None = None,
) -> Case:
    """A legal average pool: integers whose means are whole, or floats."""
    case, number = _pool(
        pick, features, "avg_pool2d", strides=strides, padding=padding, depth=depth
    )
    shape, dtype, family = case.inputs["x"].shape, case.dtype, choose(pick, families)
    if family == "whole":
        counts = sorted({int(c) for c in cell_counts(case).ravel()})
        x = data.whole_means(number, shape, dtype, counts)
    else:
        x = data.floats(number, shape, dtype, (-2, 2) if family == "general" else (-20, 20))
    return replace(case.given(x=x), exact=family == "whole", family=family)
