"""What must hold of pools."""

from typing import Any

import numpy as np

from refcnn.operators.pool2d import cases
from refcnn.operators.pool2d.domains import EXACT
from refcnn.suite.bounds import roundoff
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.data import integers, whole_means
from refcnn.suite.draw import Pick, choose, seed
from refcnn.suite.judge import expect
from refcnn.suite.precise import two_sum
from refcnn.suite.windows import cell_counts

CHECKS: list[Check] = []
check = registering(CHECKS)
PADDED = (
    "padding_same|padding_int|padding_pairs",
    "padding_int|padding_pairs|padding_same",
    "padding_pairs|padding_same|padding_int",
)
PLAIN: dict[str, Any] = {"strides": ("default",), "padding": ("default",)}


def pair(value: Any) -> tuple[int, int]:
    """A number or a pair as a pair."""
    return value if isinstance(value, tuple) else (value, value)


@check("POOL-1")
def max_picks_the_largest_value(iut: Context, pick: Pick) -> None:
    features = iut.features("max_pool2d")
    iut.check(cases.one_window(pick, features, operator="max_pool2d", **PLAIN))


@check("POOL-2")
def average_is_the_mean(iut: Context, pick: Pick) -> None:
    features = iut.features("avg_pool2d")
    iut.check(cases.one_window(pick, features, operator="avg_pool2d", **PLAIN))


@check("POOL-3")
def windows_lie_side_by_side(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, **PLAIN, families=EXACT[operator])
    iut.check(case.given(x=case.inputs["x"][:1, :, :, :1]))


@check("POOL-4")
def as_many_windows_as_fit(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, families=EXACT[operator])
    iut.has_shape(case.given(x=case.inputs["x"][:1, :, :, :1]))


@check("POOL-5")
def every_channel_is_pooled_on_its_own(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, **PLAIN, families=EXACT[operator])
    parts = [
        iut.answer(case.given(x=part))
        for part in np.split(case.inputs["x"], case.inputs["x"].shape[3], 3)
    ]
    whole, allowed = iut.check(case), 2 * expect(case).bound
    law = "the channels, each pooled alone, side by side"
    iut.same(case, whole, np.concatenate(parts, 3), law, allowed)


@check("POOL-6")
def strides_replace_the_pool_size(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.needs(operator, "strides_int|strides_pair", "strides_pair|strides_int")
    paired = "strides_pair" in iut.features(operator)
    strides = choose(pick, [(1, 2), (2, 1), (3, 1), (2, 3), (3, 3)] if paired else [1, 2, 3])
    case = iut.case(operator, pick, **PLAIN, families=EXACT[operator])
    iut.check(case.with_attributes(strides=strides))


@check("POOL-7")
def same_padding(iut: Context, pick: Pick, *, operator: str) -> None:
    """Shape everywhere, values where the window holds no padding."""
    iut.needs(operator, "padding_same")
    case = iut.case(operator, pick, padding=("padding_same",), families=EXACT[operator])
    shape = (1, pick(1, 9), pick(1, 9), 1)
    cells = int(np.prod(pair(case.attributes["pool_size"])))
    case = case.given(x=whole_means(seed(pick), shape, case.dtype, [cells]))
    iut.by_standard(case)
    whole = cell_counts(case) == cells
    expected = expect(case)
    law = "windows lie as same padding lays them"
    iut.same(case, iut.answer(case), expected.hi, law, np.where(whole, expected.bound, np.inf))


@check("POOL-8")
def padding_never_wins_a_maximum(iut: Context, pick: Pick) -> None:
    iut.needs("max_pool2d", *PADDED)
    padding = ("padding_same", "padding_int", "padding_pairs")
    iut.check(iut.case("max_pool2d", pick, padding=padding, families=("negative",)))


@check("POOL-9")
def padding_never_counts_in_a_mean(iut: Context, pick: Pick) -> None:
    iut.needs("avg_pool2d", *PADDED)
    padding = ("padding_same", "padding_int", "padding_pairs")
    iut.check(iut.case("avg_pool2d", pick, padding=padding, families=("whole",)))


@check("POOL-10", times=WIDELY)
def the_whole_definition(iut: Context, pick: Pick, *, operator: str) -> None:
    floats = ("floats",) if operator == "max_pool2d" else ()
    iut.check(iut.case(operator, pick, families=(*EXACT[operator], *floats)))


@check("POOL-11")
def means_within_the_bound(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("avg_pool2d", pick, families=("general", "spread")))


@check("POOL-12")
def between_the_extremes_and_growing(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, families=EXACT[operator])
    y, x, off = iut.answer(case), case.inputs["x"], expect(case).bound
    between = (x.min() - y <= off) & (y - x.max() <= off)
    iut.holds(case, y, between, "min of x <= result <= max of x")
    larger = case.given(x=x + abs(integers(pick(0, 2**32 - 1), x.shape, 0, 5, case.dtype)))
    grown, off = iut.answer(larger), off + expect(larger).bound
    iut.holds(larger, grown, y - grown <= off, "a larger input, no smaller result")


@check("POOL-13")
def moving_and_scaling_pass_through(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, families=EXACT[operator])
    scale, y = choose(pick, [2, 4, 8]), iut.answer(case)
    move = scale * 27720 if operator == "avg_pool2d" else pick(-50, 50)
    moved = case.given(x=case.inputs["x"] * scale + np.dtype(case.dtype).type(move))
    expected, lost = two_sum(y.astype(np.float64) * scale, np.array(float(move)))
    allowed = expect(moved).bound + scale * expect(case).bound + abs(lost)
    law = f"pool({scale} X + {move}) = {scale} pool(X) + {move}"
    iut.same(moved, iut.answer(moved), expected, law, allowed)


@check("POOL-14")
def average_is_a_convolution_with_a_uniform_kernel(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "strides_pair")
    iut.needs("conv2d", "no_bias")
    iut.needs("avg_pool2d", "strides_pair")
    case = iut.case(
        "avg_pool2d", pick, strides=("strides_pair",), padding=("default",), families=("whole",)
    )
    x = case.inputs["x"][..., :1]
    height, width = pair(case.attributes["pool_size"])
    ones = np.ones((height, width, 1, 1), case.dtype)
    conv = iut.case("conv2d", lambda low, _: low, bias=False).given(x=x, kernel=ones)
    conv, one = conv.with_attributes(strides=case.attributes["strides"]), case.given(x=x)
    iut.by_standard(one)
    total, count = iut.helper(conv).astype(np.float64), height * width
    rounds = np.fmod(total, count) != 0
    off = expect(conv).bound / count + np.where(rounds, roundoff("float64"), 0) * abs(total)
    law = f"the mean of {count} cells is a convolution with ones, over {count}"
    iut.same(one, iut.answer(one), total / count, law, expect(one).bound + off)


@check("POOL-15")
def shifts_by_whole_strides_shift_the_output(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, padding=("default",), families=EXACT[operator])
    size, strides = case.attributes["pool_size"], case.attributes.get("strides")
    sh, sw = pair(size if strides is None else strides)
    a, b = pick(0, 2), pick(0, 2)
    moved = case.given(x=np.pad(case.inputs["x"], ((0, 0), (a * sh, 0), (b * sw, 0), (0, 0))))
    law = f"an input moved by ({a * sh}, {b * sw}) moves the output by ({a}, {b})"
    expected, got = iut.answer(case), iut.answer(moved)[:, a:, b:]
    allowed = expect(case).bound + expect(moved).bound[:, a:, b:]
    iut.same(moved, got, expected, law, allowed)


@check("POOL-16")
def values_that_stay_in_their_window_change_nothing(
    iut: Context, pick: Pick, *, operator: str
) -> None:
    case = iut.case(operator, pick, **PLAIN, families=EXACT[operator])
    x, (fh, fw) = case.inputs["x"].copy(), pair(case.attributes["pool_size"])
    down, right = pick(0, fh - 1), pick(0, fw - 1)
    for i in range(0, x.shape[1] - fh + 1, fh):
        for j in range(0, x.shape[2] - fw + 1, fw):
            window = x[:, i : i + fh, j : j + fw]
            x[:, i : i + fh, j : j + fw] = np.roll(window, (down, right), (1, 2))
    moved = case.given(x=x)
    law = (
        f"every value moved by ({down}, {right}) within its own window leaves the output as it was"
    )
    expected, got = iut.answer(case), iut.answer(moved)
    iut.same(moved, got, expected, law, expect(case).bound + expect(moved).bound)


@check("POOL-17")
def infinity_wins(iut: Context, pick: Pick) -> None:
    iut.check(cases.infinity_in_a_pool(pick, iut.features("max_pool2d")))


@check("POOL-24")
def the_lowest_numbers_are_compared_too(iut: Context, pick: Pick) -> None:
    iut.check(cases.lowest_in_a_pool(pick, iut.features("max_pool2d")))


@check("POOL-18")
def a_window_larger_than_the_input_is_refused(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.refuses(*cases.window_too_large(pick, iut.features(operator), operator=operator))


@check("POOL-19")
def sizes_and_strides_below_one_are_refused(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.refuses(*cases.sizes_below_one(pick, iut.features(operator), operator=operator))


@check("POOL-20")
def negative_padding_is_refused(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.needs(operator, "padding_int|padding_pairs")
    iut.refuses(*cases.negative_pool_padding(pick, iut.features(operator), operator=operator))


@check("POOL-21")
def other_ranks_are_refused(iut: Context, pick: Pick, *, operator: str) -> None:
    iut.refuses(*cases.other_pool_ranks(pick, iut.features(operator), operator=operator))


@check("POOL-22")
def windows_of_one_cell_and_of_the_whole_input(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick, **PLAIN, families=EXACT[operator])
    x, paired = case.inputs["x"], "pool_pair" in iut.features(operator)
    one = case.with_attributes(pool_size=(1, 1) if paired else 1)
    iut.same(one, iut.answer(one), x, "a pool of 1x1 windows is the input")
    side = min(x.shape[1:3])
    square = case.given(x=x[:, :side, :side]).with_attributes(pool_size=side)
    iut.check(case.with_attributes(pool_size=x.shape[1:3]) if paired else square)


@check("POOL-23")
def a_window_that_holds_nan_is_nan(iut: Context, pick: Pick) -> None:
    iut.check(cases.nan_in_a_pool(pick, iut.features("max_pool2d")))
