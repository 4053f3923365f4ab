"""Illegal cases: each breaks one rule, and an implementation must refuse it."""

from typing import Any

import numpy as np

from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.cases.conv2d import conv2d
from refcnn.suite.cases.dense import dense
from refcnn.suite.cases.pool2d import avg_pool2d, max_pool2d
from refcnn.suite.draw import Pick, choose

Illegal = tuple[Case, str]  # and the rule that it breaks

POOLS = {"max_pool2d": (max_pool2d, "distinct"), "avg_pool2d": (avg_pool2d, "whole")}
ONE_STEP: dict[str, Any] = {"strides": ("default",), "padding": ("default",)}
OTHER_LENGTHS = [(3, 2), (3, 4), (3, 1), (1, 3)]  # outputs, and numbers in the bias
PLAIN: dict[str, Any] = {**ONE_STEP, "bias": False, "families": ("xsmall",)}


def _forms(features: Features, single: list[Any], name: str, paired: list[Any]) -> list[Any]:
    """The wrong values of an argument, in the forms of it that are offered."""
    plural = {"strides": "strides_pair", "padding": "padding_pairs", "pool": "pool_pair"}[name]
    return [
        *(single if f"{name}_int" in features else []),
        *(paired if plural in features else []),
    ]


def _with_room(case: Case) -> Case:
    """The case with two more cells on each side, so that only the padding is wrong."""
    return case.given(x=np.pad(case.inputs["x"], ((0, 0), (2, 2), (2, 2), (0, 0))))


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
    strides = choose(pick, _forms(features, [wrong], "strides", [(wrong, 1), (1, wrong)]))
    return case.with_attributes(strides=strides), f"strides {strides} has one below 1"


def negative_padding(pick: Pick, features: Features) -> Illegal:
    """CONV-27."""
    case = conv2d(pick, features, **PLAIN, depth=1, filters=1)
    paired = [((-1, 0), (0, 0)), ((0, 0), (0, -1))]
    padding = choose(pick, _forms(features, [-1], "padding", paired))
    return _with_room(case).with_attributes(padding=padding), f"padding {padding} is negative"


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


def _pool(pick: Pick, features: Features, operator: str) -> Case:
    make, family = POOLS[operator]
    return make(pick, features, **ONE_STEP, families=(family,))


def window_too_large(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """POOL-18."""
    case = _pool(pick, features, operator)
    height, width = case.inputs["x"].shape[1:3]
    paired = [(height + 1, 1), (1, width + 1)]
    size = choose(pick, paired if "pool_pair" in features else [min(height, width) + 1])
    rule = f"a window {size} exceeds ({height}, {width})"
    return case.with_attributes(pool_size=size), rule


def sizes_below_one(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """POOL-19."""
    case, wrong = _pool(pick, features, operator), choose(pick, [0, -1])
    form = (wrong, 1) if "pool_pair" in features else wrong
    if "strides_int" in features and pick(0, 1):
        return case.with_attributes(strides=wrong), f"stride {wrong} is below 1"
    return case.with_attributes(pool_size=form), f"pool size {form} is below 1"


def negative_pool_padding(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """POOL-20."""
    case = _with_room(_pool(pick, features, operator))
    paired = "padding_pairs" in features
    padding = choose(pick, [((-1, 0), (0, 0)), ((0, 0), (0, -1))] if paired else [-1])
    return case.with_attributes(padding=padding), f"padding {padding} is negative"


def other_pool_ranks(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """POOL-21."""
    case = _pool(pick, features, operator)
    x = choose(pick, [case.inputs["x"][0], case.inputs["x"][0, 0]])
    return case.given(x=x), f"x has {x.ndim} axes where it must have 4"


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
