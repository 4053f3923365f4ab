"""The items that a new assignment begins with, and samples whose scores follow from them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import floor

from refcnn.suite.clauses import clauses
from refcnn.suite.registry import OPERATORS

TOTAL = 100
MOST_SAMPLES = 4


@dataclass(frozen=True, slots=True)
class Sketch:
    """An item as it is written to assignment.toml."""

    id: str
    title: str
    weight: dict[str, float]  # by operator: of 100 points, if all operators are asked for
    clauses: tuple[str, ...] = ()
    credit: str = "part"
    hidden: bool = False
    why: str = ""  # a comment
    requires: tuple[str, ...] = ()
    points: int = 0


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A sample: the solution with one mistake in it, and the items that are lost by it."""

    operator: str
    stem: str
    loses: tuple[str, ...]


def _numbered(stem: str, *numbers: int) -> tuple[str, ...]:
    return tuple(f"{stem}-{n}" for n in numbers)


def _item(name: str, title: str, points: float, stem: str, *numbers: int) -> Sketch:
    """An item of the one operator that its id begins with."""
    return Sketch(name, title, {name.partition(".")[0]: points}, _numbered(stem, *numbers))


ITEMS = (
    _item("conv2d.window", "Convolution: the kernel slides, unflipped", 12, "CONV", 1, 2, 3, 7),
    _item("conv2d.channels", "Convolution: channels and filters", 8, "CONV", 4, 5),
    _item("conv2d.bias", "Convolution: one bias a filter, added once", 5, "CONV", 6),
    _item("conv2d.stride", "Convolution: strides and sizes", 8, "CONV", 8, 9, 10),
    _item("conv2d.padding", "Convolution: padding", 11, "CONV", 11, 12, 13, 14, 15),
    _item("conv2d.whole", "Convolution: all of it together", 8, "CONV", 16, 17),
    _item("max_pool2d.window", "Max pooling: windows side by side", 4, "POOL", 1, 3, 4, 5),
    _item("max_pool2d.border", "Max pooling: padding never wins", 3, "POOL", 8),
    _item("max_pool2d.whole", "Max pooling: strides and sizes", 3, "POOL", 6, 7, 10, 17, 24),
    _item("avg_pool2d.window", "Average pooling: windows side by side", 3, "POOL", 2, 3, 4, 5),
    _item("avg_pool2d.border", "Average pooling: padding never counts", 3, "POOL", 9),
    _item("avg_pool2d.whole", "Average pooling: strides and sizes", 2, "POOL", 6, 7, 10, 11),
    _item("flatten", "Flatten: one vector an example", 4, "FLAT", 1, 2, 3),
    _item("dense", "Dense: inputs times weights", 3, "DENSE", 1),
    _item("dense.bias", "Dense: one bias an output, added once", 2, "DENSE", 3),
    _item("dense.whole", "Dense: all of it together", 1, "DENSE", 2),
    _item("relu", "ReLU: what is not positive becomes 0", 3, "RELU", 1, 3, 4),
    _item("softmax", "Softmax: every row adds up to 1", 5, "SOFT", 1, 2, 7, 8, 9),
    _item("softmax.stable", "Softmax: large logits do no harm", 4, "SOFT", 6),
    Sketch(
        "refusals",
        "Bad input is refused with an exception",
        {"conv2d": 2, "max_pool2d": 0.75, "avg_pool2d": 0.75, "dense": 0.5},
        (
            *_numbered("CONV", 25, 26, 27, 28, 29, 30),
            *_numbered("POOL", 18, 19, 20, 21),
            *_numbered("DENSE", 7, 8),
        ),
        why="A function that always raises refuses bad input, too: hence `requires`.",
    ),
    Sketch(
        "manners",
        "Batches and good manners: no call disturbs another",
        dict.fromkeys(OPERATORS, 1.25) | {"conv2d": 2.5},
        _numbered("ANY", 1, 2, 3, 4, 5, 6, 7),
        credit="clause",
        hidden=True,
        why="To give the input back is good manners, too: hence `requires`.",
    ),
)
# Whose requirements are so easy that a function which does next to nothing may meet some.
WHOLE = {
    "max_pool2d.window": "All or nothing: where a window is one cell, the input itself is right.",
    "avg_pool2d.window": "All or nothing: where a window is one cell, the input itself is right.",
    "relu": "All or nothing: to give the input back is right where all of it is positive.",
}
# What has to work before anything can be said of another item.
BASE = {name: f"{name}.window" for name in ("conv2d", "max_pool2d", "avg_pool2d")}
NEEDS = {f"{name}.whole": (f"{name}.window",) for name in ("max_pool2d", "avg_pool2d")}
# The score of each follows from the items that it loses, whatever the private cases are.
SAMPLES = (
    Mistaken("conv2d", "bias_forgotten", ("conv2d.bias",)),
    Mistaken("max_pool2d", "zeros_in_the_border", ("max_pool2d.border",)),
    Mistaken("softmax", "softmax_overflows", ("softmax.stable",)),
    Mistaken("avg_pool2d", "border_counted", ("avg_pool2d.border",)),
    Mistaken("dense", "bias_subtracted", ("dense.bias",)),
    Mistaken("flatten", "batch_flattened", ("flatten",)),
    Mistaken("relu", "relu_of_absolutes", ("relu",)),
)


def items(operators: Collection[str]) -> list[Sketch]:
    """The items about some operators, with points that add up to TOTAL."""
    found = [one for one in ITEMS if {*one.weight} & {*operators}]
    weights = [sum(w for op, w in one.weight.items() if op in operators) for one in found]
    return [
        replace(
            one,
            weight={op: w for op, w in one.weight.items() if op in operators},
            clauses=tuple(c for c in one.clauses if {*clauses()[c].operators} & {*operators}),
            credit="all" if one.id in WHOLE else one.credit,
            why=WHOLE.get(one.id, one.why),
            requires=_needs(one, operators),
            points=points,
        )
        for one, points in zip(found, _shared_out(weights))
    ]


def samples(operators: Collection[str]) -> list[tuple[Mistaken, int]]:
    """A few mistakes, each with the score that it leaves."""
    points = {item.id: item.points for item in items(operators)}
    own = [one for one in SAMPLES if one.operator in operators][:MOST_SAMPLES]
    return [(one, TOTAL - sum(points[name] for name in one.loses)) for one in own]


def _needs(one: Sketch, operators: Collection[str]) -> tuple[str, ...]:
    if one.id in ("refusals", "manners"):
        return tuple(BASE.get(op, op) for op in one.weight if op in operators)
    return NEEDS.get(one.id, ())


def _shared_out(weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to weights, at least 1 each, that add up to TOTAL."""
    left = TOTAL - len(weights)
    shares = [left * weight / sum(weights) for weight in weights]
    points = [1 + floor(share) for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda i: points[i] - shares[i])
    for i in by_rest[: TOTAL - sum(points)]:
        points[i] += 1
    return points
