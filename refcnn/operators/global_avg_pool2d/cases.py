"""Cases of global_avg_pool2d: legal ones, and illegal ones that each break one rule."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from refcnn.suite import data
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, choose, dtype_of, seed, size_of, value_of
from refcnn.suite.generators import Illegal


def global_avg_pool2d(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = ("whole", "halves", "general", "spread"),
    depth: int | None = None,
) -> Case:
    """A legal mean: integers whose means are whole, or any over 2^n cells; or floats."""
    family, dtype, number = choose(pick, families), dtype_of(pick, features), seed(pick)
    sizes = size_of(pick, 5, 11), size_of(pick, 5, 11)
    if family == "halves":
        sizes = choose(pick, [(2, 4), (4, 1), (1, 2), (4, 4), (8, 2)])
    if "square_images" in features:
        sizes = sizes[0], sizes[0]
    examples = value_of("examples", pick(1, 3), features)
    shape = (examples, *sizes, depth or value_of("channels", size_of(pick, 3, 9), features))
    if family == "whole":
        x = data.whole_means(number, shape, dtype, [sizes[0] * sizes[1]])
    elif family == "halves":
        x = data.integers(number, shape, -99, 99, dtype)
    else:
        x = data.floats(number, shape, dtype, (-2, 2) if family == "general" else (-20, 20))
    exact = family in ("whole", "halves")
    return Case(operator="global_avg_pool2d", inputs={"x": x}, exact=exact, family=family)


def _plain(pick: Pick, features: Features) -> Case:
    return global_avg_pool2d(pick, features, families=("whole",))


def other_ranks(pick: Pick, features: Features) -> Illegal:
    """GAP-9."""
    case = _plain(pick, features)
    x = choose(pick, [case.inputs["x"][0], case.inputs["x"][0, 0]])
    return case.given(x=x), f"x has {x.ndim} axes where it must have 4"


def no_cells(pick: Pick, features: Features) -> Illegal:
    """GAP-10."""
    case = _plain(pick, features)
    x = case.inputs["x"]
    empty = choose(pick, [x[:, :0], x[:, :, :0]])
    return case.given(x=np.ascontiguousarray(empty)), f"an image of shape {empty.shape[1:3]}"


def constant(pick: Pick, features: Features) -> Case:
    """One number throughout each map."""
    case = _plain(pick, features)
    first = case.inputs["x"][:, :1, :1]
    return replace(case.given(x=np.broadcast_to(first, case.inputs["x"].shape).copy()))
