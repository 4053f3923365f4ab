"""What must hold of flatten."""

from refcnn.operators.flatten.cases import every_value
from refcnn.suite.checks import Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("FLAT-1")
def flatten_gives_one_vector_an_example(iut: Context, pick: Pick) -> None:
    case = iut.case("flatten", pick)
    iut.has_shape(case)


@check("FLAT-2")
def flatten_keeps_the_order(iut: Context, pick: Pick) -> None:
    iut.check(iut.case("flatten", pick))


@check("FLAT-3")
def flatten_keeps_every_value(iut: Context, pick: Pick) -> None:
    iut.check(every_value(pick, iut.features("flatten")))
