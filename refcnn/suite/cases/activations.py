"""Cases of relu and softmax."""

from collections.abc import Sequence

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, choose, dtype_of, seed, size_of

SOFTMAX_FAMILIES = ("equal", "general", "spread", "high", "low", "uneven", "two-hot")
# So far below the largest logit that exp underflows to exactly 0.
FAR = {"float32": 200.0, "float64": 2000.0}


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


def softmax(pick: Pick, features: Features, *, families: Sequence[str] = SOFTMAX_FAMILIES) -> Case:
    """A legal softmax: rows of 1 to 9 logits, rarely 30; "one-hot" has an exact answer."""
    family, dtype, number = choose(pick, families), dtype_of(pick, features), seed(pick)
    shape = size_of(pick, 3, 9), size_of(pick, 9, 30)
    hot = data.integers(number, shape[:1], 0, shape[1] - 1).astype(int)
    x = data.floats(number, shape, dtype)
    match family:
        case "equal":
            x = np.repeat(x[:, :1], shape[1], axis=1)
        case "spread":
            x = x * np.dtype(dtype).type(8)
        case "high":  # exp of the plain logits would overflow
            x = x + np.dtype(dtype).type(FAR[dtype])
        case "low":  # exp of every plain logit would underflow
            x = x - np.dtype(dtype).type(FAR[dtype] * 4)
        case "uneven":  # rows so far apart that one shift for all of them underflows
            x = x - (np.arange(len(x)) * FAR[dtype] * 4).astype(dtype)[:, None]
        case "one-hot" | "two-hot":
            x = np.full(shape, -FAR[dtype], dtype)
            x[np.arange(len(x)), hot] = 3
            if family == "two-hot":
                x[np.arange(len(x)), (hot + 1) % shape[1]] = 3
    return Case(operator="softmax", inputs={"x": x}, exact=family == "one-hot", family=family)
