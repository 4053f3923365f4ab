"""Clauses of conv2d: what must be refused."""

import numpy as np
import pytest

from refcnn.spec.cases.draw import choose
from refcnn.spec.explore import explore

ONE_MAP = {
    "strides": ("default",),
    "padding": ("default",),
    "bias": False,
    "depth": 1,
    "filters": 1,
}
PLAIN = {"strides": ("default",), "padding": ("default",), "bias": False}


@pytest.mark.clause("CONV-25")
@explore
def test_a_kernel_larger_than_the_input_is_refused(iut, pick):
    case = iut.case("conv2d", pick, **PLAIN, families=("xsmall",))
    kernel, axis = case.inputs["kernel"], pick(0, 1)
    size = case.inputs["x"].shape[1 + axis]
    longer = np.concatenate([kernel] * (size // kernel.shape[axis] + 1), axis)
    exact = longer[: size + 1] if axis == 0 else longer[:, : size + 1]
    name = ("height", "width")[axis]
    iut.refuses(case.given(kernel=exact), f"kernel {name} {size + 1} exceeds input {name} {size}")


@pytest.mark.clause("CONV-26")
@explore
def test_a_stride_below_one_is_refused(iut, pick):
    iut.needs("conv2d", "strides_int|strides_pair", elsewhere=True)
    case = iut.case("conv2d", pick, **PLAIN, families=("xsmall",))
    wrong = pick(-2, 0)
    pairs = [(wrong, 1), (1, wrong)] if "strides_pair" in iut.features("conv2d") else []
    single = [wrong] if "strides_int" in iut.features("conv2d") else []
    strides = choose(pick, single + pairs)
    iut.refuses(case.with_attributes(strides=strides), f"strides {strides} has one below 1")


@pytest.mark.clause("CONV-27")
@explore
def test_negative_padding_is_refused(iut, pick):
    iut.needs("conv2d", "padding_int|padding_pairs", elsewhere=True)
    case = iut.case("conv2d", pick, **ONE_MAP, families=("xsmall",))
    single = [-1] if "padding_int" in iut.features("conv2d") else []
    pairs = [((-1, 0), (0, 0)), ((0, 0), (0, -1))]
    paired = pairs if "padding_pairs" in iut.features("conv2d") else []
    large = case.given(x=np.pad(case.inputs["x"], ((0, 0), (2, 2), (2, 2), (0, 0))))
    padding = choose(pick, single + paired)
    iut.refuses(large.with_attributes(padding=padding), f"padding {padding} is negative")


@pytest.mark.clause("CONV-28")
@explore
def test_a_kernel_of_another_depth_is_refused(iut, pick):
    depth, wrong = choose(pick, [(3, 2), (2, 3), (3, 1), (2, 4)])
    case = iut.case("conv2d", pick, **PLAIN, families=("xsmall",), depth=depth, filters=2)
    kernel = np.repeat(case.inputs["kernel"][:, :, :1], wrong, axis=2)
    iut.refuses(
        case.given(kernel=kernel), f"kernel depth {wrong} differs from the {depth} channels"
    )


@pytest.mark.clause("CONV-29")
@explore
def test_other_ranks_are_refused(iut, pick):
    case = iut.case("conv2d", pick, **PLAIN, families=("xsmall",))
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    wrong = [
        {"x": x[0]},
        {"x": x[..., 0]},
        {"kernel": kernel[..., 0]},
        {"kernel": kernel[..., 0, 0]},
    ]
    inputs = choose(pick, wrong)
    ((name, tensor),) = inputs.items()
    iut.refuses(case.given(**inputs), f"{name} has {tensor.ndim} axes where it must have 4")


@pytest.mark.clause("CONV-30")
@explore
def test_a_bias_of_another_length_is_refused(iut, pick):
    iut.needs("conv2d", "bias")
    case = iut.case("conv2d", pick, families=("xsmall",), filters=3)
    bias = np.ones(choose(pick, [2, 4]), case.dtype)
    iut.refuses(case.given(bias=bias), f"a bias of {len(bias)} numbers for 3 filters")
