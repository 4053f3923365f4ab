"""What must hold of softmax."""

import numpy as np

from refcnn.operators.softmax import cases
from refcnn.suite.bounds import roundoff
from refcnn.suite.checks import Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick
from refcnn.suite.judge import expect

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("SOFT-1")
def each_exponential_over_the_sum(iut: Context, pick: Pick) -> None:
    iut.check(cases.one_row(pick, iut.features("softmax")))


@check("SOFT-2")
def every_row_by_itself(iut: Context, pick: Pick) -> None:
    iut.check(cases.several_rows(pick, iut.features("softmax")))


@check("SOFT-3")
def a_row_is_a_distribution(iut: Context, pick: Pick) -> None:
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


@check("SOFT-4")
def a_common_shift_changes_nothing(iut: Context, pick: Pick) -> None:
    case = iut.case("softmax", pick, families=("equal", "two-hot"))
    whole = np.clip(np.round(case.inputs["x"]), -300, 300)  # so that the shift is exact
    plain, shift = case.given(x=whole), pick(-64, 64)
    shifted = case.given(x=whole + np.dtype(case.dtype).type(shift))
    allowed = expect(plain).bound + expect(shifted).bound
    law = f"softmax(x + {shift}) = softmax(x)"
    iut.same(shifted, iut.answer(shifted), iut.answer(plain), law, allowed)


@check("SOFT-5")
def order_is_kept(iut: Context, pick: Pick) -> None:
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


@check("SOFT-6")
def large_logits_neither_overflow_nor_vanish(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("softmax", pick, families=("high", "low", "uneven")))


@check("SOFT-7")
def a_logit_far_above_the_others_takes_all(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("softmax", pick, families=("one-hot",)))


@check("SOFT-8")
def minus_infinity_gets_nothing(iut: Context, pick: Pick) -> None:
    case = cases.minus_infinity_among_logits(pick, iut.features("softmax"))
    p, x = iut.check(case), case.inputs["x"]
    iut.holds(case, p, (p == 0) | (x > -np.inf), "exactly 0 for a logit of -inf")


@check("SOFT-9")
def equal_logits_share_equally(iut: Context, pick: Pick) -> None:
    equal = iut.case("softmax", pick, families=("equal",))
    one = cases.single_class(pick, iut.features("softmax"))
    iut.same(one, iut.answer(one), np.ones_like(one.inputs["x"]), "a single class gets exactly 1")
    iut.check(equal)  # last: it is rounded


@check("SOFT-10")
def nan_makes_its_row_nan(iut: Context, pick: Pick) -> None:
    iut.check(cases.nan_among_logits(pick, iut.features("softmax")))


@check("SOFT-11")
def infinity_makes_its_row_nan(iut: Context, pick: Pick) -> None:
    iut.check(cases.infinity_among_logits(pick, iut.features("softmax")))


@check("SOFT-12")
def nothing_but_minus_infinity_is_nan(iut: Context, pick: Pick) -> None:
    iut.check(cases.nothing_but_minus_infinity(pick, iut.features("softmax")))


@check("SOFT-13")
def the_last_axis_of_other_ranks(iut: Context, pick: Pick) -> None:
    iut.check(cases.rows_of_other_ranks(pick, iut.features("softmax")))
