"""How the gradients of a matrix product round: each is a matrix product."""

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.exactness import Products
from refcnn.suite.matrix_form import in_matrix_form


def by_x(case: Case) -> Products:
    """DY times the transposed kernel."""
    dy = case.inputs["dy"]
    return Products(dy, case.inputs["kernel"].T, None, lambda: dy)


def by_kernel(case: Case) -> Products:
    """The transposed x times dY."""
    x = case.inputs["x"].T
    return Products(x, case.inputs["dy"], None, lambda: x)


def by_bias(case: Case) -> Products:
    """Ones times dY."""
    dy = case.inputs["dy"]
    ones = np.ones(len(dy), dy.dtype)
    return Products(ones, dy, None, lambda: ones)


NUMERICS = {
    "dense_backward": {
        "dx": in_matrix_form("dense_backward", by_x),
        "dkernel": in_matrix_form("dense_backward", by_kernel),
        "dbias": in_matrix_form("dense_backward", by_bias),
    },
}
