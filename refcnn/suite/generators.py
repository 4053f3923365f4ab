"""Where vectors come from: for each clause, the questions that it is about.

A question is a pure function of (suite version, operator, seed, index): the
index says which domain of the operator and which of its questions. Everything is
drawn as integers from SplitMix64 (`source`), by the case makers that feed
Hypothesis too. docs/vectors.md describes it for other languages.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zlib import crc32

from refcnn.suite.capabilities import EVERYTHING, Features
from refcnn.suite.case import Case
from refcnn.suite.cases import CASES, illegal, special
from refcnn.suite.data import stream
from refcnn.suite.draw import Choices, Pick
from refcnn.suite.registry import OPERATORS

SUITE = 2  # version of the vectors: a change of any domain or case maker makes a new one
MOST_PICKS = 256  # integers in one source


LAWS = {
    "pure": "the inputs after the call are those before it",
    "deterministic": "asked again, after other questions, it answers the same",
    "stable": "an answer once given is not changed by a later call",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """One case, the rule that it breaks if it is illegal, and what is asked right after it."""

    case: Case
    rule: str = ""
    then: tuple[Case, ...] = ()
    law: str = ""  # one of LAWS, for what is asked only to see that it holds
    id: str = ""  # operator and index: "conv2d/42"
    clauses: tuple[str, ...] = ()

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases, in the order in which they are asked."""
        return (self.case, *self.then)


@dataclass(frozen=True, slots=True)
class Domain:
    """The questions about some clauses of one operator."""

    operator: str
    clauses: tuple[str, ...]
    make: Callable[[Pick, Features], Question]


def legal(make: Callable[..., Case], **options: Any) -> Callable[[Pick, Features], Question]:
    """Legal cases of a case maker."""
    return lambda pick, features: Question(case=make(pick, features, **options))


def broken(
    make: Callable[..., illegal.Illegal], **options: Any
) -> Callable[[Pick, Features], Question]:
    """Cases that break a rule."""

    def question(pick: Pick, features: Features) -> Question:
        case, rule = make(pick, features, **options)
        return Question(case=case, rule=rule)

    return question


def changed(
    operator: str, change: Callable[[Case], Case], **options: Any
) -> Callable[..., Question]:
    """Legal cases, each changed."""
    make = CASES[operator]
    return lambda pick, features: Question(case=change(make(pick, features, **options)))


def in_memory(operator: str, **options: Any) -> Callable[[Pick, Features], Question]:
    """Cases whose tensors lie in memory in another way."""

    def question(pick: Pick, features: Features) -> Question:
        case = CASES[operator](pick, features, **options)
        return Question(case=special.elsewhere_in_memory(pick, case))

    return question


def lawful(operator: str, law: str, **options: Any) -> Callable[[Pick, Features], Question]:
    """A case, another one of the same shapes, then both again, to see that a law holds."""

    def question(pick: Pick, features: Features) -> Question:
        case: Case = CASES[operator](pick, features, **options)
        other = special.backwards(case)
        return Question(case=case, then=(other, case, other), law=law)

    return question


ONE_MAP: dict[str, Any] = {
    "strides": ("default",),
    "padding": ("default",),
    "bias": False,
    "depth": 1,
    "filters": 1,
    "batch": (1, 1),
}
INTEGERS: dict[str, Any] = {"families": ("xsmall", "xwide")}
SIMPLE: dict[str, Any] = {**ONE_MAP, **INTEGERS}
# The kernel of most networks, on data that fast algorithms round.
USUAL: dict[str, Any] = {
    "window": (3, 3),
    "strides": ("default",),
    "families": ("impulse", "kimpulse", "sparse"),
}
PADDED = ("padding_same", "padding_int", "padding_pairs")
STRIDED = ("strides_int", "strides_pair")
EXACT = {"max_pool2d": ("distinct", "negative", "ties"), "avg_pool2d": ("whole",)}
ONE_STEP: dict[str, Any] = {"strides": ("default",), "padding": ("default",), "depth": 1}
# So plain that only what is common to all operators can go wrong: batches, memory, purity.
CLEAR: dict[str, Any] = {
    "conv2d": {**SIMPLE, "families": ("xsmall",), "batch": (1, 2)},
    "dense": {"families": ("xsmall",), "bias": False},
    "max_pool2d": {**ONE_STEP, "families": ("distinct",)},
    "avg_pool2d": {**ONE_STEP, "families": ("whole",)},
    "flatten": {},
    "relu": {"families": ("distinct",)},  # some of it negative, and so changed if done in place
    "softmax": {"families": ("general",)},
}


def _conv2d() -> list[Domain]:
    conv2d, of = CASES["conv2d"], partial(Domain, "conv2d")

    def simple(**options: Any) -> Callable[[Pick, Features], Question]:
        return legal(conv2d, **{**SIMPLE, **options})

    return [
        of(("CONV-1",), legal(special.one_patch, **SIMPLE)),
        of(("CONV-2", "CONV-3", "CONV-7"), simple()),
        of(("CONV-4",), lambda p, f: simple(depth=p(2, 4))(p, f)),
        of(("CONV-5",), lambda p, f: simple(filters=p(2, 4))(p, f)),
        of(("CONV-6",), lambda p, f: simple(bias=True, filters=p(1, 3), depth=p(1, 2))(p, f)),
        of(("CONV-8",), simple(strides=("strides_int",))),
        of(("CONV-9", "CONV-10"), simple(strides=("strides_pair",))),
        of(("CONV-11",), simple(padding=("padding_int",))),
        of(("CONV-12",), simple(padding=("padding_pairs",))),
        of(("CONV-13",), simple(padding=("padding_valid",))),
        of(("CONV-14",), simple(padding=("padding_same",))),
        of(("CONV-15",), simple(padding=("padding_same",), strides=STRIDED)),
        of(("CONV-16",), legal(conv2d, batch=(1, 3))),
        of(("CONV-16",), legal(conv2d, strides=STRIDED, padding=PADDED)),
        of(("CONV-16",), legal(conv2d, **USUAL)),
        of(("CONV-17",), legal(conv2d, families=("general", "spread"))),
        of(("CONV-25",), broken(illegal.kernel_too_large)),
        of(("CONV-26",), broken(illegal.stride_below_one)),
        of(("CONV-27",), broken(illegal.negative_padding)),
        of(("CONV-28",), broken(illegal.other_depth)),
        of(("CONV-29",), broken(illegal.other_ranks)),
        of(("CONV-30",), broken(illegal.bias_of_other_length)),
    ]


def _pool(operator: str) -> list[Domain]:
    pool, of = CASES[operator], partial(Domain, operator)
    plain: dict[str, Any] = {"strides": ("default",), "padding": ("default",)}
    plain["families"] = exact = EXACT[operator]
    maximum = operator == "max_pool2d"
    alone = partial(changed, operator, special.first_example)
    window = legal(special.one_window, operator=operator, **plain)
    own = [
        of(("POOL-1",), window),
        of(("POOL-8",), alone(padding=PADDED, families=("negative",))),
        of(("POOL-17",), legal(special.infinity_in_a_pool)),
        of(("POOL-24",), legal(special.lowest_in_a_pool)),
        of(("POOL-23",), legal(special.nan_in_a_pool)),
    ]
    if not maximum:
        own = [
            of(("POOL-2",), window),
            of(("POOL-9",), alone(padding=PADDED, families=("whole",))),
            of(("POOL-11",), legal(pool, families=("general", "spread"))),
        ]
    return [
        *own,
        of(("POOL-3", "POOL-4"), alone(**plain, depth=1)),
        of(("POOL-5",), alone(**plain)),
        of(("POOL-6",), alone(strides=STRIDED, padding=("default",), families=exact)),
        of(("POOL-7",), alone(padding=("padding_same",), families=exact)),
        of(("POOL-10",), legal(pool, families=(*exact, "floats") if maximum else exact)),
        of(("POOL-10",), legal(pool, strides=STRIDED, padding=PADDED, families=exact)),
        of(("POOL-18",), broken(illegal.window_too_large, operator=operator)),
        of(("POOL-19",), broken(illegal.sizes_below_one, operator=operator)),
        of(("POOL-20",), broken(illegal.negative_pool_padding, operator=operator)),
        of(("POOL-21",), broken(illegal.other_pool_ranks, operator=operator)),
    ]


def _dense() -> list[Domain]:
    dense, of = CASES["dense"], partial(Domain, "dense")
    return [
        of(("DENSE-1",), changed("dense", special.first_example, bias=False)),
        of(("DENSE-2",), legal(dense)),
        of(("DENSE-2",), legal(dense, families=("general", "spread"))),
        of(("DENSE-3",), legal(dense, bias=True, families=("xsmall", "biasonly", "xwide"))),
        of(("DENSE-7",), broken(illegal.kernel_of_other_height)),
        of(("DENSE-8",), broken(illegal.dense_bias_of_other_length)),
    ]


def _activations() -> list[Domain]:
    relu, softmax = CASES["relu"], CASES["softmax"]
    return [
        Domain("flatten", ("FLAT-1", "FLAT-2"), legal(CASES["flatten"])),
        Domain("flatten", ("FLAT-3",), legal(special.every_value)),
        Domain("relu", ("RELU-1",), legal(relu)),
        Domain("relu", ("RELU-3",), legal(special.relu_of_layers)),
        Domain("relu", ("RELU-4",), legal(special.relu_of_infinities)),
        Domain("relu", ("RELU-5",), legal(special.relu_of_nan)),
        Domain("relu", ("RELU-6",), legal(special.relu_of_other_ranks)),
        Domain("softmax", ("SOFT-1",), legal(special.one_row)),
        Domain("softmax", ("SOFT-2",), legal(special.several_rows)),
        Domain("softmax", ("SOFT-6",), legal(softmax, families=("high", "low", "uneven"))),
        Domain("softmax", ("SOFT-7",), legal(softmax, families=("one-hot",))),
        Domain("softmax", ("SOFT-8",), legal(special.minus_infinity_among_logits)),
        Domain("softmax", ("SOFT-9",), legal(softmax, families=("equal", "two-hot"))),
        Domain("softmax", ("SOFT-9",), legal(special.single_class)),
        Domain("softmax", ("SOFT-10",), legal(special.nan_among_logits)),
        Domain("softmax", ("SOFT-11",), legal(special.infinity_among_logits)),
        Domain("softmax", ("SOFT-12",), legal(special.nothing_but_minus_infinity)),
        Domain("softmax", ("SOFT-13",), legal(special.rows_of_other_ranks)),
    ]


def _common(operator: str) -> list[Domain]:
    of, clear = partial(Domain, operator), CLEAR[operator]
    return [
        of(("ANY-1",), changed(operator, special.two_images, **clear)),
        of(("ANY-2",), changed(operator, special.empty, **clear)),
        of(("ANY-3",), lawful(operator, "pure", **clear)),
        of(("ANY-4",), lawful(operator, "deterministic", **clear)),
        of(("ANY-5",), lawful(operator, "stable", **clear)),
        of(("ANY-7",), in_memory(operator, **clear)),
    ]


_ALL = [*_conv2d(), *_pool("max_pool2d"), *_pool("avg_pool2d"), *_dense(), *_activations()]
DOMAINS: dict[str, list[Domain]] = {
    operator: [d for d in _ALL if d.operator == operator] + _common(operator)
    for operator in OPERATORS
}


def source(operator: str, seed: int, index: int, version: int = SUITE) -> Choices:
    """The integers that question `index` of an operator is drawn from.

    state 0 is the version; each of crc32(operator), seed and index in turn is
    added to the state, whose successor is the first number of SplitMix64 from it.
    The last state is the origin of the stream; number n of it, taken modulo
    (high - low + 1) and added to low, is choice n.
    """
    state = version
    for value in (crc32(operator.encode()), seed, index):
        state = int(stream(state + value, 1)[0])
    return Choices([int(n) for n in stream(state, MOST_PICKS)])


def question(
    operator: str,
    seed: int,
    index: int,
    version: int = SUITE,
    features: Features | None = None,
) -> Question:
    """Question `index` of an operator, of domain number (index modulo their number).

    It asks for `features` alone (None: for any form, within no limits), as far as the
    case maker knows of them.
    """
    domain = DOMAINS[operator][index % len(DOMAINS[operator])]
    integers = source(operator, seed, index, version)
    offered = EVERYTHING.features[operator] if features is None else features
    asked = domain.make(integers, offered)
    return replace(asked, id=f"{operator}/{index}", clauses=domain.clauses)
