"""Cases of the gradients of pools: a pool, and a dy that fits its answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import lcm
from typing import Any

import numpy as np

from refcnn.cnn.shapes import as_pair
from refcnn.operators.pool2d import cases as of_pools
from refcnn.suite import data, gradients
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import ANY_PADDING, ANY_STRIDES, ONE_STEP, Pick, choose, seed
from refcnn.suite.generators import Illegal
from refcnn.suite.windows import cell_counts

MAX, AVG = "max_pool2d_backward", "avg_pool2d_backward"
OF_X = {MAX: ("distinct", "negative"), AVG: ("general",)}  # families of x
MADE = ("small", "one")  # dy
PLAIN: dict[str, Any] = {**ONE_STEP, "made": ("small",)}


def _pool(
    pick: Pick,
    features: Features,
    operator: str,
    *,
    families: Sequence[str] = (),
    made: Sequence[str] = MADE,
    strides: Sequence[str] = ANY_STRIDES,
    padding: Sequence[str] = ANY_PADDING,
    depth: int | None = None,
) -> Case:
    """The gradient of a legal pool; `families` are those of x."""
    make = of_pools.MAKERS[operator.removesuffix("_backward")]
    drawn = families or OF_X[operator]
    asked = make(pick, features, families=drawn, strides=strides, padding=padding, depth=depth)
    return gradients.backward(pick, asked, operator, asked.family, choose(pick, made))


def max_pool2d_backward(pick: Pick, features: Features, **options: Any) -> Case:
    """The gradient of a legal max pool, of integers that are all distinct, or all negative, too."""
    return _pool(pick, features, MAX, **options)


def avg_pool2d_backward(pick: Pick, features: Features, **options: Any) -> Case:
    """The gradient of a legal average pool, of a dy that all counts of cells divide."""
    case = _pool(pick, features, AVG, **options)
    if not case.exact:
        return case
    counts = {int(count) for count in cell_counts(case).ravel()}
    factor = np.dtype(case.dtype).type(lcm(*counts))
    return replace(case.given(dy=case.inputs["dy"] * factor), family="whole")


MAKERS: dict[str, Callable[..., Case]] = {MAX: max_pool2d_backward, AVG: avg_pool2d_backward}


def in_squares(make: Callable[..., Case]) -> Callable[..., Case]:
    """A maker of cases whose windows and strides are single numbers, where they can be."""

    def made(pick: Pick, features: Features, **options: Any) -> Case:
        single = {"pool_int", "strides_int"} <= features
        pairs = {"pool_pair", "strides_pair"} if single else frozenset()
        return make(pick, features - pairs, **options)

    return made


def overlapping(pick: Pick, features: Features, *, operator: str, **options: Any) -> Case:
    """A stride of 1 with a window of several cells, on an image with room for it."""
    case = MAKERS[operator](pick, features, **options)
    steps: dict[str, Any] = {"strides_int": 1, "strides_pair": (1, 1)}
    form = choose(pick, [form for form in steps if form in features])
    return gradients.fitted(with_room(pick, _of_several(case)).with_attributes(strides=steps[form]))


def with_gaps(pick: Pick, features: Features, *, operator: str, **options: Any) -> Case:
    """Strides beyond the window, or cells beyond the last one."""
    case = with_room(pick, MAKERS[operator](pick, features, **options))
    height, width = as_pair("pool_size", case.attributes["pool_size"], least=1)
    form = (height + 1, width + 1)
    wide = form if "strides_pair" in features else max(form)
    return gradients.fitted(case.with_attributes(strides=wide))


def with_room(pick: Pick, case: Case) -> Case:
    """Another image, of two more rows and columns, and no two numbers alike."""
    examples, height, width, depth = case.inputs["x"].shape
    shape = (examples, height + 2, width + 2, depth)
    return case.given(x=data.distinct(seed(pick), shape, case.dtype))


def _of_several(case: Case) -> Case:
    """The pool with a window of more than one cell."""
    size = case.attributes["pool_size"]
    if np.max(size) > 1:
        return case
    return case.with_attributes(pool_size=(2, 2) if isinstance(size, tuple) else 2)


def of_another_shape(pick: Pick, features: Features, *, operator: str) -> Illegal:
    """DPOOL-12."""
    return gradients.of_another_shape(pick, MAKERS[operator](pick, features, **PLAIN))
