"""A small lattice of legal questions, by which it is found out how an operator can be called.

A point has a value on every axis: how many channels, which padding, which dtype. The
first value of an axis is the usual one. Windows fit exactly everywhere: that inexact sizes
are refused does not tell whether a form of argument is offered.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, combinations, product
from typing import Any

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.dialects import leaves_over
from refcnn.suite.tensors import DTYPES, Array
from refcnn.suite.windows import POOLS

Point = Mapping[str, Any]
Axes = Mapping[str, Sequence[Any]]

MOST_DEVIATIONS = 3  # from what is usual, in search of a call that is answered
IMAGES = ("wide", "square", "tall")
UNSET, EQUAL = "unset", "equal to the pool"
PAIRS = ((1, 0), (0, 1))

_CONV: Axes = {
    "bias": (False, True),
    "channels": (2, 1, 3),
    "filters": (3, 1),
    "kernel": ((2, 2), (3, 3), (1, 1), (2, 3), (3, 2)),
    "image": ("wide", "square"),
    "examples": (1, 2),
    "strides": (UNSET, 1),
    "padding": (UNSET, "valid", "same", 1),
}
_POOL: Axes = {
    "pool": ((2, 2), 2, (3, 3), 3, (2, 3)),
    "channels": (2, 1, 3),
    "image": ("wide", "square"),
    "examples": (1, 2),
    "strides": (UNSET, 1, EQUAL),
    "padding": (UNSET, "valid", "same"),
}
_OTHERS: dict[str, Axes] = {
    "dense": {"bias": (False, True), "inputs": (4, 1), "outputs": (3, 1), "examples": (2, 1)},
    "flatten": {"channels": (2, 1, 3), "image": ("wide", "square"), "examples": (2, 1)},
    "relu": {"axes": (4, 2, 3, 1), "examples": (1, 2)},
    "softmax": {"axes": (2, 3, 1), "examples": (2, 1)},
}
SEARCHED: dict[str, Axes] = {"conv2d": _CONV, **dict.fromkeys(POOLS, _POOL), **_OTHERS}

# What is tried one by one around a call that is answered; more than is searched.
_STRIDES = (UNSET, 1, 2, 3, (1, 1), (1, 2), (2, 1), (2, 2))
_MORE: dict[str, Axes] = {
    "conv2d": {
        "channels": (2, 1, 3, 4),
        "filters": (3, 1, 2),
        "kernel": ((2, 2), (3, 3), (1, 1), (2, 3), (3, 2), (4, 4), (5, 5)),
        "image": IMAGES,
        "examples": (1, 2, 3),
        "strides": _STRIDES,
        "padding": (UNSET, "valid", "same", 0, 1, 2, PAIRS, ((1, 1), (1, 1))),
    },
    "flatten": {"image": IMAGES},
    "relu": {"axes": (4, 2)},
    "softmax": {"axes": (2,)},
}
_MORE_OF_POOLS: Axes = {
    "channels": (2, 1, 3, 4),
    "pool": ((2, 2), 2, (3, 3), 3, 1, (2, 3), (3, 2), (4, 4)),
    "image": IMAGES,
    "examples": (1, 2, 3),
    "strides": (*_STRIDES, (3, 3), EQUAL),
    "padding": (UNSET, "valid", "same", 0, 1, PAIRS, ((1, 1), (1, 1))),
}
_MORE.update(dict.fromkeys(POOLS, _MORE_OF_POOLS))
# A stride may be tied to the size of a pool.
TOGETHER = (((2, 2), (3, 3), 3, (2, 3)), (1, 2, 3, (2, 3)))
VARIED: dict[str, Axes] = {op: {**axes, **_MORE.get(op, {})} for op, axes in SEARCHED.items()}


# What the narrowest of implementations take: one small square map.
PLAINEST: Point = {
    "channels": 1,
    "filters": 1,
    "kernel": (3, 3),
    "pool": 2,
    "image": "square",
    "examples": 1,
    "axes": 2,
    "outputs": 1,
}


def searched(operator: str, dtypes: Sequence[str]) -> Iterator[Point]:
    """Points of the lattice: around the most usual one, then around the plainest."""
    axes = {"dtype": dtypes, **SEARCHED[operator]}
    usual = {name: values[0] for name, values in axes.items()}
    plain = {name: PLAINEST.get(name, value) for name, value in usual.items()}
    points = chain(_deviations(axes, usual), _deviations(axes, plain))
    return iter({repr(point): point for point in points}.values())


def _deviations(axes: Axes, centre: Point) -> Iterator[Point]:
    """Points with other values on some axes, the nearest first."""
    for number in range(MOST_DEVIATIONS + 1):
        for names in combinations(axes, number):
            others = ([v for v in axes[name] if v != centre[name]] for name in names)
            for values in product(*others):
                yield {**centre, **dict(zip(names, values))}


def around(operator: str, point: Point) -> Iterator[Point]:
    """The point with one other value at a time."""
    for name, values in VARIED[operator].items():
        for value in values:
            if value != point.get(name) or type(value) is not type(point.get(name)):
                yield {**point, name: value}
    for pool, strides in product(*TOGETHER) if "pool" in point else ():
        yield {**point, "pool": pool, "strides": strides}


def usual(operator: str, dtypes: Sequence[str]) -> Iterator[Case]:
    """The questions around the simplest calls, in every dtype."""
    axes = SEARCHED[operator]
    plain = {name: values[0] for name, values in axes.items()}
    other = {"bias": True} if "bias" in axes else {"pool": 2} if "pool" in axes else {}
    for way in (plain, {**plain, **other}) if other else (plain,):
        for dtype in dtypes:
            for point in ({**way, "dtype": dtype}, *around(operator, {**way, "dtype": dtype})):
                yield case_at(operator, point)


def further(operator: str, point: Point) -> Iterator[Point]:
    """The point with one other value of an axis of sizes: for a form that was not answered."""
    for name in ("image", "kernel", "pool", "channels", "strides"):
        for value in SEARCHED[operator].get(name, ()):
            if value != point[name]:
                yield {**point, name: value}


def case_at(operator: str, point: Point) -> Case:
    """The question at a point, on small whole numbers."""
    dtype = point.get("dtype", DTYPES[0])
    if operator == "conv2d":
        return _conv2d(point, dtype)
    if operator in POOLS:
        return _pool(operator, point, dtype)
    shapes = _shapes(operator, point)
    inputs = {name: ramp(shape, dtype) for name, shape in shapes.items()}
    return Case(operator=operator, inputs=inputs, family="probe")


def ramp(shape: tuple[int, ...], dtype: str) -> Array:
    """Whole numbers from -3 to 3, again and again."""
    return (np.arange(np.prod(shape)) % 7 - 3).astype(dtype).reshape(shape)


def _shapes(operator: str, point: Point) -> dict[str, tuple[int, ...]]:
    examples = point["examples"]
    if operator == "dense":
        inputs, outputs = point["inputs"], point["outputs"]
        bias = {"bias": (outputs,)} if point["bias"] else {}
        return {"x": (examples, inputs), "kernel": (inputs, outputs), **bias}
    if operator == "flatten":
        return {"x": (examples, *_sides(point["image"], 2), point["channels"])}
    return {
        "x": {1: (3,), 2: (examples, 3), 3: (examples, 5, 2), 4: (examples, 4, 5, 2)}[point["axes"]]
    }


def _sides(image: str, least: int) -> tuple[int, int]:
    """Height and width of an image of some form, none less than `least`."""
    return {"wide": (least, least + 1), "square": (least, least), "tall": (least + 1, least)}[image]


def _attributes(point: Point, pool: Any = None) -> dict[str, Any]:
    given = {} if pool is None else {"pool_size": pool}
    strides = pool if point["strides"] == EQUAL else point["strides"]
    named = {"strides": strides, "padding": point["padding"]}
    return {**given, **{name: value for name, value in named.items() if value != UNSET}}


def _conv2d(point: Point, dtype: str) -> Case:
    channels, filters = point["channels"], point["filters"]
    inputs = {"kernel": ramp((*point["kernel"], channels, filters), dtype)}
    if point["bias"]:
        inputs["bias"] = ramp((filters,), dtype)
    return _fitting("conv2d", inputs, _attributes(point), point, dtype)


def _pool(operator: str, point: Point, dtype: str) -> Case:
    return _fitting(operator, {}, _attributes(point, point["pool"]), point, dtype)


def _fitting(
    operator: str,
    others: Mapping[str, Array],
    attributes: Mapping[str, Any],
    point: Point,
    dtype: str,
) -> Case:
    """The case on the smallest image of its form, from 4 cells on, that the windows fit exactly."""
    for sides in _images(point["image"]):
        x = ramp((point["examples"], *sides, point["channels"]), dtype)
        inputs = {"x": x, **others}
        case = Case(operator=operator, inputs=inputs, attributes=attributes, family="probe")
        with suppress(ValueError):  # the window is larger than the image
            if not leaves_over(case):
                return case
    raise ValueError(f"no image fits {attributes}")


def _images(form: str) -> Iterator[tuple[int, int]]:
    for least in range(4, 40):
        if form == "square":
            yield least, least
        for more in range(1, 7) if form != "square" else ():
            yield (least, least + more) if form == "wide" else (least + more, least)
