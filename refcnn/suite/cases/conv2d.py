"""Cases of conv2d."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from refcnn.suite.capabilities import PADDINGS, STRIDES, Features
from refcnn.suite.case import Case
from refcnn.suite.data import EXACT_PRODUCTS, PRODUCTS
from refcnn.suite.draw import (
    Pick,
    choose,
    dtype_of,
    form_of,
    layout,
    seed,
    size_of,
    value_of,
    window_of,
    with_bias,
)

ANY_STRIDES = ("default", *STRIDES)
ANY_PADDING = ("default", *PADDINGS)


def conv2d(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = tuple(EXACT_PRODUCTS),
    strides: Sequence[str] = ANY_STRIDES,
    padding: Sequence[str] = ANY_PADDING,
    bias: bool | None = None,
    depth: int | None = None,
    filters: int | None = None,
    batch: tuple[int, int] = (1, 2),
    window: tuple[int, int] | None = None,
) -> Case:
    """A legal convolution: at most 2 images, 3 channels and filters, 4x4 kernels; rarely more."""
    forms = form_of(pick, strides, features), form_of(pick, padding, features)
    window = window or window_of(pick, features)
    (height, width), attributes = layout(pick, window, *forms, features, pool=False)
    examples = value_of("examples", pick(*batch), features)
    channels = depth or value_of("channels", size_of(pick, 3, 9), features)
    x_shape = (examples, height, width, channels)
    k_shape = (*window, channels, filters or value_of("filters", size_of(pick, 3, 9), features))
    family, dtype = choose(pick, families), dtype_of(pick, features)
    x, kernel, b = PRODUCTS[family](seed(pick), x_shape, k_shape, dtype)
    inputs: dict[str, Any] = {"x": x, "kernel": kernel}
    if with_bias(pick, features, wanted=bias):
        inputs["bias"] = np.zeros_like(b) if bias is False else b  # False: it must be given
    return Case(
        operator="conv2d",
        inputs=inputs,
        attributes=attributes,
        exact=family in EXACT_PRODUCTS,
        family=family,
    )
