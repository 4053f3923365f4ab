"""Cases of softmax."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, choose, dtype_of, seed, size_of
from refcnn.suite.tensors import Array

FAMILIES = ("equal", "general", "spread", "high", "low", "uneven", "two-hot")
# So far below the largest logit that exp underflows to exactly 0.
FAR = {"float32": 200.0, "float64": 2000.0}


def softmax(pick: Pick, features: Features, *, families: Sequence[str] = FAMILIES) -> Case:
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


def one_row(pick: Pick, features: Features) -> Case:
    """Softmax of one row."""
    case = softmax(pick, features, families=("general", "spread"))
    return case.given(x=case.inputs["x"][:1])


def several_rows(pick: Pick, features: Features) -> Case:
    """Softmax of (batch, classes), more than one of either."""
    return _softmax_of(choose(pick, [(3, 2), (2, 3), (3, 3)]), pick, features)


def rows_of_other_ranks(pick: Pick, features: Features) -> Case:
    """Softmax of 1, 3 or 4 axes."""
    return _softmax_of(choose(pick, [(4,), (2, 3, 2), (2, 2, 1, 3)]), pick, features)


def _softmax_of(shape: tuple[int, ...], pick: Pick, features: Features) -> Case:
    case = softmax(pick, features, families=("general", "spread"))
    return case.given(x=data.floats(seed(pick), shape, case.dtype))


def minus_infinity_among_logits(pick: Pick, features: Features) -> Case:
    """Softmax of rows that each have one logit of -inf."""
    case = softmax(pick, features, families=("general",))
    none = np.full((len(case.inputs["x"]), 1), -np.inf, case.dtype)
    x = np.roll(np.concatenate([case.inputs["x"], none], 1), pick(0, 3), axis=1)
    return replace(case.given(x=x), family="special")


def nan_among_logits(pick: Pick, features: Features) -> Case:
    """Softmax of rows, one of which holds a NaN."""
    case = softmax(pick, features, families=("general",))
    x = case.inputs["x"].copy()
    x.flat[pick(0, x.size - 1)] = np.nan
    return _with_one_row_of_nan(case, x)


def _with_one_row_of_nan(case: Case, x: Array) -> Case:
    """The case of logits of which one row gets NaN: if it is the only one, nothing rounds."""
    return replace(case.given(x=x), exact=len(x) == 1, family="special")


def infinity_among_logits(pick: Pick, features: Features) -> Case:
    """Softmax of rows, one of which holds +inf once or twice."""
    case = softmax(pick, features, families=("general",))
    x = case.inputs["x"].copy()
    rows, classes = x.shape
    row, first, further = pick(0, rows - 1), pick(0, classes - 1), pick(0, 1)
    x[row, [first, (first + further) % classes]] = np.inf
    return _with_one_row_of_nan(case, x)


def nothing_but_minus_infinity(pick: Pick, features: Features) -> Case:
    """Softmax of rows, one of which is -inf throughout."""
    case = softmax(pick, features, families=("general",))
    x = case.inputs["x"].copy()
    x[pick(0, len(x) - 1)] = -np.inf
    return _with_one_row_of_nan(case, x)


def single_class(pick: Pick, features: Features) -> Case:
    """Softmax of rows of one logit: each gets exactly 1."""
    case = softmax(pick, features, families=("general",))
    return replace(case.given(x=case.inputs["x"][:, :1]), exact=True, family="one-hot")
