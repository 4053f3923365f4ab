"""Cases of conv2d: legal ones, and illegal ones that each break one rule."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from refcnn.cnn.shapes import as_pair, reach
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.data import EXACT_PRODUCTS, PRODUCTS
from refcnn.suite.draw import (
    ANY_PADDING,
    ANY_STRIDES,
    ONE_STEP,
    OTHER_LENGTHS,
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
    with_room,
    wrong_forms,
)
from refcnn.suite.generators import Illegal

PLAIN: dict[str, Any] = {**ONE_STEP, "bias": False, "families": ("xsmall",)}


def conv2d(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = tuple(EXACT_PRODUCTS),
    strides: Sequence[str] = ANY_STRIDES,
    padding: Sequence[str] = ANY_PADDING,
    dilation: Sequence[str] = (),
    groups: Sequence[str] = (),
    bias: bool | None = None,
    depth: int | None = None,
    filters: int | None = None,
    batch: tuple[int, int] = (1, 2),
    window: tuple[int, int] | None = None,
) -> Case:
    """A legal convolution: at most 2 images, 3 channels and filters, 4x4 kernels; rarely more."""
    forms = form_of(pick, strides, features), form_of(pick, padding, features)
    window = window or window_of(pick, features)
    spread = dilated(pick, dilation, features)
    taken = reach_of(window, **spread)
    (height, width), attributes = layout(pick, taken, *forms, features, pool=False)
    examples = value_of("examples", pick(*batch), features)
    channels = depth or value_of("channels", size_of(pick, 3, 9), features)
    parts = grouped(pick, groups, features)
    many = parts.get("groups", 1)
    x_shape = (examples, height, width, many * channels)
    outputs = filters or value_of("filters", size_of(pick, 3, 9), features)
    k_shape = (*window, channels, many * outputs)
    family, dtype = choose(pick, families), dtype_of(pick, features)
    x, kernel, b = PRODUCTS[family](seed(pick), x_shape, k_shape, dtype)
    inputs: dict[str, Any] = {"x": x, "kernel": kernel}
    if with_bias(pick, features, wanted=bias):
        inputs["bias"] = np.zeros_like(b) if bias is False else b  # False: it must be given
    return Case(
        operator="conv2d",
        inputs=inputs,
        attributes={**attributes, **spread, **parts},
        exact=family in EXACT_PRODUCTS,
        family=family,
    )


def dilated(pick: Pick, forms: Sequence[str], features: Features) -> dict[str, Any]:
    """A dilation in one of the forms, as an argument; none if there are no forms."""
    match form_of(pick, forms, features) if forms else "":
        case "dilation_int":
            return {"dilation": size_of(pick, 3, 4)}
        case "dilation_pair":
            return {"dilation": (size_of(pick, 3, 4), size_of(pick, 3, 4))}
    return {}


def grouped(pick: Pick, forms: Sequence[str], features: Features) -> dict[str, int]:
    """A number of groups in one of the forms, as an argument; none if there are no forms."""
    named = forms and form_of(pick, forms, features) == "groups"
    return {"groups": size_of(pick, 3, 4)} if named else {}


def reach_of(window: tuple[int, int], dilation: Any = 1) -> tuple[int, int]:
    """How many cells a kernel of so many taps takes."""
    height, width = map(reach, window, as_pair("dilation", dilation, least=1))
    return height, width


def one_patch(pick: Pick, features: Features, **options: Any) -> Case:
    """conv2d of an input that is no larger than the kernel."""
    case = conv2d(pick, features, **options)
    height, width = case.inputs["kernel"].shape[:2]
    return case.given(x=case.inputs["x"][:, :height, :width])


def kernel_too_large(pick: Pick, features: Features) -> Illegal:
    """CONV-25: by one cell, of an input that may be padded, at stride 1 or 2."""
    case = conv2d(pick, features, **PLAIN)
    kernel, axis = case.inputs["kernel"], pick(0, 1)
    border = pick(0, 1) if "padding_int" in features else 0
    size = case.inputs["x"].shape[1 + axis] + 2 * border
    longer = np.concatenate([kernel] * (size // kernel.shape[axis] + 1), axis)
    exact = longer[: size + 1] if axis == 0 else longer[:, : size + 1]
    given: dict[str, Any] = {"padding": border} if border else {}
    if "strides_int" in features and pick(0, 2) == 2:
        given["strides"] = 2
    name = ("height", "width")[axis]
    rule = f"kernel {name} {size + 1} exceeds the padded input {name} {size}"
    return case.given(kernel=exact).with_attributes(**given), rule


def stride_below_one(pick: Pick, features: Features) -> Illegal:
    """CONV-26."""
    case, wrong = conv2d(pick, features, **PLAIN), pick(-2, 0)
    strides = choose(pick, wrong_forms(features, [wrong], "strides", [(wrong, 1), (1, wrong)]))
    return case.with_attributes(strides=strides), f"strides {strides} has one below 1"


def negative_padding(pick: Pick, features: Features) -> Illegal:
    """CONV-27."""
    case = conv2d(pick, features, **PLAIN, depth=1, filters=1)
    paired = [((-1, 0), (0, 0)), ((0, 0), (0, -1))]
    padding = choose(pick, wrong_forms(features, [-1], "padding", paired))
    return with_room(case).with_attributes(padding=padding), f"padding {padding} is negative"


def other_depth(pick: Pick, features: Features) -> Illegal:
    """CONV-28."""
    depth, wrong = choose(pick, [(3, 2), (2, 3), (3, 1), (2, 4)])
    case = conv2d(pick, features, **PLAIN, depth=depth, filters=2)
    kernel = np.repeat(case.inputs["kernel"][:, :, :1], wrong, axis=2)
    return case.given(kernel=kernel), f"kernel depth {wrong} differs from the {depth} channels"


def other_ranks(pick: Pick, features: Features) -> Illegal:
    """CONV-29."""
    case = conv2d(pick, features, **PLAIN)
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    wrong = [("x", x[0]), ("x", x[..., 0]), ("kernel", kernel[..., 0]), ("kernel", kernel[0, 0])]
    wrong += [("x", x[0, 0]), ("x", x[None]), ("kernel", kernel[None])]
    name, tensor = choose(pick, wrong)
    return case.given(**{name: tensor}), f"{name} has {tensor.ndim} axes where it must have 4"


def bias_of_other_length(pick: Pick, features: Features) -> Illegal:
    """CONV-30."""
    filters, wrong = choose(pick, OTHER_LENGTHS)
    case = conv2d(pick, features, families=("xsmall",), filters=filters)
    rule = f"a bias of {wrong} numbers for {filters} filters"
    return case.given(bias=np.ones(wrong, case.dtype)), rule
