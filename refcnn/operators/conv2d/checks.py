"""What must hold of conv2d: each check isolates what its clause adds to those before it."""

import json
from contextlib import suppress
from typing import Any

import numpy as np

from refcnn.operators.conv2d import cases
from refcnn.operators.conv2d.domains import INTEGERS, ONE_MAP
from refcnn.suite.algebra import rank
from refcnn.suite.case import Case
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.data import integers
from refcnn.suite.dialects import SetAsideError
from refcnn.suite.draw import Pick, choose, dtype_of, seed
from refcnn.suite.judge import expect
from refcnn.suite.paths import golden
from refcnn.suite.tensors import DTYPES, Array

CHECKS: list[Check] = []
check = registering(CHECKS)
PLAIN: dict[str, Any] = {"strides": ("default",), "padding": ("default",), "bias": False}


def the_example(dtype: str) -> tuple[Case, Array]:
    """The source's worked example, a 2x2 kernel that slides over a 4x4 input, and its output."""
    example = json.loads((golden() / "sliding_window.json").read_text("utf-8"))
    x, kernel, y = (np.array(example[name], dtype) for name in ("input", "kernel", "output"))
    inputs = {"x": x[None, ..., None], "kernel": kernel[..., None, None]}
    return Case(operator="conv2d", inputs=inputs, exact=True), y[None, ..., None]


@check("CONV-1")
def one_patch_is_the_sum_of_products(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, **ONE_MAP, **INTEGERS)
    height, width = case.inputs["kernel"].shape[:2]
    iut.check(case.given(x=case.inputs["x"][:, :height, :width]))


@check("CONV-2")
def the_kernel_slides_over_the_input(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("conv2d", pick, **ONE_MAP, **INTEGERS))


@check("CONV-3")
def a_delta_kernel_shifts_the_input(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, **ONE_MAP, families=("xsmall", "kimpulse"))
    x, kernel = case.inputs["x"], np.zeros_like(case.inputs["kernel"])
    (height, width), (m, n) = kernel.shape[:2], (pick(0, s - 1) for s in kernel.shape[:2])
    kernel[m, n] = 1
    case = case.given(kernel=kernel)
    rows, columns = x.shape[1] - height + 1, x.shape[2] - width + 1
    shifted = x[:, m : m + rows, n : n + columns]
    iut.same(case, iut.answer(case), shifted, f"a kernel of 1 at ({m}, {n}) shifts the input")


@check("CONV-4")
def channels_are_added_up(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "depth": pick(2, 4)}))


@check("CONV-4")
def the_whole_is_the_sum_of_one_channel_at_a_time(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS, depth=pick(2, 3))
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    parts = [
        iut.answer(case.given(x=x[..., c : c + 1], kernel=kernel[:, :, c : c + 1]))
        for c in range(x.shape[3])
    ]
    law = "the output is the sum over the channels, each convolved alone"
    iut.same(case, iut.answer(case), iut.exactly(*((1, part) for part in parts)), law)


@check("CONV-5")
def every_filter_gives_its_own_map(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "filters": pick(2, 4)}))


@check("CONV-5")
def reordered_filters_give_reordered_maps(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS, filters=pick(2, 4))
    order = np.roll(np.arange(case.inputs["kernel"].shape[3])[::-1], pick(0, 3))
    reordered = case.given(kernel=case.inputs["kernel"][..., order])
    law = f"filters in the order {order.tolist()} give the maps in that order"
    iut.same(reordered, iut.answer(reordered), iut.answer(case)[..., order], law)


@check("CONV-6")
def the_bias_is_added_once(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "bias")
    options = {**ONE_MAP, "bias": True, "filters": pick(1, 3), "depth": pick(1, 2)}
    iut.check(iut.case("conv2d", pick, **options, families=("xsmall", "biasonly", "xwide")))


@check("CONV-6")
def no_bias_means_a_bias_of_zero(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "bias")
    iut.needs("conv2d", "no_bias")
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS)
    zero = case.given(bias=np.zeros(case.inputs["kernel"].shape[3], case.dtype))
    iut.same(zero, iut.answer(zero), iut.answer(case), "a bias of zeros is no bias")


@check("CONV-7")
def valid_stride_one_shrinks_by_the_kernel_less_one(iut: Context, pick: Pick) -> None:
    iut.has_shape(iut.case("conv2d", pick, **ONE_MAP, families=("xsmall",)))


@check("CONV-8")
def a_stride_keeps_every_such_location(iut: Context, pick: Pick) -> None:
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


@check("CONV-9")
def two_strides_apply_to_height_and_width(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "strides_pair")
    strides = choose(pick, [(1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2)])
    case = iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "strides": ("strides_pair",)})
    iut.check(case.with_attributes(strides=strides))


@check("CONV-10")
def as_many_windows_as_fit(iut: Context, pick: Pick) -> None:
    iut.has_shape(iut.case("conv2d", pick, depth=1, filters=1, batch=(1, 1), families=("xsmall",)))


@check("CONV-10", times=0)
def small_sizes_exhaustively(iut: Context) -> None:
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


@check("CONV-11")
def padding_is_a_border_of_zeros(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "padding_int")
    options = {**ONE_MAP, **INTEGERS, "padding": ("padding_int",), "depth": pick(1, 2)}
    case = iut.case("conv2d", pick, **options)
    iut.check(case)
    border = case.attributes["padding"]
    axes = ((0, 0), (border, border), (border, border), (0, 0))
    by_hand = case.given(x=np.pad(case.inputs["x"], axes)).with_attributes(padding=0)
    law = f"padding={border} equals {border} rows and columns of zeros around the input"
    iut.same(case, iut.answer(case), iut.answer(by_hand), law)


@check("CONV-12")
def padding_may_differ_on_each_side(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "padding_pairs")
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "padding": ("padding_pairs",)}))


@check("CONV-13")
def valid_is_no_padding_and_the_default(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "padding_valid")
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS)
    valid = case.with_attributes(padding="valid")
    iut.check(valid)
    law = 'padding="valid" is what is done without the argument'
    iut.same(valid, iut.answer(valid), iut.answer(case), law)


@check("CONV-14")
def same_keeps_the_size_at_stride_one(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "padding_same")
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, "padding": ("padding_same",)}))


@check("CONV-15")
def same_with_strides(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "padding_same")
    iut.needs("conv2d", "strides_pair|strides_int")
    options = {"padding": ("padding_same",), "strides": ("strides_pair", "strides_int")}
    iut.check(iut.case("conv2d", pick, **{**ONE_MAP, **INTEGERS, **options}))


@check("CONV-16", times=WIDELY)
def the_whole_equation_on_exact_data(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("conv2d", pick, batch=(1, 3)))


@check("CONV-16")
def the_usual_kernel(iut: Context, pick: Pick) -> None:
    """3x3 at stride 1, on data that show what fast algorithms round."""
    families = ("impulse", "kimpulse", "sparse")
    iut.check(iut.case("conv2d", pick, window=(3, 3), strides=("default",), families=families))


@check("CONV-17")
def the_whole_equation_within_the_bound(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("conv2d", pick, families=("general", "spread")))


@check("CONV-19")
def linear_in_the_input(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, families=("xsmall",), bias=False)
    iut.needs("conv2d", "no_bias")
    x = case.inputs["x"]
    other, (a, b) = integers(seed(pick), x.shape, -8, 8, case.dtype), (pick(-3, 3), pick(1, 3))
    both = case.given(x=a * x + b * other)
    expected = iut.exactly((a, iut.answer(case)), (b, iut.answer(case.given(x=other))))
    iut.same(
        both, iut.answer(both), expected, f"conv({a} X1 + {b} X2) = {a} conv(X1) + {b} conv(X2)"
    )


@check("CONV-20")
def linear_in_the_kernel(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, families=("xsmall",), bias=False)
    iut.needs("conv2d", "no_bias")
    kernel = case.inputs["kernel"]
    other, (a, b) = integers(seed(pick), kernel.shape, -8, 8, case.dtype), (pick(-3, 3), pick(1, 3))
    both = case.given(kernel=a * kernel + b * other)
    expected = iut.exactly((a, iut.answer(case)), (b, iut.answer(case.given(kernel=other))))
    iut.same(
        both, iut.answer(both), expected, f"conv({a} K1 + {b} K2) = {a} conv(K1) + {b} conv(K2)"
    )


@check("CONV-21")
def an_output_depends_on_its_window_only(iut: Context, pick: Pick) -> None:
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


@check("CONV-22")
def equal_patches_give_equal_outputs(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS, batch=(1, 1))
    tiles = pick(2, 3), pick(2, 3)
    height, width = case.inputs["x"].shape[1:3]
    tiled = case.given(x=np.tile(case.inputs["x"], (1, *tiles, 1)))
    y = iut.answer(tiled)
    once, law = y[:, : y.shape[1] - height, : y.shape[2] - width], "equal patches, equal outputs"
    iut.same(tiled, y[:, height:, width:], once, law)


@check("CONV-22")
def one_kernel_serves_inputs_of_every_size(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, **PLAIN, **INTEGERS)
    x, (kh, kw) = case.inputs["x"], case.inputs["kernel"].shape[:2]
    rows, columns = pick(kh, x.shape[1]), pick(kw, x.shape[2])
    part = case.given(x=x[:, :rows, :columns])
    inside = iut.answer(case)[:, : rows - kh + 1, : columns - kw + 1]
    law = f"the output of the {rows}x{columns} corner is the corner of the output"
    iut.same(part, iut.answer(part), inside, law)


@check("CONV-23")
def a_shifted_input_gives_the_shifted_output(iut: Context, pick: Pick) -> None:
    case = iut.case("conv2d", pick, **INTEGERS, padding=("default",))
    strides = case.attributes.get("strides", 1)
    sh, sw = strides if isinstance(strides, tuple) else (strides, strides)
    a, b = pick(0, 2), pick(0, 2)
    moved = np.pad(case.inputs["x"], ((0, 0), (a * sh, 0), (b * sw, 0), (0, 0)))
    shifted, law = case.given(x=moved), f"an input moved by ({a * sh}, {b * sw}) moves the output"
    iut.same(shifted, iut.answer(shifted)[:, a:, b:], iut.answer(case), law)


@check("CONV-18", times=0, each={"dtype": DTYPES})
def the_nine_sums(iut: Context, *, dtype: str) -> None:
    iut.needs("conv2d", dtype)
    iut.needs("conv2d", "no_bias")
    case, expected = the_example(dtype)
    iut.same(case, iut.check(case), expected, "the sums printed in the example")


@check("CONV-24")
def a_small_input_has_few_independent_maps(iut: Context, pick: Pick) -> None:
    """Many filters on one small image: the maps span no more than the theorem allows."""
    iut.needs("conv2d", "no_bias")
    kh, kw, height, width = pick(1, 3), pick(1, 3), pick(3, 4), pick(3, 4)
    filters, dtype, number = pick(10, 32), dtype_of(pick, iut.features("conv2d")), seed(pick)
    x = integers(number, (1, height, width, 1), -8, 8, dtype)
    kernel = integers(number + 1, (kh, kw, 1, filters), -8, 8, dtype)
    case = Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, exact=True)
    maps = iut.answer(case)
    limit = min(kh * kw, maps.shape[1] * maps.shape[2], filters)
    found = rank(maps.reshape(-1, filters).T)
    iut.holds(case, maps, np.array(found <= limit), f"rank {found} of the maps is at most {limit}")


@check("CONV-25")
def a_kernel_larger_than_the_input_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.kernel_too_large(pick, iut.features("conv2d")))


@check("CONV-26")
def a_stride_below_one_is_refused(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "strides_int|strides_pair")
    iut.refuses(*cases.stride_below_one(pick, iut.features("conv2d")))


@check("CONV-27")
def negative_padding_is_refused(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "padding_int|padding_pairs")
    iut.refuses(*cases.negative_padding(pick, iut.features("conv2d")))


@check("CONV-28")
def a_kernel_of_another_depth_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.other_depth(pick, iut.features("conv2d")))


@check("CONV-29")
def other_ranks_are_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.other_ranks(pick, iut.features("conv2d")))


@check("CONV-30")
def a_bias_of_another_length_is_refused(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "bias")
    iut.refuses(*cases.bias_of_other_length(pick, iut.features("conv2d")))
