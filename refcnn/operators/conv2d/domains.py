"""What conv2d is asked: a domain for each clause that vectors are about."""

from typing import Any

import numpy as np

from refcnn.operators.conv2d import cases
from refcnn.operators.conv2d.cases import conv2d
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import PADDED, STRIDED, Pick
from refcnn.suite.generators import Domain, Domains, Question, broken, legal
from refcnn.suite.tensors import Array

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


def _deep(pick: Pick, features: Features) -> Question:
    depth = pick(2, 4)
    return Question(case=conv2d(pick, features, **{**SIMPLE, "depth": depth}))


def _several_filters(pick: Pick, features: Features) -> Question:
    filters = pick(2, 4)
    return Question(case=conv2d(pick, features, **{**SIMPLE, "filters": filters}))


def _biased(pick: Pick, features: Features) -> Question:
    options = {"bias": True, "filters": pick(1, 3), "depth": pick(1, 2)}
    return Question(case=conv2d(pick, features, **{**SIMPLE, **options}))


def _kernel(case: Case) -> Array:
    return case.inputs["kernel"]


def _simple(*clauses: str, **options: Any) -> Domain:
    return Domain(clauses, legal(conv2d, **{**SIMPLE, **options}))


DOMAINS = {
    "conv2d": Domains(
        make=conv2d,
        own=(
            Domain(("CONV-1",), legal(cases.one_patch, **SIMPLE)),
            _simple("CONV-2", "CONV-3", "CONV-7"),
            Domain(("CONV-4",), _deep),
            Domain(("CONV-5",), _several_filters),
            Domain(("CONV-6",), _biased),
            _simple("CONV-8", strides=("strides_int",)),
            _simple("CONV-9", "CONV-10", strides=("strides_pair",)),
            _simple("CONV-11", padding=("padding_int",)),
            _simple("CONV-12", padding=("padding_pairs",)),
            _simple("CONV-13", padding=("padding_valid",)),
            _simple("CONV-14", padding=("padding_same",)),
            _simple("CONV-15", padding=("padding_same",), strides=STRIDED),
            Domain(("CONV-16",), legal(conv2d, batch=(1, 3))),
            Domain(("CONV-16",), legal(conv2d, strides=STRIDED, padding=PADDED)),
            Domain(("CONV-16",), legal(conv2d, **USUAL)),
            Domain(("CONV-17",), legal(conv2d, families=("general", "spread"))),
            Domain(("CONV-25",), broken(cases.kernel_too_large)),
            Domain(("CONV-26",), broken(cases.stride_below_one)),
            Domain(("CONV-27",), broken(cases.negative_padding)),
            Domain(("CONV-28",), broken(cases.other_depth)),
            Domain(("CONV-29",), broken(cases.other_ranks)),
            Domain(("CONV-30",), broken(cases.bias_of_other_length)),
        ),
        clear={**SIMPLE, "families": ("xsmall",), "batch": (1, 2)},
        telling={
            "there is more than one filter": lambda c: _kernel(c).shape[3] > 1,
            "no filter is the same upside down": lambda c: (
                not np.array_equal(_kernel(c), _kernel(c)[::-1])
            ),
            "no filter is the same left to right": lambda c: (
                not np.array_equal(_kernel(c), _kernel(c)[:, ::-1])
            ),
            "height and width of the kernel cannot be exchanged": lambda c: (
                not np.array_equal(_kernel(c), _kernel(c).swapaxes(0, 1))
            ),
        },
    ),
}
