"""The judge on the edge: the last number that passes and the first that fails."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from refcnn.cnn import ops
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case, Crash, Missing, Refusal, Rubbish, Timeout
from refcnn.suite.dialects import SetAsideError
from refcnn.suite.generators import maker
from refcnn.suite.judge import (
    Expected,
    Verdict,
    compare,
    compare_all,
    expect,
    in_its_dtype,
    judge,
    judge_faults,
    judge_refusal,
    settled,
    shape_of,
)
from refcnn.suite.numerics import bound
from refcnn.suite.sampling import explore

X = np.array([[1.0, -2.0, 0.0]])
RELU = Case(operator="relu", inputs={"x": X}, exact=True)


def verdict(array, case=RELU):
    return judge(case, Answer.of(np.asarray(array))).verdict


def test_right_answers_pass_whatever_the_sign_of_zero():
    assert verdict([[1.0, 0.0, 0.0]]) is Verdict.PASS
    assert verdict([[1.0, -0.0, -0.0]]) is Verdict.PASS


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.array([[1.0, 0.0]]), "wrong shape: expected (1, 3), got (1, 2)"),
        (np.array([1.0, 0.0, 0.0]), "wrong shape: expected (1, 3), got (3,)"),
        (np.array([[1.0, 0.0, 0.0]], "f4"), "wrong dtype: expected float64, got float32"),
        (np.array([[np.nan, 0.0, 0.0]]), "wrong class of number: 1 of 3 differ"),
        (np.array([[1.0, 0.0, np.inf]]), "wrong class of number: 1 of 3 differ"),
        (np.array([[1.0 + 2**-52, 0.0, 0.0]]), "wrong numbers: 1 of 3 differ"),
        (np.array([[1.0, 5e-324, 0.0]]), "wrong numbers: 1 of 3 differ"),
        (np.full((1, 3), np.nan), "wrong class of number: 3 of 3 differ"),
    ],
)
def test_wrong_answers_fail_with_the_reason(array, reason):
    judgement = judge(RELU, Answer.of(array))
    assert (judgement.verdict, judgement.reason) == (Verdict.FAIL, reason)


def test_classes_of_special_values():
    special = np.array([[np.nan, np.inf, -np.inf]])
    flat = Case(operator="flatten", inputs={"x": special.reshape(1, 1, 1, 3)}, exact=True)
    assert verdict(special, flat) is Verdict.PASS
    for wrong in (
        special[:, ::-1],
        np.zeros((1, 3)),
        -special,
        np.array([[np.nan, np.inf, -1e308]]),
    ):
        assert verdict(wrong, flat) is Verdict.FAIL


ROWS = [[1.0, np.nan, 2.0], [0.5, np.inf, -np.inf], [-np.inf] * 3, [0.0, 0.0, -np.inf]]
RIGHT = [[np.nan] * 3, [np.nan] * 3, [np.nan] * 3, [0.5, 0.5, 0.0]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (0, [0.25, np.nan, 0.75]),  # NaN stays alone
        (1, [0.0, 1.0, 0.0]),  # +inf takes all
        (1, [0.0, np.nan, 0.0]),
        (2, [0.0, 0.0, 0.0]),
        (2, [1 / 3, 1 / 3, 1 / 3]),
        (3, [np.nan, np.nan, np.nan]),  # NaN of another row
    ],
)
def test_rows_without_a_softmax_are_nan_and_no_others(dtype, row, wrong):
    case = Case(operator="softmax", inputs={"x": np.array(ROWS, dtype)})
    right = np.array(RIGHT, dtype)
    assert verdict(right, case) is Verdict.PASS
    got = np.where(np.arange(4)[:, None] == row, wrong, right).astype(dtype)
    judgement = judge(case, Answer.of(got))
    assert judgement.verdict is Verdict.FAIL
    assert judgement.reason.startswith("wrong class of number")
    assert judgement.index[0] == row


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_maximum_over_nan_is_nan(dtype):
    x = np.array([[-1, np.nan, 2, -3, -4]], dtype)
    case = Case(operator="relu", inputs={"x": x}, exact=True)
    assert verdict(np.array([[0, np.nan, 2, 0, 0]], dtype), case) is Verdict.PASS
    assert verdict(np.array([[0, 0, 2, 0, 0]], dtype), case) is Verdict.FAIL
    options = {"pool_size": (1, 2), "strides": 1}
    pool = Case(operator="max_pool2d", inputs={"x": x[:, None, :, None]}, attributes=options)
    right = np.array([np.nan, np.nan, 2, -3], dtype).reshape(1, 1, 4, 1)
    assert verdict(right, pool) is Verdict.PASS
    assert verdict(np.array([-1, 2, 2, -3], dtype).reshape(1, 1, 4, 1), pool) is Verdict.FAIL
    assert verdict(np.full_like(right, np.nan), pool) is Verdict.FAIL


def test_answers_of_zeros_prove_nothing():
    nothing = RELU.given(x=-np.ones((2, 2)))
    assert verdict(np.zeros((2, 2)), nothing) is Verdict.WEAK
    empty = RELU.given(x=np.ones((0, 2)))
    judgement = judge(empty, Answer.of(np.zeros((0, 2))))
    assert (judgement.verdict, judgement.fraction) == (Verdict.PASS, 0)


@pytest.mark.parametrize("operator", ["conv2d", "dense", "avg_pool2d", "softmax"])
@explore
def test_at_the_bound_and_just_beyond(pick, operator):
    family = {"families": ("general",)}
    case = maker(operator)(pick, EVERYTHING.features[operator] - {"float32"}, **family)
    expected = expect(case)
    limit = expected.bound.max()
    where = np.unravel_index(expected.bound.argmax(), expected.bound.shape)
    for factor, right in ((0.9, True), (1.1, False)):
        for sign in (1, -1):
            y = expected.hi.copy()
            y[where] += sign * factor * limit
            moved = abs(
                (y[where] - expected.hi[where]) - np.broadcast_to(expected.lo, y.shape)[where]
            )
            judgement = compare(expected, y, "float64")
            assert (judgement.verdict is not Verdict.FAIL) == (moved <= limit)
            assert (judgement.fraction <= 1) == (moved <= limit)
            if not right and moved > limit:
                assert judgement.index is not None


@explore
def test_float32_work_inside_float64_is_seen(pick):
    features = EVERYTHING.features["conv2d"] - {"float32"}
    case = maker("conv2d")(pick, features, families=("xwide",))
    narrow = {name: tensor.astype("f4") for name, tensor in case.inputs.items()}
    y = ops.conv2d(**narrow, **case.attributes).astype("f8")
    if not np.array_equal(y, ops.conv2d(**case.inputs, **case.attributes)):
        assert verdict(y, case) is Verdict.FAIL


@explore
def test_any_order_of_summation_stays_within_the_bound(pick):
    """Float32 sums taken term by term, forwards and backwards."""
    features = EVERYTHING.features["dense"] - {"float64"}
    case = maker("dense")(pick, features, families=("general", "spread"))
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    for order in (range(len(kernel)), reversed(range(len(kernel)))):
        y = np.zeros((len(x), kernel.shape[1]), "f4")
        for i in order:
            y += x[:, i, None] * kernel[i]
        assert verdict(y + case.inputs.get("bias", np.float32(0)), case) is not Verdict.FAIL


def test_the_bound_is_zero_where_nothing_is_added():
    case = Case(operator="dense", inputs={"x": np.zeros((1, 2)), "kernel": np.ones((2, 1))})
    assert not bound(case).any()
    assert verdict([[5e-324]], case) is Verdict.FAIL


def test_means_are_exact_where_the_count_is_a_power_of_two():
    x = np.arange(12.0).reshape(1, 3, 4, 1) * 12
    attributes = {"pool_size": 2, "padding": "same", "strides": 1}
    case = Case(operator="avg_pool2d", inputs={"x": x}, attributes=attributes, exact=True)
    assert not bound(case).any()
    three = case.with_attributes(pool_size=3, padding="valid", strides=1)
    assert (bound(three) > 0).all()


FLAT = Case(operator="flatten", inputs={"x": np.array([[[1.0, 2.0]]])}, exact=True)


def test_a_right_answer_is_no_part_of_its_bound_away():
    judgement = judge(FLAT, Answer.of(np.array([[1.0, 2.0]])))
    assert (judgement.verdict, judgement.fraction) == (Verdict.PASS, 0)


def test_a_bound_that_is_given_replaces_the_derived_one():
    """1.5 for 1 is on a bound of 0.5 and passes; twice as far is wrong, and is counted alone."""
    bound = np.full((1, 2), 0.5)
    on_it = judge(FLAT, Answer.of(np.array([[1.5, 2.0]])), bound)
    assert (on_it.verdict, on_it.fraction) == (Verdict.PASS, 1)
    beyond = judge(FLAT, Answer.of(np.array([[1.5, 1.0]])), bound)
    assert (beyond.verdict, beyond.reason) == (Verdict.FAIL, "wrong numbers: 1 of 2 differ")
    assert (beyond.index, beyond.expected, beyond.got, beyond.fraction) == ((0, 1), 2, 1, 2)


def test_the_low_part_of_an_answer_counts_where_the_high_part_is_met():
    """1 + 0.25 and 2 + 0.5 for 1 and 2: half a bound of 0.5 away, then all of it, then beyond."""
    hi, bound = np.array([1.0, 2.0]), np.full(2, 0.5)
    half = compare(Expected(hi, np.array([0.25, 0.25]), bound), hi, "float64")
    assert (half.verdict, half.fraction) == (Verdict.PASS, 0.5)
    partly = compare(Expected(hi, np.array([0.125, 0.0]), bound), hi, "float64")
    assert (partly.verdict, partly.fraction) == (Verdict.PASS, 0.25)
    beyond = compare(Expected(hi, np.array([0.25, 0.75]), bound), hi, "float64")
    assert (beyond.verdict, beyond.index, beyond.fraction) == (Verdict.FAIL, (1,), 1.5)
    nothing = compare(Expected(0 * hi, np.array([0.25, 0.25]), bound), 0 * hi, "float64")
    assert nothing.verdict is Verdict.WEAK


def test_what_a_dialect_refuses_must_be_refused():
    """A pool of 2 over 3 columns leaves one over."""
    pool = Case(operator="max_pool2d", inputs={"x": np.ones((1, 1, 3, 1))}, exact=True)
    case = pool.with_attributes(pool_size=(1, 2))
    strict = replace(case, dialects=("refuses_inexact_sizes",))
    rule = "the windows do not fit exactly, which it states to refuse"
    assert judge(strict, Refusal("ValueError", "no")).verdict is Verdict.PASS
    answered = judge(strict, Answer.of(np.ones((1, 1, 1, 1))))
    assert answered.reason == f"{rule}, yet it answered with an array of shape (1, 1, 1, 1)"
    for question in (expect, shape_of):
        with pytest.raises(SetAsideError, match=rule):
            question(strict)
    try:
        assert shape_of(case) == (1, 1, 1, 1)
        assert shape_of(replace(case, dialects=("pool_sizes_round_up",))) == (1, 1, 2, 1)
    except SetAsideError:  # it would count as skipped
        pytest.fail("a case was set aside that can be answered")


def test_a_bound_that_is_given_loosens_no_dtype():
    judgement = judge(FLAT.in_dtype("float32"), Answer.of(np.ones((1, 2))), np.ones((1, 2)))
    assert judgement.reason == "wrong dtype: expected float32, got float64"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_only_where_an_answer_is_exact_it_is_rounded_to_the_dtype(dtype):
    """With e from 1 to the next number: (1 + e)^2 is 1 + 2 e, but e / 2^17 more can be added."""
    e = float(np.finfo(dtype).eps)
    x, kernel = np.array([[1 + e, 1]]), np.array([[1 + e, 1], [0, e / 2**17]])
    inputs = {"x": x.astype(dtype), "kernel": kernel.astype(dtype)}
    expected = expect(Case(operator="dense", inputs=inputs, exact=True))
    small = Fraction(e)
    (square, total), rest = expected.hi[0], np.broadcast_to(expected.lo, (1, 2))[0]
    assert Fraction(square) + Fraction(rest[0]) == 1 + 2 * small
    assert Fraction(total) + Fraction(rest[1]) == 1 + small + small / 2**17
    assert (expected.bound > 0).tolist() == [[False, True]]


def test_of_several_wrong_numbers_the_first_is_pointed_at():
    judgement = judge(FLAT, Answer.of(np.array([[0.0, 0.0]])))
    assert (judgement.index, judgement.reason) == ((0, 0), "wrong numbers: 2 of 2 differ")


def test_what_is_known_of_a_wrong_class_and_of_a_wrong_shape():
    judgement = judge(FLAT, Answer.of(np.array([[1.0, np.inf]])))
    assert (judgement.index, judgement.expected, judgement.got) == ((0, 1), 2, np.inf)
    assert judgement.fraction == np.inf
    judgement = judge(FLAT, Answer.of(np.zeros((2, 1))))
    assert (judgement.expected_shape, judgement.fraction) == ((1, 2), 0)


def test_the_shape_of_an_answer_follows_from_tensors_and_attributes():
    assert shape_of(FLAT) == (1, 2)
    case = Case(operator="conv2d", inputs={"x": np.ones((1, 3, 5, 1)), "kernel": np.ones((1,) * 4)})
    assert shape_of(case.with_attributes(strides=2)) == (1, 2, 3, 1)


def test_each_output_has_a_shape_of_its_own():
    """Labels are whole numbers, whatever the dtype of the logits is."""
    inputs = {"x": np.ones((2, 3)), "labels": np.array([0, 2])}
    case = Case(operator="softmax_cross_entropy", inputs=inputs)
    assert shape_of(replace(case, output="loss")) == ()
    assert shape_of(replace(case, output="dx")) == (2, 3)


def test_a_fast_answer_to_exact_data_is_settled_within_its_bound():
    """1 + 2 + 3 = 6, give or take 2048 u and more; what is further off stays."""
    inputs = {"x": np.array([[1.0, 2.0, 3.0]]), "kernel": np.ones((3, 2))}
    case = Case(operator="dense", inputs=inputs, exact=True, algorithm="fast")
    limit = float(bound(case)[0, 0])
    got = np.array([[6 + limit / 2, 6 + limit * 2]])
    assert settled(case, got).tolist() == [[6, got[0, 1]]]
    assert settled(case, 12 - got).tolist() == [[6, 12 - got[0, 1]]]
    zero = case.given(kernel=np.zeros((3, 2)))
    assert settled(zero, np.broadcast_to(bound(zero), (1, 2))).tolist() == [[0, 0]]
    for other in (replace(case, algorithm="direct"), replace(case, exact=False)):
        assert settled(other, got) is got


def test_what_is_settled_stays_in_its_dtype():
    inputs = {"x": np.ones((1, 1), "f4"), "kernel": np.ones((1, 1), "f4")}
    case = Case(operator="dense", inputs=inputs, exact=True, algorithm="fast")
    assert settled(case, np.ones((1, 1), "f4")).dtype == "float32"


def test_a_difference_may_overflow():
    large = FLAT.given(x=np.full((1, 1, 1), 1.7e308))
    assert verdict([[-1.7e308]], large) is Verdict.FAIL


def test_one_zero_proves_as_little_as_many():
    assert verdict([[0.0]], RELU.given(x=-np.ones((1, 1)))) is Verdict.WEAK


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_operators_that_only_choose_are_exact_whatever_the_case_says(dtype):
    rounded = Case(operator="relu", inputs={"x": X.astype(dtype)})
    assert verdict(np.array([[1, 0, 0]], dtype), rounded) is Verdict.PASS
    near = np.nextafter(np.array([[1, 0, 0]], dtype), np.dtype(dtype).type(2))
    assert verdict(near, rounded) is Verdict.FAIL


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Refusal("ValueError", "no"), (Verdict.FAIL, "raised ValueError: no")),
        (Refusal("ValueError", "no", 7), (Verdict.FAIL, "raised ValueError: no (line 7)")),
        (Rubbish("returned list"), (Verdict.FAIL, "returned list")),
        (Crash("it ended"), (Verdict.FAIL, "it ended")),
        (Timeout(2.0), (Verdict.FAIL, "no answer within 2 s")),
        (Missing("no relu"), (Verdict.NOT_IMPLEMENTED, "no relu")),
    ],
)
def test_outcomes_that_are_no_tensor(outcome, expected):
    judgement = judge(RELU, outcome)
    assert (judgement.verdict, judgement.reason) == expected


def test_outcomes_as_text():
    assert str(Missing("no relu")) == "no relu"
    assert str(Refusal("E", "m", 3)) == "E: m (line 3)"


SILENT = "x has no axes, and it did not raise an exception: "
ANSWERED = "x has no axes, yet it answered with an array of shape (1, 3)"


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Refusal("ValueError", "no"), (Verdict.PASS, "")),
        (Answer.of(X), (Verdict.FAIL, ANSWERED)),
        (Answer({"dx": X, "dy": X[0]}), (Verdict.FAIL, f"{ANSWERED} and (3,)")),
        (Crash("it ended"), (Verdict.FAIL, SILENT + "it ended")),
        (Rubbish("returned None"), (Verdict.FAIL, SILENT + "returned None")),
        (Timeout(1.0), (Verdict.FAIL, SILENT + "no answer within 1 s")),
        (Missing("no padding"), (Verdict.NOT_IMPLEMENTED, "no padding")),
    ],
)
def test_only_an_exception_is_a_refusal(outcome, expected):
    judgement = judge_refusal(outcome, "x has no axes")
    assert (judgement.verdict, judgement.reason) == expected


# --- several outputs

GIVEN = {"dy": [[1.0, 2.0]], "x": [[3.0]], "kernel": [[5.0, 7.0]], "bias": [0.0, 0.0]}
BACK = Case(
    operator="dense_backward",
    inputs={name: np.array(numbers) for name, numbers in GIVEN.items()},
    exact=True,
)
WITHOUT_BIAS = replace(BACK, inputs={n: t for n, t in BACK.inputs.items() if n != "bias"})
DX, DKERNEL, DBIAS = np.array([[19.0]]), np.array([[3.0, 6.0]]), np.array([1.0, 2.0])
WRONG = np.array([[3.0, 7.0]])


@pytest.mark.parametrize(
    ("case", "outputs", "reason", "about"),
    [
        (BACK, {"dx": DX, "dkernel": DKERNEL, "dbias": DBIAS}, "", ""),
        (WITHOUT_BIAS, {"dx": DX, "dkernel": DKERNEL}, "", ""),
        (
            BACK,
            {"dx": DX, "dkernel": WRONG, "dbias": DBIAS},
            "wrong numbers of dkernel: 1 of 2 differ",
            "dkernel",
        ),
        (
            WITHOUT_BIAS,
            {"dx": DX[0], "dkernel": DKERNEL},
            "wrong shape of dx: expected (1, 1), got (1,)",
            "dx",
        ),
        (
            BACK,
            {"dx": DX, "dkernel": DKERNEL, "dbias": DBIAS.astype("f4")},
            "wrong dtype of dbias: expected float64, got float32",
            "dbias",
        ),
        (BACK, {"dx": DX, "dkernel": DKERNEL}, "no dbias: there must be an array", "dbias"),
        (
            WITHOUT_BIAS,
            {"dx": DX, "dkernel": DKERNEL, "dbias": DBIAS},
            "an array for dbias: there must be none",
            "dbias",
        ),
    ],
)
def test_each_output_is_judged_by_its_name(case, outputs, reason, about):
    """1*5 + 2*7 = 19; 3*1 and 3*2; the bias gets dy."""
    judgement = judge(case, Answer(outputs))
    assert judgement.verdict is (Verdict.FAIL if reason else Verdict.PASS)
    assert (judgement.reason, judgement.output) == (reason, about)


def test_where_the_wrong_number_of_an_output_is_is_known():
    judgement = judge(WITHOUT_BIAS, Answer({"dx": DX, "dkernel": WRONG}))
    assert (judgement.index, judgement.expected, judgement.got) == ((0, 1), 6, 7)


def test_a_case_that_looks_at_one_output_is_judged_by_that_alone():
    case = replace(BACK, output="dkernel")
    assert judge(case, Answer({"dx": WRONG, "dkernel": DKERNEL})).verdict is Verdict.PASS
    wrong = judge(case, Answer({"dx": DX, "dkernel": WRONG}))
    assert (wrong.verdict, wrong.reason) == (Verdict.FAIL, "wrong numbers: 1 of 2 differ")
    lacks = judge(case, Answer({"dx": DX}))
    assert (lacks.verdict, lacks.reason) == (Verdict.FAIL, "no dkernel: there must be an array")
    assert lacks.output == "dkernel"
    on_it = judge(case, Answer({"dkernel": WRONG}), np.ones((1, 2)))
    assert (on_it.verdict, on_it.fraction) == (Verdict.PASS, 1)


def one(hi):
    """A number that is expected, give or take 1/2."""
    return Expected(np.array([hi]), np.zeros(()), np.array([0.5]))


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_outputs_the_one_that_says_most_counts(order):
    """1/4 and 1/8 off: a half and a quarter of the bound. Where 0 is expected nothing is shown."""
    expected = {"a": one(1.0), "b": one(2.0), "c": one(0.0)}
    outputs = {"a": np.array([1.25]), "b": np.array([2.125]), "c": np.array([0.5])}
    turned = {name: expected[name] for name in list(expected)[::order]}
    judgement = compare_all(turned, Answer(outputs), "float64")
    assert (judgement.verdict, judgement.fraction) == (Verdict.PASS, 0.5)
    judgement = compare_all({"c": one(0.0)}, Answer({"c": np.array([0.5])}), "float64")
    assert (judgement.verdict, judgement.fraction) == (Verdict.WEAK, 1)


# --- side effects

TWO = ("x was changed", "an earlier answer was changed")


@pytest.mark.parametrize(
    ("forbidden", "reason"),
    [
        ((), ""),
        (("x was changed",), "side effect: x was changed"),
        (TWO, "side effect: x was changed; an earlier answer was changed"),
    ],
)
def test_side_effects_are_judged_whatever_the_numbers(forbidden, reason):
    judgement = judge_faults(RELU, Answer.of(X, TWO), forbidden)
    assert judgement.verdict is (Verdict.FAIL if reason else Verdict.PASS)
    assert judgement.reason == reason


def test_who_does_not_answer_is_judged_by_that():
    judgement = judge_faults(RELU, Crash("it ended"), TWO)
    assert (judgement.verdict, judgement.reason) == (Verdict.FAIL, "it ended")


# --- answers of the other dtype


def dense(x, kernel, **options):
    inputs = {"x": np.array(x), "kernel": np.array(kernel)}
    return Case(operator="dense", inputs=inputs, **options)


def test_a_wider_answer_is_rounded_and_no_more():
    """Of 1 + 2 = 3 the next number is 2^-22 away, which lies within the bound of float32."""
    case = dense([[1.0, 2.0]], [[1.0, 1.0]] * 2).in_dtype("float32")
    found = in_its_dtype(case, np.array([[3 + 2**-22 + 2**-40, 1e300]]))
    assert found.dtype == "float32"
    assert found.tolist() == [[3 + 2**-22, np.inf]]


def test_a_narrower_answer_of_another_shape_is_only_made_wider():
    found = in_its_dtype(FLAT, np.ones((2, 1), "f4"))
    assert (found.dtype, found.tolist()) == ("float64", [[1], [1]])


def test_a_narrower_number_counts_as_the_one_that_it_is_rounded_from():
    """1/3 is 11184810.67 / 2^25; 1e300 is beyond float32."""
    numbers = np.array([1 / 3, 1 / 3, np.nan, np.nan, 1e300, -1e300, 2.0])
    case = Case(operator="relu", inputs={"x": np.abs(numbers)})
    near, next_one = 11184811 / 2**25, 11184812 / 2**25
    got = np.array([near, next_one, np.nan, 0, np.inf, -np.inf, 2], "f4")
    found = in_its_dtype(case, got)
    assert found.dtype == "float64"
    expected = np.array([1 / 3, next_one, np.nan, 0, 1e300, -np.inf, 2])
    np.testing.assert_array_equal(found, expected)


def test_a_narrower_answer_is_infinite_where_the_right_one_is_beyond_its_range():
    case = dense([[2.0**100]], [[2.0**100]])
    assert in_its_dtype(case, np.array([[np.inf]], "f4")).tolist() == [[2.0**200]]
    assert in_its_dtype(case, np.array([[-np.inf]], "f4")).tolist() == [[-np.inf]]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("got", "right"),
    [(1, True), (1 - 2**-24, True), (1 - 2**-23, False), (1 + 2**-23, True), (1 + 2**-22, False)],
)
def test_rounding_first_and_rounding_last_both_count_as_right(got, right, exact):
    """(1 + 2^-24)^2 is 1 in float32 if the factors are rounded, and else the next number.

    The bound is about 2^-24: it reaches half as far above 1 as numbers lie apart there.
    """
    factor = 1 + 2**-24
    case = dense([[factor]], [[factor]], exact=exact)
    found = in_its_dtype(case, np.array([[got]], "f4"))
    assert found.tolist() == [[1 + 2**-23 + 2**-48 if right else got]]


@pytest.mark.parametrize(("exact", "settles"), [(False, 3), (True, 3 + 2**-22)])
def test_a_narrower_answer_to_exact_data_must_be_exact(exact, settles):
    """1 + 2 = 3 is exact in float32 too, where the next number is 2^-22 away."""
    case = dense([[1.0, 2.0]], [[1.0], [1.0]], exact=exact)
    assert in_its_dtype(case, np.array([[3 + 2**-22]], "f4")).tolist() == [[settles]]


def test_a_narrower_answer_counts_up_to_the_bound_itself():
    """Two terms of at most 1 by a fast algorithm: 2050 u * 2 (1 + 2^-20), u = 2^-24."""
    exact = 1 - 1025 * 2**-42
    case = dense([[1.0, -1025 * 2**-42]], [[1.0], [1.0]], algorithm="fast")
    on_it, beyond = 1 + 1025 * 2**-22, 1 + 1025 * 2**-22 + 2**-23
    for got, found in ((on_it, exact), (beyond, beyond)):
        assert in_its_dtype(case, np.array([[got]], "f4")).tolist() == [[found]]
