"""What must hold of extremes."""

from refcnn.suite.checks import Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("EXTR-1")
def extremes_of_each_example(iut: Context, pick: Pick) -> None:
    for case in iut.case("extremes", pick).views:
        iut.check(case)
