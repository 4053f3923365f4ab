"""Cases of flatten."""

from dataclasses import replace

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, dtype_of, seed, size_of, value_of


def flatten(pick: Pick, features: Features) -> Case:
    """A legal flatten: (N, H, W, C), all values distinct."""
    examples = value_of("examples", size_of(pick, 3, 9), features)
    shape = (examples, *(size_of(pick, most, 12) for most in (4, 4, 3)))
    x = data.distinct(seed(pick), shape, dtype_of(pick, features))
    return Case(operator="flatten", inputs={"x": x}, exact=True, family="distinct")


def every_value(pick: Pick, features: Features) -> Case:
    """Flatten of NaN, infinities and the extremes among small integers."""
    case = flatten(pick, features)
    x, limits = case.inputs["x"].copy(), np.finfo(case.dtype)
    special = [np.nan, np.inf, -np.inf, limits.max, limits.min, limits.tiny, 0.1, -2.5]
    for place in range(x.size):
        x.flat[place] = special[pick(0, len(special) - 1)] if pick(0, 1) else place + 1
    return replace(case.given(x=x), family="special")
