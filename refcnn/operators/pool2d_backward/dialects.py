"""Other conventions of the gradient of max pools: which of several largest cells get it."""

from collections.abc import Callable

from refcnn.operators.pool2d_backward.numerics import largest
from refcnn.suite.case import Case
from refcnn.suite.dialects import Dialect
from refcnn.suite.windows import lay_out


def _tied(rule: str) -> Callable[[Case], Case]:
    """A rule for windows with several largest cells; where there are none, the case itself."""

    def of(case: Case) -> Case:
        several = largest(case.inputs["x"], lay_out(case)).sum(axis=(-2, -1)) > 1
        return case.with_attributes(ties=rule) if several.any() else case

    return of


DIALECTS = (
    Dialect(
        "tied_maxima_all_get",
        140,
        "If several cells of a window are the largest, each of them gets all of the gradient.",
        ("max_pool2d_backward",),
        ("DPOOL-7",),
        _tied("all"),
    ),
    Dialect(
        "tied_maxima_share",
        150,
        "If several cells of a window are the largest, they share the gradient equally.",
        ("max_pool2d_backward",),
        ("DPOOL-7",),
        _tied("shared"),
    ),
)
