"""One output worked out by hand: what the traces of all operators are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.numbers import number, signed_sum
from refcnn.suite.registry import part
from refcnn.suite.ruling import Ruling
from refcnn.suite.tensors import Array

MOST_TERMS = 32  # written out; a longer sum is abbreviated in the middle

Index = tuple[int, ...]
At = Callable[..., str]  # of a tensor and a place in it: as its author writes that


@dataclass(frozen=True, slots=True)
class Trace:
    """The lines that show where an output comes from, and its value."""

    pictures: list[str]
    arithmetic: list[str]
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Tracing:
    """How an output of one operator is worked out by hand.

    `source` is the place in x, as it was asked, of the only number that an output comes
    from; None where it comes from several.
    """

    work_out: Callable[[Ruling, Index, At], Trace]
    source: Callable[[Case, Index], Index] | None = None


def tracing(operator: str) -> Tracing:
    """How an output of an operator is worked out by hand."""
    found: Tracing = part(operator, "trace")
    return found


def texts(values: Any, dtype: str) -> list[str]:
    """Numbers as text."""
    return [number(float(v), dtype) for v in np.ravel(values)]


def shortened(terms: list[str]) -> list[str]:
    """The first and last terms of a long sum."""
    half = MOST_TERMS // 2
    return terms if len(terms) <= MOST_TERMS else [*terms[:half], "...", *terms[-half:]]


def products(case: Case, x: Array, kernel: Array, bias: float | None) -> list[str]:
    """(1*1) + (2*0) + ... / = 1 + 0 + ... / = 2, in three steps as one would by hand."""
    dtype = case.dtype
    pairs = [f"({a}·{b})" for a, b in zip(texts(x, dtype), texts(kernel, dtype))]
    terms = texts(np.ravel(x).astype(float) * np.ravel(kernel).astype(float), "float64")
    if bias is not None:
        pairs, terms = [*pairs, number(bias, dtype)], [*terms, number(bias, dtype)]
    total = float(np.sum(np.array([float(t) for t in terms])))
    first = " + ".join(shortened(pairs) or ["0"])
    middle = ["= " + signed_sum(shortened(terms))] if len(terms) > 1 else []
    note = " (the last term is the bias)" if bias is not None else ""
    return [first + note, *middle, "= " + number(total)]


def bias_of(case: Case, output: int) -> float | None:
    """The bias of an output; None if there is none."""
    return float(case.inputs["bias"][output]) if "bias" in case.inputs else None
