"""Clauses of conv2d: each test isolates what its clause adds to those before it."""

from contextlib import suppress

import numpy as np
import pytest

from refcnn.operators.conv2d.domains import INTEGERS, ONE_MAP
from refcnn.suite.case import Case
from refcnn.suite.data import integers
from refcnn.suite.dialects import SetAsideError
from refcnn.suite.draw import choose, dtype_of, seed
from refcnn.suite.judge import expect
from refcnn.suite.sampling import explore, explore_widely

PLAIN = {"strides": ("default",), "padding": ("default",), "bias": False}


@pytest.mark.clause("CONV-1")
@explore
def test_one_patch_is_the_sum_of_products(iut, pick):
    case = iut.case("conv2d", pick, **ONE_MAP, **INTEGERS)
    height, width = case.inputs["kernel"].shape[:2]
    iut.check(case.given(x=case.inputs["x"][:, :height, :width]))


@pytest.mark.clause("CONV-2")
@explore
def test_the_kernel_slides_over_the_input(iut, pick):
    iut.check(iut.case("conv2d", pick, **ONE_MAP, **INTEGERS))


@pytest.mark.clause("CONV-3")
@explore
def test_a_delta_kernel_shifts_the_input(iut, pick):
    case = iut.case("conv2d", pick, **ONE_MAP, families=("xsmall", "kimpulse"))
    x, kernel = case.inputs["x"], np.zeros_like(case.inputs["kernel"])
    (height, width), (m, n) = kernel.shape[:2], (pick(0, s - 1) for s in kernel.shape[:2])
    kernel[m, n] = 1
    case = case.given(kernel=kernel)
    rows, columns = x.shape[1] - height + 1, x.shape[2] - width + 1
    shifted = x[:, m : m + rows, n : n + columns]
    iut.same(case, iut.answer(case), shifted, f"a kernel of 1 at ({m}, {n}) shifts the input")


@pytest.mark.clause("CONV-4")
@explore
def test_channels_are_added_up(iut, pick):
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "depth": pick(2, 4)}))


@pytest.mark.clause("CONV-4")
@explore
def test_the_whole_is_the_sum_of_one_channel_at_a_time(iut, pick):
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS, depth=pick(2, 3))
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    parts = [
        iut.answer(case.given(x=x[..., c : c + 1], kernel=kernel[:, :, c : c + 1]))
        for c in range(x.shape[3])
    ]
    law = "the output is the sum over the channels, each convolved alone"
    iut.same(case, iut.answer(case), iut.exactly(*((1, part) for part in parts)), law)


@pytest.mark.clause("CONV-5")
@explore
def test_every_filter_gives_its_own_map(iut, pick):
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "filters": pick(2, 4)}))


@pytest.mark.clause("CONV-5")
@explore
def test_reordered_filters_give_reordered_maps(iut, pick):
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS, filters=pick(2, 4))
    order = np.roll(np.arange(case.inputs["kernel"].shape[3])[::-1], pick(0, 3))
    reordered = case.given(kernel=case.inputs["kernel"][..., order])
    law = f"filters in the order {order.tolist()} give the maps in that order"
    iut.same(reordered, iut.answer(reordered), iut.answer(case)[..., order], law)


@pytest.mark.clause("CONV-6")
@explore
def test_the_bias_is_added_once(iut, pick):
    iut.needs("conv2d", "bias")
    options = {**ONE_MAP, "bias": True, "filters": pick(1, 3), "depth": pick(1, 2)}
    iut.check(iut.case("conv2d", pick, **options, families=("xsmall", "biasonly", "xwide")))


@pytest.mark.clause("CONV-6")
@explore
def test_no_bias_means_a_bias_of_zero(iut, pick):
    iut.needs("conv2d", "bias")
    iut.needs("conv2d", "no_bias")
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS)
    zero = case.given(bias=np.zeros(case.inputs["kernel"].shape[3], case.dtype))
    iut.same(zero, iut.answer(zero), iut.answer(case), "a bias of zeros is no bias")


@pytest.mark.clause("CONV-7")
@explore
def test_valid_stride_one_shrinks_by_the_kernel_less_one(iut, pick):
    iut.has_shape(iut.case("conv2d", pick, **ONE_MAP, families=("xsmall",)))


@pytest.mark.clause("CONV-8")
@explore
def test_a_stride_keeps_every_such_location(iut, pick):
    iut.needs("conv2d", "strides_int|strides_pair")
    form = "strides_int" if "strides_int" in iut.features("conv2d") else "strides_pair"
    case = iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "strides": (form,)})
    stride = pick(2, 4)
    dense = case.with_attributes(strides=(1, 1) if form == "strides_pair" else 1)
    strided = case.with_attributes(strides=(stride, stride) if form == "strides_pair" else stride)
    iut.check(strided)
    kept = iut.answer(dense)[:, ::stride, ::stride]
    law = f"stride {stride} keeps every location {stride} apart of the stride-1 output"
    iut.same(strided, iut.answer(strided), kept, law)


@pytest.mark.clause("CONV-9")
@explore
def test_two_strides_apply_to_height_and_width(iut, pick):
    iut.needs("conv2d", "strides_pair")
    strides = choose(pick, [(1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2)])
    case = iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "strides": ("strides_pair",)})
    iut.check(case.with_attributes(strides=strides))


@pytest.mark.clause("CONV-10")
@explore
def test_as_many_windows_as_fit(iut, pick):
    iut.has_shape(iut.case("conv2d", pick, depth=1, filters=1, batch=(1, 1), families=("xsmall",)))


@pytest.mark.clause("CONV-10")
def test_small_sizes_exhaustively(iut):
    """Heights run through all small (H, F, S), widths through the same in another order."""
    iut.needs("conv2d", "strides_pair")
    axes = [(h, f, s) for h in range(1, 8) for f in range(1, min(h, 4) + 1) for s in range(1, 4)]
    for (height, kh, sh), (width, kw, sw) in zip(axes, axes[::-1], strict=True):
        dtype = dtype_of(lambda low, _: low, iut.features("conv2d"))
        inputs = {
            "x": integers(height * 8 + width, (1, height, width, 1), -8, 8, dtype),
            "kernel": integers(kh * 8 + kw, (kh, kw, 1, 1), -8, 8, dtype),
        }
        if "no_bias" not in iut.features("conv2d"):
            inputs["bias"] = np.zeros(1, dtype)
        with suppress(SetAsideError):
            iut.has_shape(Case(operator="conv2d", inputs=inputs, attributes={"strides": (sh, sw)}))


@pytest.mark.clause("CONV-11")
@explore
def test_padding_is_a_border_of_zeros(iut, pick):
    iut.needs("conv2d", "padding_int")
    options = {**ONE_MAP, **INTEGERS, "padding": ("padding_int",), "depth": pick(1, 2)}
    case = iut.case("conv2d", pick, **options)
    iut.check(case)
    border = case.attributes["padding"]
    axes = ((0, 0), (border, border), (border, border), (0, 0))
    by_hand = case.given(x=np.pad(case.inputs["x"], axes)).with_attributes(padding=0)
    law = f"padding={border} equals {border} rows and columns of zeros around the input"
    iut.same(case, iut.answer(case), iut.answer(by_hand), law)


@pytest.mark.clause("CONV-12")
@explore
def test_padding_may_differ_on_each_side(iut, pick):
    iut.needs("conv2d", "padding_pairs")
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "padding": ("padding_pairs",)}))


@pytest.mark.clause("CONV-13")
@explore
def test_valid_is_no_padding_and_the_default(iut, pick):
    iut.needs("conv2d", "padding_valid")
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS)
    valid = case.with_attributes(padding="valid")
    iut.check(valid)
    law = 'padding="valid" is what is done without the argument'
    iut.same(valid, iut.answer(valid), iut.answer(case), law)


@pytest.mark.clause("CONV-14")
@explore
def test_same_keeps_the_size_at_stride_one(iut, pick):
    iut.needs("conv2d", "padding_same")
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "padding": ("padding_same",)}))


@pytest.mark.clause("CONV-15")
@explore
def test_same_with_strides(iut, pick):
    iut.needs("conv2d", "padding_same")
    iut.needs("conv2d", "strides_pair|strides_int")
    options = {"padding": ("padding_same",), "strides": ("strides_pair", "strides_int")}
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, **options}))


@pytest.mark.clause("CONV-16")
@explore_widely
def test_the_whole_equation_on_exact_data(iut, pick):
    iut.check(iut.case("conv2d", pick, batch=(1, 3)))


@pytest.mark.clause("CONV-16")
@explore
def test_the_usual_kernel(iut, pick):
    """3x3 at stride 1, on data that show what fast algorithms round."""
    families = ("impulse", "kimpulse", "sparse")
    iut.check(iut.case("conv2d", pick, window=(3, 3), strides=("default",), families=families))


@pytest.mark.clause("CONV-17")
@explore
def test_the_whole_equation_within_the_bound(iut, pick):
    iut.check(iut.case("conv2d", pick, families=("general", "spread")))


@pytest.mark.clause("CONV-19")
@explore
def test_linear_in_the_input(iut, pick):
    case = iut.case("conv2d", pick, families=("xsmall",), bias=False)
    iut.needs("conv2d", "no_bias")
    x = case.inputs["x"]
    other, (a, b) = integers(seed(pick), x.shape, -8, 8, case.dtype), (pick(-3, 3), pick(1, 3))
    both = case.given(x=a * x + b * other)
    expected = iut.exactly((a, iut.answer(case)), (b, iut.answer(case.given(x=other))))
    iut.same(
        both, iut.answer(both), expected, f"conv({a} X1 + {b} X2) = {a} conv(X1) + {b} conv(X2)"
    )


@pytest.mark.clause("CONV-20")
@explore
def test_linear_in_the_kernel(iut, pick):
    case = iut.case("conv2d", pick, families=("xsmall",), bias=False)
    iut.needs("conv2d", "no_bias")
    kernel = case.inputs["kernel"]
    other, (a, b) = integers(seed(pick), kernel.shape, -8, 8, case.dtype), (pick(-3, 3), pick(1, 3))
    both = case.given(kernel=a * kernel + b * other)
    expected = iut.exactly((a, iut.answer(case)), (b, iut.answer(case.given(kernel=other))))
    iut.same(
        both, iut.answer(both), expected, f"conv({a} K1 + {b} K2) = {a} conv(K1) + {b} conv(K2)"
    )


@pytest.mark.clause("CONV-21")
@explore
def test_an_output_depends_on_its_window_only(iut, pick):
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS, batch=(1, 1))
    x, (kh, kw) = case.inputs["x"].copy(), case.inputs["kernel"].shape[:2]
    i, j = pick(0, x.shape[1] - kh), pick(0, x.shape[2] - kw)
    outside = np.ones(x.shape, bool)
    outside[:, i : i + kh, j : j + kw] = False
    x[outside] = x[outside] * -2 + 1
    changed, before = case.given(x=x), iut.answer(case)[:, i, j]
    law = f"a change outside the window of ({i}, {j}) leaves that output as it was"
    allowed = expect(case).bound[:, i, j] + expect(changed).bound[:, i, j]  # others may round
    iut.same(changed, iut.answer(changed)[:, i, j], before, law, allowed)


@pytest.mark.clause("CONV-22")
@explore
def test_equal_patches_give_equal_outputs(iut, pick):
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS, batch=(1, 1))
    tiles = pick(2, 3), pick(2, 3)
    height, width = case.inputs["x"].shape[1:3]
    tiled = case.given(x=np.tile(case.inputs["x"], (1, *tiles, 1)))
    y = iut.answer(tiled)
    once, law = y[:, : y.shape[1] - height, : y.shape[2] - width], "equal patches, equal outputs"
    iut.same(tiled, y[:, height:, width:], once, law)


@pytest.mark.clause("CONV-22")
@explore
def test_one_kernel_serves_inputs_of_every_size(iut, pick):
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS)
    x, (kh, kw) = case.inputs["x"], case.inputs["kernel"].shape[:2]
    rows, columns = pick(kh, x.shape[1]), pick(kw, x.shape[2])
    part = case.given(x=x[:, :rows, :columns])
    inside = iut.answer(case)[:, : rows - kh + 1, : columns - kw + 1]
    law = f"the output of the {rows}x{columns} corner is the corner of the output"
    iut.same(part, iut.answer(part), inside, law)


@pytest.mark.clause("CONV-23")
@explore
def test_a_shifted_input_gives_the_shifted_output(iut, pick):
    case = iut.case("conv2d", pick, **INTEGERS, padding=("default",))
    strides = case.attributes.get("strides", 1)
    sh, sw = strides if isinstance(strides, tuple) else (strides, strides)
    a, b = pick(0, 2), pick(0, 2)
    moved = np.pad(case.inputs["x"], ((0, 0), (a * sh, 0), (b * sw, 0), (0, 0)))
    shifted, law = case.given(x=moved), f"an input moved by ({a * sh}, {b * sw}) moves the output"
    iut.same(shifted, iut.answer(shifted)[:, a:, b:], iut.answer(case), law)
