"""How the gradients of a matrix product round: each is a matrix product."""

from refcnn.suite.case import Case
from refcnn.suite.exactness import Products
from refcnn.suite.matrix_form import column_sums, in_matrix_form


def by_x(case: Case) -> Products:
    """DY times the transposed kernel."""
    dy = case.inputs["dy"]
    return Products(dy, case.inputs["kernel"].T, None, lambda: dy)


def by_kernel(case: Case) -> Products:
    """The transposed x times dY."""
    x = case.inputs["x"].T
    return Products(x, case.inputs["dy"], None, lambda: x)


def by_bias(case: Case) -> Products:
    """The sum of dY."""
    return column_sums(case.inputs["dy"])


NUMERICS = {
    "dense_backward": {
        "dx": in_matrix_form("dense_backward", by_x),
        "dkernel": in_matrix_form("dense_backward", by_kernel),
        "dbias": in_matrix_form("dense_backward", by_bias),
    },
}
