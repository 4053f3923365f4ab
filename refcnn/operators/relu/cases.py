"""Cases of relu."""

from collections.abc import Sequence

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.changes import with_one
from refcnn.suite.draw import Pick, choose, dtype_of, seed


def relu(
    pick: Pick, features: Features, *, families: Sequence[str] = ("distinct", "floats", "powers")
) -> Case:
    """A legal relu: powers of two of every size, floats, or integers around zero."""
    family, dtype, number = choose(pick, families), dtype_of(pick, features), seed(pick)
    shape = choose(pick, [(1, 4), (2, 3), (2, 2, 3, 2)])
    make = {"powers": data.powers_of_two, "floats": data.floats, "distinct": data.distinct}
    return Case(
        operator="relu",
        inputs={"x": make[family](number, shape, dtype)},
        exact=True,
        family=family,
    )


def relu_of_layers(pick: Pick, features: Features) -> Case:
    """Relu of what layers feed it: (batch, features) or (batch, height, width, channels)."""
    return _relu_of(choose(pick, [2, 4]), pick, features)


def relu_of_other_ranks(pick: Pick, features: Features) -> Case:
    """Relu of 1, 3 or 5 axes."""
    return _relu_of(choose(pick, [1, 3, 5]), pick, features)


def _relu_of(axes: int, pick: Pick, features: Features) -> Case:
    shape = tuple(pick(1, 3) for _ in range(axes))
    case = relu(pick, features, families=("floats",))
    return case.given(x=data.floats(seed(pick), shape, case.dtype))


def relu_of_infinities(pick: Pick, features: Features) -> Case:
    """Relu of small integers and one infinity or extreme."""
    case = relu(pick, features, families=("distinct",))
    limits = np.finfo(case.dtype)
    values = [np.inf, -np.inf, float(limits.max), float(limits.min)]
    return with_one(choose(pick, values), pick, case)


def relu_of_nan(pick: Pick, features: Features) -> Case:
    """Relu of small integers and one NaN."""
    return with_one(np.nan, pick, relu(pick, features, families=("distinct",)))
