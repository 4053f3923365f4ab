"""Cases of extremes."""

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, dtype_of, seed


def extremes(pick: Pick, features: Features) -> Case:
    """A few examples of different integers."""
    dtype, number, shape = dtype_of(pick, features), seed(pick), (pick(1, 3), pick(2, 4))
    x = data.distinct(number, shape, dtype)
    return Case(operator="extremes", inputs={"x": x}, exact=True, family="distinct")
