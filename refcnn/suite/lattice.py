"""A small lattice of legal questions, by which it is found out how an operator can be called.

A point has a value on every axis: how many channels, which padding, which dtype. The
first value of an axis is the usual one. Windows fit exactly everywhere: that inexact sizes
are refused does not tell whether a form of argument is offered.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, combinations, product
from typing import Any

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.dialects import leaves_over
from refcnn.suite.registry import extensions, part, record
from refcnn.suite.tensors import DTYPES, Array

Point = Mapping[str, Any]
Axes = Mapping[str, Sequence[Any]]

MOST_DEVIATIONS = 3  # from what is usual, in search of a call that is answered
IMAGES = ("wide", "square", "tall")
UNSET, EQUAL = "unset", "equal to the pool"
PAIRS = ((1, 0), (0, 1))
STRIDES = (UNSET, 1, 2, 3, (1, 1), (1, 2), (2, 1), (2, 2))  # what is tried one by one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lattice:
    """The questions by which it is found out how one operator can be called.

    `plainest` is what the narrowest of implementations take: one small square map.
    """

    searched: Axes  # among these a call that is answered is looked for
    at: Callable[[Point, str], Case]  # the question at a point, in a dtype
    more: Axes = field(default_factory=dict)  # more values, which are tried one by one
    together: tuple[Point, ...] = ()  # changes that are tried at once
    plainest: Point = field(default_factory=dict)
    other: Point = field(default_factory=dict)  # another usual call

    @property
    def varied(self) -> Axes:
        """What is tried one by one around a call that is answered."""
        return {**self.searched, **self.more}


def _extensions(operator: str) -> Axes:
    """The values of arguments that go beyond, which are tried one by one."""
    return {one.name: one.tried for one in record(operator).attributes if one.extension}


def lattice(operator: str) -> Lattice:
    """The lattice of an operator."""
    found: Lattice = part(operator, "lattice")
    return found


def searched(operator: str, dtypes: Sequence[str]) -> Iterator[Point]:
    """Points of the lattice: around the most usual one, then around the plainest."""
    known = lattice(operator)
    axes = {"dtype": dtypes, **known.searched}
    usual = {name: values[0] for name, values in axes.items()}
    plain = {name: known.plainest.get(name, value) for name, value in usual.items()}
    points = chain(_deviations(axes, usual), _deviations(axes, plain))
    return iter({repr(point): point for point in points}.values())


def _deviations(axes: Axes, centre: Point) -> Iterator[Point]:
    """Points with other values on some axes, the nearest first."""
    for number in range(MOST_DEVIATIONS + 1):
        for names in combinations(axes, number):
            for values in product(*(_others(axes, name, centre) for name in names)):
                yield {**centre, **dict(zip(names, values))}


def _others(axes: Axes, name: str, point: Point) -> list[Any]:
    """The values of an axis that a point does not have."""
    return [value for value in axes[name] if value != point[name]]


def around(operator: str, point: Point) -> Iterator[Point]:
    """The point with one other value at a time, then with those that are tried at once."""
    known = lattice(operator)
    for name, values in {**known.varied, **_extensions(operator)}.items():
        for value in values:
            if value != point.get(name) or type(value) is not type(point.get(name)):
                yield {**point, name: value}
    for changes in known.together:
        yield {**point, **changes}


def usual(operator: str, dtypes: Sequence[str]) -> Iterator[Case]:
    """The questions around the simplest calls, in every dtype."""
    known = lattice(operator)
    plain = {name: values[0] for name, values in known.searched.items()}
    for way in (plain, {**plain, **known.other}) if known.other else (plain,):
        for dtype in dtypes:
            for point in ({**way, "dtype": dtype}, *around(operator, {**way, "dtype": dtype})):
                yield case_at(operator, point)


def further(operator: str, point: Point) -> Iterator[Point]:
    """The point with one other value of an axis of sizes: for a form that was not answered."""
    for name in ("image", "kernel", "pool", "channels", "strides"):
        for value in lattice(operator).searched.get(name, ()):
            if value != point[name]:
                yield {**point, name: value}


def case_at(operator: str, point: Point) -> Case:
    """The question at a point, on small whole numbers; raises ValueError if it is not legal."""
    return lattice(operator).at(point, point.get("dtype", DTYPES[0]))


def small(operator: str, dtype: str, **shapes: tuple[int, ...]) -> Case:
    """A question of tensors of these shapes alone."""
    inputs = {name: ramp(shape, dtype) for name, shape in shapes.items()}
    return Case(operator=operator, inputs=inputs, family="probe")


def of_any_rank(point: Point) -> tuple[int, ...]:
    """The shape of a tensor with as many axes as a point says."""
    examples = point["examples"]
    shapes = {1: (3,), 2: (examples, 3), 3: (examples, 5, 2), 4: (examples, 4, 5, 2)}
    return shapes[point["axes"]]


def ramp(shape: tuple[int, ...], dtype: str) -> Array:
    """Whole numbers from -3 to 3, again and again."""
    return (np.arange(np.prod(shape)) % 7 - 3).astype(dtype).reshape(shape)


def sides(image: str, least: int) -> tuple[int, int]:
    """Height and width of an image of some form, none less than `least`."""
    return {"wide": (least, least + 1), "square": (least, least), "tall": (least + 1, least)}[image]


def attributes(point: Point, pool: Any = None) -> dict[str, Any]:
    """The attributes of a case at a point."""
    given = {} if pool is None else {"pool_size": pool}
    strides = pool if point["strides"] == EQUAL else point["strides"]
    named = {"strides": strides, "padding": point["padding"]}
    named |= {name: point[name] for name in extensions() if name in point}
    return {**given, **{name: value for name, value in named.items() if value != UNSET}}


def fitting(
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
