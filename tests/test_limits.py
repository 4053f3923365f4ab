"""Limits: their names, what they tell apart, cases within them, and what is told of them."""

import numpy as np
import pytest

from refcnn.diagnosis.declines import limits_of
from refcnn.suite.capabilities import EVERYTHING, features_of
from refcnn.suite.case import Answer, Case, Missing, Refusal
from refcnn.suite.context import Context, Record
from refcnn.suite.generators import maker
from refcnn.suite.lattice import around, case_at, searched
from refcnn.suite.limits import FAMILIES, PLAIN, limit, limits_in, numbers_in, told_apart, within
from refcnn.suite.predicates import PREDICATES
from refcnn.suite.probe import find_out
from refcnn.suite.recorder import Entry
from refcnn.suite.registry import OPERATORS
from refcnn.suite.sampling import counted
from refcnn.suite.tensors import DTYPES

STRIDE_IS_SIZE = ["no_padding", "pool_sizes_2", "stride_is_pool_size"]


def a_pool(size=2, shape=(1, 4, 6, 2), **attributes):
    x = np.ones(shape, "float32")
    return Case(operator="max_pool2d", inputs={"x": x}, attributes={"pool_size": size} | attributes)


def a_convolution(kernel=(2, 2), channels=2, shape=(4, 5), **attributes):
    x, k = np.ones((1, *shape, channels), "f4"), np.ones((*kernel, channels, 1), "f4")
    return Case(operator="conv2d", inputs={"x": x, "kernel": k}, attributes=attributes)


# --- names


@pytest.mark.parametrize("name", [one.name for one in PLAIN])
def test_a_limit_is_found_by_its_name(name):
    assert limit(name).name == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("channels_1", "channels: 1"),
        ("pool_sizes_2", "2 by 2 pools"),
        ("pool_sizes_2_3", "pools of 2 or 3"),
        ("axes_2_4", "2 or 4 axes"),
        ("kernel_sizes_up_to_3", "kernels of up to 3"),
        ("unless there is a bias", "not where there is a bias"),
        (
            "unless a stride is above 1 and there is padding",
            "not where a stride is above 1 and there is padding",
        ),
    ],
)
def test_limits_with_numbers_and_predicates_are_told(name, words):
    assert (limit(name).name, limit(name).words) == (name, words)


@pytest.mark.parametrize(
    "name",
    ["", "channels", "channels_", "channels_up_to_", "unless ", "unless it rains", "channels_x"],
)
def test_other_names_are_refused_in_a_sentence(name):
    with pytest.raises(ValueError, match="there is no limit"):
        limit(name)


def test_a_near_miss_is_asked_about():
    with pytest.raises(ValueError, match="did you mean square_images"):
        limit("square_image")


@pytest.mark.parametrize(
    ("name", "inside", "beyond"),
    [
        ("square_images", a_pool(shape=(1, 4, 4, 1)), a_pool()),
        ("square_kernels", a_convolution((3, 3)), a_convolution((2, 3))),
        ("square_windows", a_pool(), a_pool((2, 1))),
        ("odd_kernels", a_convolution((3, 1)), a_convolution((3, 2))),
        ("odd_windows", a_pool(3), a_pool(2)),
        ("stride_is_pool_size", a_pool(2, strides=(2, 2)), a_pool(2, strides=1)),
        ("no_padding", a_pool(padding=0), a_pool(padding=1)),
        ("always_same", a_pool(padding="same"), a_pool(padding="valid")),
        ("equal_strides", a_pool(strides=3), a_pool((2, 3))),
        ("equal_padding", a_convolution(padding=1), a_convolution(padding=((1, 1), (0, 0)))),
        (
            "symmetric_padding",
            a_convolution(padding=((1, 1), (0, 0))),
            a_convolution(padding="same"),
        ),
        ("sizes_that_fit", a_pool(2), a_pool(3)),
        ("no_empty_batch", a_pool(), a_pool(shape=(0, 4, 4, 1))),
        ("channels_1_2", a_pool(), a_pool(shape=(1, 4, 4, 3))),
        ("kernel_sizes_up_to_2", a_convolution(), a_convolution((2, 3))),
        ("unless a stride is above 1", a_pool(strides=1), a_pool()),
    ],
)
def test_a_limit_holds_of_what_lies_within(name, inside, beyond):
    assert within(inside, [name])
    assert not within(beyond, [name])


def test_every_limit_has_been_seen_both_ways():
    cases = [case_at(op, p) for op in OPERATORS for p in around(op, next(searched(op, DTYPES)))]
    rare = [a_pool(shape=(0, 4, 4, 1)), a_pool(3)]
    for one in PLAIN:
        seen = {
            within(case, [one.name]) for case in [*cases, *rare] if case.operator in one.operators
        }
        assert seen == {True, False}, one.name


def test_predicates_can_be_said_in_a_limit():
    assert [name for name in PREDICATES if " and " in name] == []


# --- telling apart


def told(taken, beyond):
    found = told_apart(taken[0].operator, taken, beyond)
    return [one.name for one in found.limits], len(found.untold)


def test_the_fewest_words_that_tell_apart():
    square = [a_pool(shape=(1, n, n, 2)) for n in (4, 6)]
    assert told(square, [a_pool(), a_pool(3)]) == (["square_images"], 0)
    taken = [a_pool(), a_pool(2, strides=2)]
    larger = [a_pool(3, (1, 6, 9, 2)), a_pool(3, (1, 7, 9, 2), strides=2)]
    assert told(taken, [*larger, a_pool(2, strides=1)]) == (
        ["stride_is_pool_size", "pool_sizes_2"],
        0,
    )


def test_predicates_tell_what_words_do_not():
    taken = [a_convolution(strides=2), a_convolution(padding=1), a_convolution()]
    names, untold = told(taken, [a_convolution(strides=2, padding=1)])
    assert (names, untold) == (["unless strides are given and there is padding"], 0)


def test_what_nothing_tells_apart_is_left():
    assert told([a_pool()], [a_pool()]) == ([], 1)
    assert told_apart("max_pool2d", [], [a_pool()]).limits == ()
    assert told_apart("max_pool2d", [a_pool()], []).untold == ()


# --- cases within limits


@pytest.mark.parametrize(
    ("operator", "limits"),
    [
        ("conv2d", ["square_images", "odd_kernels", "channels_1"]),
        ("conv2d", ["square_kernels", "equal_strides", "equal_padding", "filters_1_2"]),
        ("conv2d", ["kernel_sizes_3", "strides_1", "no_padding", "examples_1"]),
        ("conv2d", ["sizes_that_fit", "always_same"]),
        ("max_pool2d", STRIDE_IS_SIZE),
        ("avg_pool2d", ["square_windows", "equal_strides", "square_images"]),
        ("max_pool2d", ["sizes_that_fit", "odd_windows"]),
        ("dense", ["examples_1"]),
        ("flatten", ["examples_1"]),
        ("relu", ["axes_2_4"]),
        ("softmax", ["axes_2"]),
    ],
)
def test_cases_are_drawn_within_limits(operator, limits):
    features = EVERYTHING.features[operator] | {*limits}
    subject = Context(None, EVERYTHING, Record())
    subject.offer.features  # noqa: B018 - EVERYTHING itself stays as it is
    drawn = 0
    for index in range(1, 60):
        pick = counted("limits", index)
        for _ in range(20):
            case = maker(operator)(pick, features)
            if within(case, features):
                drawn += 1
                break
    assert drawn >= 50


def test_without_limits_the_same_cases_are_drawn_as_ever():
    assert [*limits_in(EVERYTHING.features["conv2d"])] == []
    assert numbers_in({"channels_2_1", "square_images"}, "channels") == [1, 2]
    assert {family.name for family in FAMILIES} & {*EVERYTHING.features["conv2d"]} == set()


# --- what is told


def told_of(operator, run):
    entries = []

    def asked(case):
        outcome = run(case)
        entries.append(Entry(case, outcome))
        return outcome

    offer = find_out(asked, [operator])
    return limits_of(operator, entries, offer), offer


def answer(case):
    return Answer.of(case.inputs["x"])


def only(holds):
    return lambda case: answer(case) if holds(case) else Missing("not that")


def test_limits_are_told_with_their_share():
    limits, offer = told_of("max_pool2d", only(lambda c: within(c, STRIDE_IS_SIZE)))
    assert [*limits.words] == ["stride = pool size", "no padding", "2 by 2 pools"]
    assert 0.9 < limits.share < 1
    assert limits.untold == ()
    assert offer.features["max_pool2d"] >= {*STRIDE_IS_SIZE}


def test_a_form_without_a_place_is_told_with_its_reason():
    limits, offer = told_of("conv2d", only(lambda c: "bias" not in c.inputs))
    assert limits.words == {"no bias": "not that"}
    assert "bias" not in offer.features["conv2d"]


def test_who_takes_everything_has_no_limits():
    for operator in OPERATORS:
        limits, offer = told_of(operator, answer)
        assert not limits
        assert limits.share == 0
        assert offer.features == {operator: EVERYTHING.features[operator]}


def test_who_declines_at_random_is_inconsistent():
    draw = np.random.default_rng(3)
    limits, _ = told_of("conv2d", only(lambda _: draw.random() < 0.7))
    assert limits.untold
    assert limits


def test_declining_by_an_exception_is_a_limit_too():
    refusal = Refusal("Unsupported", "one channel", 3, unsupported=True)
    limits, offer = told_of(
        "conv2d", lambda c: answer(c) if c.inputs["x"].shape[-1] == 1 else refusal
    )
    assert [*limits.words] == ["one channel"]
    assert "channels_1" in offer.features["conv2d"]


def test_an_operator_that_declines_everything_is_not_implemented():
    _, offer = told_of_nothing()
    assert offer.features == {}
    assert offer.reasons == {"relu": {"all of it": "not yet (line 3)"}}


def told_of_nothing():
    offer = find_out(lambda _: Refusal("X", "not yet", 3, unsupported=True), ["relu"])
    return None, offer


# --- what is refused


def refusing(holds):
    refusal = Refusal("ValueError", "no", 5)
    return lambda case: answer(case) if holds(case) else refusal


def test_what_is_refused_is_told_apart_and_left_out():
    offer = find_out(refusing(lambda c: within(c, ["square_images"])), ["max_pool2d"])
    (refused,) = offer.refused["max_pool2d"]
    assert [one.name for one in refused.limits] == ["square_images"]
    assert not within(refused.case, ["square_images"])
    assert "square_images" in offer.features["max_pool2d"]


def test_a_form_that_is_always_refused_is_not_a_limit():
    offer = find_out(refusing(lambda c: "padding_same" not in features_of(c)), ["conv2d"])
    (refused,) = offer.refused["conv2d"]
    assert [one.name for one in refused.limits] == ['unless padding is "same"']
    assert "padding_same" not in offer.features["conv2d"]


def test_a_dtype_that_is_always_refused_is_refused():
    offer = find_out(refusing(lambda c: c.dtype == "float64"), ["dense"])
    assert [one.limits[0].name for one in offer.refused["dense"]] == ["unless the dtype is float32"]
    assert "float32" not in offer.features["dense"]


def test_an_answer_in_another_dtype_now_and_then_is_no_limit():
    def run(case):
        wide = "bias" not in case.inputs
        return Answer.of(case.inputs["x"].astype("float64" if wide else case.dtype))

    offer = find_out(run, ["conv2d"])
    assert offer.features["conv2d"] >= {"float32", "float64"}
    always = find_out(lambda case: Answer.of(case.inputs["x"].astype("float64")), ["conv2d"])
    assert "float32" not in always.features["conv2d"]
    assert always.reasons["conv2d"]["float32"] == "it answers float64 to float32"


def test_no_limit_is_told_that_only_happens_to_hold():
    """Of what is declined some has more channels than all that was taken, for another reason."""
    taken = [a_convolution(channels=c, strides=s) for c, s in ((1, 1), (2, 2), (3, 1))]
    taken.append(a_convolution(channels=3, strides=1, dilation=2))
    beyond = [a_convolution(channels=c, strides=2, dilation=2) for c in (1, 2, 4)]
    told = told_apart("conv2d", taken, beyond)
    (one,) = told.limits
    assert one.words.startswith("not where a stride is above 1 and ")
    assert told.untold == ()
