"""Cases of conv2d_backward: a convolution, and a dy that fits its answer."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from refcnn.suite import gradients
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import ANY_PADDING, ANY_STRIDES, ONE_STEP, Pick, choose
from refcnn.suite.generators import Illegal, maker

NAME = "conv2d_backward"
PLAIN: dict[str, Any] = {**ONE_STEP, "families": ("small",), "bias": False}


def conv2d_backward(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = gradients.EXACT_WEIGHTED,
    strides: Sequence[str] = ANY_STRIDES,
    padding: Sequence[str] = ANY_PADDING,
    square: bool = False,
    **options: Any,
) -> Case:
    """The gradients of a legal convolution; `options` are those of the forward pass."""
    family = choose(pick, families)
    if square:  # as all kernels are in much code
        options["window"] = (pick(1, 3),) * 2
    tensors, made = gradients.WEIGHTED[family]
    asked = maker("conv2d")(
        pick, features, families=(tensors,), strides=strides, padding=padding, **options
    )
    return gradients.backward(pick, asked, NAME, family, made)


def with_cells_left_over(pick: Pick, features: Features, **options: Any) -> Case:
    """Two more rows and columns than the windows cover, or gaps between them."""
    case = conv2d_backward(pick, features, **options)
    x, more = case.inputs["x"], (pick(1, 2), pick(1, 2))
    wider = case.given(x=np.pad(x, ((0, 0), (0, more[0]), (0, more[1]), (0, 0)), mode="wrap"))
    reach = (size + 1 for size in case.inputs["kernel"].shape[:2])
    form = tuple(reach) if "strides_pair" in features else max(reach)
    return gradients.fitted(wider.with_attributes(strides=form))


def of_another_shape(pick: Pick, features: Features) -> Illegal:
    """DCONV-12."""
    return gradients.of_another_shape(pick, conv2d_backward(pick, features, **PLAIN))
