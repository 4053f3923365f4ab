"""Cases of max_pool2d and avg_pool2d: legal ones, and illegal ones that each break one rule."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.changes import with_one
from refcnn.suite.draw import (
    ANY_PADDING,
    ANY_STRIDES,
    ONE_STEP,
    Pick,
    choose,
    dtype_of,
    form_of,
    layout,
    limited,
    seed,
    size_of,
    value_of,
    window_of,
    with_room,
)
from refcnn.suite.generators import Illegal
from refcnn.suite.windows import cell_counts

MAX_FAMILIES = ("distinct", "negative", "ties", "floats")
AVG_FAMILIES = ("whole", "general", "spread")


def _pool(
    pick: Pick,
    features: Features,
    operator: str,
    *,
    strides: Sequence[str],
    padding: Sequence[str],
    depth: int | None,
) -> tuple[Case, int]:
    """A legal pool on zeros, and a seed for its data."""
    forms = form_of(pick, strides, features), form_of(pick, padding, features)
    square = form_of(pick, ("pool_pair", "pool_int"), features) == "pool_int"
    window = limited((pick(1, 4),) * 2, features) if square else window_of(pick, features)
    if forms[0] == "default" and "equal_strides" in features:
        window = window[0], window[0]
    sizes, attributes = layout(pick, window, *forms, features, pool=True)
    attributes["pool_size"] = window[0] if square else window
    examples = value_of("examples", pick(1, 2), features)
    channels = depth or value_of("channels", size_of(pick, 3, 9), features)
    x = np.zeros((examples, *sizes, channels), dtype_of(pick, features))
    return Case(operator=operator, inputs={"x": x}, attributes=attributes), seed(pick)


def max_pool2d(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = MAX_FAMILIES,
    strides: Sequence[str] = ANY_STRIDES,
    padding: Sequence[str] = ANY_PADDING,
    depth: int | None = None,
) -> Case:
    """A legal max pool: integers, all distinct, all negative or many equal; or floats."""
    case, number = _pool(
        pick, features, "max_pool2d", strides=strides, padding=padding, depth=depth
    )
    shape, dtype, family = case.inputs["x"].shape, case.dtype, choose(pick, families)
    if family == "floats":
        x = data.floats(number, shape, dtype)
    elif family == "ties":
        x = data.integers(number, shape, -2, 2, dtype)
    else:
        x = data.distinct(number, shape, dtype)
        x = x - x.size if family == "negative" else x
    return replace(case.given(x=x), exact=True, family=family)


def avg_pool2d(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = AVG_FAMILIES,
    strides: Sequence[str] = ANY_STRIDES,
    padding: Sequence[str] = ANY_PADDING,
    depth: int | None = None,
) -> Case:
    """A legal average pool: integers whose means are whole, or floats."""
    case, number = _pool(
        pick, features, "avg_pool2d", strides=strides, padding=padding, depth=depth
    )
    shape, dtype, family = case.inputs["x"].shape, case.dtype, choose(pick, families)
    if family == "whole":
        counts = sorted({int(c) for c in cell_counts(case).ravel()})
        x = data.whole_means(number, shape, dtype, counts)
    else:
        x = data.floats(number, shape, dtype, (-2, 2) if family == "general" else (-20, 20))
    return replace(case.given(x=x), exact=family == "whole", family=family)


MAKERS: dict[str, Callable[..., Case]] = {"max_pool2d": max_pool2d, "avg_pool2d": avg_pool2d}
PLAINEST = {"max_pool2d": "distinct", "avg_pool2d": "whole"}  # families


def one_window(pick: Pick, features: Features, *, operator: str, **options: Any) -> Case:
    """A pool of one window of one channel of one example."""
    case: Case = MAKERS[operator](pick, features, **options)
    size = case.attributes["pool_size"]
    height, width = size if isinstance(size, tuple) else (size, size)
    return case.given(x=case.inputs["x"][:1, :height, :width, :1])


def infinity_in_a_pool(pick: Pick, features: Features) -> Case:
    """max_pool2d of -inf or small integers, one of them +inf."""
    case = max_pool2d(pick, features, families=("distinct",))
    x = case.inputs["x"].copy()
    if pick(0, 1):
        x[:] = -np.inf
    x.flat[pick(0, x.size - 1)] = choose(pick, [np.inf, -np.inf])
    return replace(case.given(x=x), family="special")


def lowest_in_a_pool(pick: Pick, features: Features) -> Case:
    """max_pool2d of the lowest numbers of some size, one of them less low."""
    case = max_pool2d(pick, features, families=("distinct",))
    x = case.inputs["x"].copy()
    lowest = choose(pick, [float(np.finfo(case.dtype).min) / 2, -1e6, -1e30])
    x[:] = lowest
    x.flat[pick(0, x.size - 1)] = lowest / 2
    return replace(case.given(x=x), family="special")


def nan_in_a_pool(pick: Pick, features: Features) -> Case:
    """max_pool2d of integers and one NaN, which lies alone in no window.

    What the maximum of nothing but NaN is, those that skip NaN do not agree on.
    """
    case = max_pool2d(pick, features, families=("distinct",), padding=("default",))
    return with_one(np.nan, pick, _of_two_cells(case))


def _of_two_cells(case: Case) -> Case:
    """The pool with windows of more than one cell."""
    size = case.attributes["pool_size"]
    if np.max(size) > 1:
        return case
    larger = case.inputs["x"].repeat(2, axis=1).repeat(2, axis=2)
    twice = (2, 2) if isinstance(size, tuple) else 2
    return case.given(x=larger).with_attributes(pool_size=twice)


def _plain(pick: Pick, features: Features, operator: str) -> Case:
    make = MAKERS[operator]
    return make(pick, features, **ONE_STEP, families=(PLAINEST[operator],))


def window_too_large(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """POOL-18."""
    case = _plain(pick, features, operator)
    height, width = case.inputs["x"].shape[1:3]
    paired = [(height + 1, 1), (1, width + 1)]
    size = choose(pick, paired if "pool_pair" in features else [min(height, width) + 1])
    rule = f"a window {size} exceeds ({height}, {width})"
    return case.with_attributes(pool_size=size), rule


def sizes_below_one(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """POOL-19."""
    case, wrong = _plain(pick, features, operator), choose(pick, [0, -1])
    form = (wrong, 1) if "pool_pair" in features else wrong
    if "strides_int" in features and pick(0, 1):
        return case.with_attributes(strides=wrong), f"stride {wrong} is below 1"
    return case.with_attributes(pool_size=form), f"pool size {form} is below 1"


def negative_pool_padding(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """POOL-20."""
    case = with_room(_plain(pick, features, operator))
    paired = "padding_pairs" in features
    padding = choose(pick, [((-1, 0), (0, 0)), ((0, 0), (0, -1))] if paired else [-1])
    return case.with_attributes(padding=padding), f"padding {padding} is negative"


def other_pool_ranks(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """POOL-21."""
    case = _plain(pick, features, operator)
    x = choose(pick, [case.inputs["x"][0], case.inputs["x"][0, 0]])
    return case.given(x=x), f"x has {x.ndim} axes where it must have 4"
