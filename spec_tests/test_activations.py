"""Clauses of relu and softmax."""

import numpy as np
import pytest

from refcnn.operators.relu import cases as of_relu
from refcnn.operators.softmax import cases as of_softmax
from refcnn.suite.bounds import roundoff
from refcnn.suite.draw import choose
from refcnn.suite.judge import expect
from refcnn.suite.sampling import explore


@pytest.mark.clause("RELU-1")
@explore
def test_relu_keeps_what_is_positive(iut, pick):
    iut.check(iut.case("relu", pick))


@pytest.mark.clause("RELU-2")
@explore
def test_relu_twice_is_relu_and_scaling_passes_through(iut, pick):
    case = iut.case("relu", pick, families=("distinct", "floats"))
    once, scale = iut.answer(case), np.dtype(case.dtype).type(choose(pick, [0.5, 2, 4]))
    again, scaled = case.given(x=once), case.given(x=case.inputs["x"] * scale)
    iut.same(again, iut.answer(again), once, "relu(relu(x)) = relu(x)")
    iut.same(scaled, iut.answer(scaled), once * scale, f"relu({scale} x) = {scale} relu(x)")


@pytest.mark.clause("RELU-3")
@explore
def test_relu_keeps_the_shape(iut, pick):
    iut.check(of_relu.relu_of_layers(pick, iut.features("relu")))


@pytest.mark.clause("RELU-4")
@explore
def test_relu_of_infinities(iut, pick):
    iut.check(of_relu.relu_of_infinities(pick, iut.features("relu")))


@pytest.mark.clause("RELU-5")
@explore
def test_relu_of_nan_is_nan(iut, pick):
    iut.check(of_relu.relu_of_nan(pick, iut.features("relu")))


@pytest.mark.clause("RELU-6")
@explore
def test_relu_keeps_the_shape_of_other_ranks(iut, pick):
    iut.check(of_relu.relu_of_other_ranks(pick, iut.features("relu")))


@pytest.mark.clause("SOFT-1")
@explore
def test_each_exponential_over_the_sum(iut, pick):
    iut.check(of_softmax.one_row(pick, iut.features("softmax")))


@pytest.mark.clause("SOFT-2")
@explore
def test_every_row_by_itself(iut, pick):
    iut.check(of_softmax.several_rows(pick, iut.features("softmax")))


@pytest.mark.clause("SOFT-3")
@explore
def test_a_row_is_a_distribution(iut, pick):
    case = iut.case("softmax", pick, families=("equal", "general", "spread"))
    p, allowed = iut.answer(case), expect(case).bound
    u = roundoff(case.dtype)
    iut.holds(case, p, (p >= 0) & (p <= 1 + allowed), "0 <= p <= 1")
    total = p.astype(np.float64).sum(axis=-1, keepdims=True)
    adding = 2 * p.shape[-1] * roundoff("float64")  # is rounded here, too
    iut.same(
        case,
        total.astype(case.dtype),
        np.ones_like(total, case.dtype),
        "the probabilities of a row add up to 1",
        allowed.sum(axis=-1, keepdims=True) + u + adding,
    )


@pytest.mark.clause("SOFT-4")
@explore
def test_a_common_shift_changes_nothing(iut, pick):
    case = iut.case("softmax", pick, families=("equal", "two-hot"))
    whole = np.clip(np.round(case.inputs["x"]), -300, 300)  # so that the shift is exact
    plain, shift = case.given(x=whole), pick(-64, 64)
    shifted = case.given(x=whole + np.dtype(case.dtype).type(shift))
    allowed = expect(plain).bound + expect(shifted).bound
    law = f"softmax(x + {shift}) = softmax(x)"
    iut.same(shifted, iut.answer(shifted), iut.answer(plain), law, allowed)


@pytest.mark.clause("SOFT-5")
@explore
def test_order_is_kept(iut, pick):
    case = iut.case("softmax", pick, families=("general",))
    x, p = case.inputs["x"], iut.answer(case)
    by_logit = np.take_along_axis(p, np.argsort(x, axis=-1, kind="stable"), -1)
    steps = np.diff(by_logit, axis=-1, prepend=0)
    slack = 2 * expect(case).bound.max(axis=-1, keepdims=True)
    iut.holds(case, p, steps >= -slack, "a larger logit gets no smaller probability")
    order = np.roll(np.arange(x.shape[-1])[::-1], pick(0, 3))
    mixed = case.given(x=x[:, order])
    law = f"logits in the order {order.tolist()} give the probabilities in that order"
    allowed = expect(case).bound[:, order] * 2
    iut.same(mixed, iut.answer(mixed), p[:, order], law, allowed)


@pytest.mark.clause("SOFT-6")
@explore
def test_large_logits_neither_overflow_nor_vanish(iut, pick):
    iut.check(iut.case("softmax", pick, families=("high", "low", "uneven")))


@pytest.mark.clause("SOFT-7")
@explore
def test_a_logit_far_above_the_others_takes_all(iut, pick):
    iut.check(iut.case("softmax", pick, families=("one-hot",)))


@pytest.mark.clause("SOFT-8")
@explore
def test_minus_infinity_gets_nothing(iut, pick):
    case = of_softmax.minus_infinity_among_logits(pick, iut.features("softmax"))
    p, x = iut.check(case), case.inputs["x"]
    iut.holds(case, p, (p == 0) | (x > -np.inf), "exactly 0 for a logit of -inf")


@pytest.mark.clause("SOFT-9")
@explore
def test_equal_logits_share_equally(iut, pick):
    equal = iut.case("softmax", pick, families=("equal",))
    one = of_softmax.single_class(pick, iut.features("softmax"))
    iut.same(one, iut.answer(one), np.ones_like(one.inputs["x"]), "a single class gets exactly 1")
    iut.check(equal)  # last: it is rounded


@pytest.mark.clause("SOFT-10")
@explore
def test_nan_makes_its_row_nan(iut, pick):
    iut.check(of_softmax.nan_among_logits(pick, iut.features("softmax")))


@pytest.mark.clause("SOFT-11")
@explore
def test_infinity_makes_its_row_nan(iut, pick):
    iut.check(of_softmax.infinity_among_logits(pick, iut.features("softmax")))


@pytest.mark.clause("SOFT-12")
@explore
def test_nothing_but_minus_infinity_is_nan(iut, pick):
    iut.check(of_softmax.nothing_but_minus_infinity(pick, iut.features("softmax")))


@pytest.mark.clause("SOFT-13")
@explore
def test_the_last_axis_of_other_ranks(iut, pick):
    iut.check(of_softmax.rows_of_other_ranks(pick, iut.features("softmax")))
