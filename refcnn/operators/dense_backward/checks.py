"""What must hold of dense_backward."""

from refcnn.operators.dense_backward import cases
from refcnn.operators.dense_backward.cases import NAME
from refcnn.suite import gradient_laws as laws
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("DDENSE-1")
def each_input_gets_its_share(iut: Context, pick: Pick) -> None:
    iut.check(laws.looking_at(iut.case(NAME, pick, bias=False), "dx"))


@check("DDENSE-2")
def each_weight_gets_input_times_gradient(iut: Context, pick: Pick) -> None:
    iut.check(laws.looking_at(iut.case(NAME, pick, bias=False), "dkernel"))


@check("DDENSE-3")
def the_bias_gets_the_sum(iut: Context, pick: Pick) -> None:
    iut.needs(NAME, "bias")
    iut.check(laws.looking_at(iut.case(NAME, pick, bias=True), "dbias"))


@check("DDENSE-4", times=WIDELY)
def all_gradients_bit_for_bit(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick))


@check("DDENSE-4")
def all_gradients_within_the_bound(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick, families=("general", "spread")))


@check("DDENSE-5")
def gradients_are_linear(iut: Context, pick: Pick) -> None:
    laws.linear_in_dy(iut, pick, iut.case(NAME, pick, families=("small",)))


@check("DDENSE-6")
def gradients_of_examples_add_up(iut: Context, pick: Pick) -> None:
    laws.examples_add_up(iut, iut.case(NAME, pick, families=("small",)))


@check("DDENSE-8")
def nothing_is_left_of_an_earlier_call(iut: Context, pick: Pick) -> None:
    laws.no_call_is_remembered(iut, iut.case(NAME, pick, families=("small",)))


@check("DDENSE-7")
def a_dy_of_another_shape_is_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.of_another_shape(pick, iut.features(NAME)))
