"""What must hold of softmax_cross_entropy."""

import numpy as np

from refcnn.operators.softmax_cross_entropy import cases
from refcnn.operators.softmax_cross_entropy.cases import LARGE, NAME
from refcnn.suite import gradient_laws as laws
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick
from refcnn.suite.judge import expect

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("SCE-1")
def the_loss_of_one_example(iut: Context, pick: Pick) -> None:
    iut.check(laws.looking_at(cases.one_row(pick, iut.features(NAME)), "loss"))


@check("SCE-2")
def the_gradient_of_one_example(iut: Context, pick: Pick) -> None:
    iut.check(laws.looking_at(cases.one_row(pick, iut.features(NAME)), "dx"))


@check("SCE-3", times=WIDELY)
def the_mean_over_the_batch(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick))


@check("SCE-3")
def the_gradient_of_three_bit_for_bit(iut: Context, pick: Pick) -> None:
    iut.check(cases.wrong_and_certain(pick, iut.features(NAME)))


@check("SCE-3")
def a_batch_that_is_there_twice(iut: Context, pick: Pick) -> None:
    once = iut.case(NAME, pick)
    twice = once.given(**{name: np.concatenate([t, t]) for name, t in once.inputs.items()})
    for one, two in zip(once.views, twice.views):
        expected, allowed = iut.answer(one), expect(one).bound
        if one.looks_at == "dx":
            expected, allowed = (np.concatenate([a, a]) / 2 for a in (expected, allowed))
        law = "a batch that is there twice has the same loss, and half the gradient"
        asked = expected.astype(once.dtype)
        iut.same(two, iut.answer(two), asked, law, allowed + expect(two).bound)


@check("SCE-4")
def every_example_has_its_own_label(iut: Context, pick: Pick) -> None:
    iut.check(cases.several_rows(pick, iut.features(NAME)))


@check("SCE-4")
def the_order_of_the_examples_does_not_matter(iut: Context, pick: Pick) -> None:
    one = cases.several_rows(pick, iut.features(NAME))
    other = one.given(**{name: tensor[::-1] for name, tensor in one.inputs.items()})
    for first, second in zip(one.views, other.views):
        expected, allowed = iut.answer(first), expect(first).bound
        if first.looks_at == "dx":
            expected, allowed = expected[::-1], allowed[::-1]
        law = "examples in reverse have their gradients in reverse, and the same loss"
        iut.same(second, iut.answer(second), expected, law, allowed + expect(second).bound)


@check("SCE-5")
def large_logits_do_no_harm(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick, families=LARGE))


@check("SCE-6")
def a_common_shift_changes_nothing(iut: Context, pick: Pick) -> None:
    case, shift = iut.case(NAME, pick, families=("general", "equal")), pick(-64, 64)
    plain = case.given(x=np.round(case.inputs["x"]))  # so that the shift is exact
    shifted = plain.given(x=plain.inputs["x"] + np.dtype(case.dtype).type(shift))
    law = f"f(x + {shift}) = f(x)"
    for one, two in zip(plain.views, shifted.views):
        allowed = expect(one).bound + expect(two).bound
        iut.same(two, iut.answer(two), iut.answer(one), law, allowed)


@check("SCE-7")
def the_gradients_of_a_row_add_up_to_zero(iut: Context, pick: Pick) -> None:
    case = laws.looking_at(iut.case(NAME, pick), "dx")
    got, allowed = iut.answer(case), expect(case).bound
    total = np.abs(got.astype(np.float64).sum(axis=-1, keepdims=True))
    size = np.abs(got).astype(np.float64).sum(axis=-1, keepdims=True)
    slack = allowed.sum(axis=-1, keepdims=True) + 2.0**-40 * size  # adding up rounds, too
    iut.holds(case, got, np.broadcast_to(total <= slack, got.shape), "a row of dx adds up to 0")


@check("SCE-8")
def no_loss_is_negative(iut: Context, pick: Pick) -> None:
    case = laws.looking_at(iut.case(NAME, pick), "loss")
    got, allowed = iut.answer(case), expect(case).bound
    iut.holds(case, got, got >= -allowed, "the loss is not negative")


@check("SCE-8")
def what_is_certain_costs_nothing(iut: Context, pick: Pick) -> None:
    for case in cases.certain(pick, iut.features(NAME)).views:
        got = iut.answer(case)
        iut.holds(case, got, got == 0, "exactly 0 where the class of every example is certain")


@check("SCE-8")
def what_is_certain_adds_nothing(iut: Context, pick: Pick) -> None:
    iut.check(cases.certain_but_one(pick, iut.features(NAME)))


@check("SCE-9")
def a_class_that_is_ruled_out_costs_its_distance(iut: Context, pick: Pick) -> None:
    iut.check(cases.ruled_out(pick, iut.features(NAME)))


@check("SCE-10")
def nothing_is_left_of_an_earlier_call(iut: Context, pick: Pick) -> None:
    laws.no_call_is_remembered(iut, iut.case(NAME, pick, families=("general",)))


@check("SCE-11")
def a_label_that_names_no_class_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.of_no_class(pick, iut.features(NAME)))


@check("SCE-12")
def another_number_of_labels_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.of_another_number(pick, iut.features(NAME)))


@check("SCE-13")
def an_empty_batch_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.empty(pick, iut.features(NAME)))


@check("SCE-14")
def the_loss_is_one_number(iut: Context, pick: Pick) -> None:
    for case in iut.case(NAME, pick).views:
        iut.has_shape(case)
