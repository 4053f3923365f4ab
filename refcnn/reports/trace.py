"""One output of an operator, worked out by hand: its window and its arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from refcnn.cnn import ops
from refcnn.harness.statement import Statement
from refcnn.reports.asking import STANDARD, at
from refcnn.reports.numbers import grid, matrix, number, side_by_side, signed_sum
from refcnn.reports.ruling import Ruling, ruling, sources
from refcnn.suite.case import Case
from refcnn.suite.tensors import Array
from refcnn.suite.windows import lay_out

MOST_TERMS = 32  # written out; a longer sum is abbreviated in the middle

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The lines that show where an output comes from, and its value."""

    pictures: list[str]
    arithmetic: list[str]
    value: float


def trace(case: Case, index: Index, stated: Statement = STANDARD) -> Trace:
    """Work out output `index` (in the specification's order) of a legal case, by its dialects.

    Places in tensors are told in the `stated` layouts. Raises SetAsideError where a dialect
    refuses the case.
    """
    by_operator: dict[str, Callable[[Ruling, Index, Statement], Trace]] = {
        "conv2d": _conv2d,
        "max_pool2d": _pool,
        "avg_pool2d": _pool,
        "flatten": _flatten,
        "dense": _dense,
        "relu": _relu,
        "softmax": _softmax,
    }
    return _rounded(by_operator[case.operator](ruling(case), index, stated), case.dtype)


def _rounded(worked: Trace, dtype: str) -> Trace:
    """The same with its value as the dtype has it, on a line of its own if that differs."""
    with np.errstate(over="ignore"):
        value = float(np.dtype(dtype).type(worked.value))
    if value == worked.value or np.isnan(value):
        return worked
    last = f"= {number(value, dtype)} in {dtype}"
    return Trace(worked.pictures, [*worked.arithmetic, last], value)


def _texts(values: Any, dtype: str) -> list[str]:
    return [number(float(v), dtype) for v in np.ravel(values)]


def _shorten(terms: list[str]) -> list[str]:
    """The first and last terms of a long sum."""
    half = MOST_TERMS // 2
    return terms if len(terms) <= MOST_TERMS else [*terms[:half], "...", *terms[-half:]]


def _products(case: Case, x: Array, kernel: Array, bias: float | None) -> list[str]:
    """(1*1) + (2*0) + ... / = 1 + 0 + ... / = 2, in three steps as one would by hand."""
    dtype = case.dtype
    pairs = [f"({a}·{b})" for a, b in zip(_texts(x, dtype), _texts(kernel, dtype))]
    terms = _texts(np.ravel(x).astype(float) * np.ravel(kernel).astype(float), "float64")
    if bias is not None:
        pairs, terms = [*pairs, number(bias, dtype)], [*terms, number(bias, dtype)]
    total = float(np.sum(np.array([float(t) for t in terms])))
    first = " + ".join(_shorten(pairs) or ["0"])
    middle = ["= " + signed_sum(_shorten(terms))] if len(terms) > 1 else []
    note = " (the last term is the bias)" if bias is not None else ""
    return [first + note, *middle, "= " + number(total)]


def _bias(case: Case, output: int) -> float | None:
    return float(case.inputs["bias"][output]) if "bias" in case.inputs else None


def _conv2d(rules: Ruling, index: Index, stated: Statement) -> Trace:
    case, (b, i, j, o) = rules.case, index
    patch = ops.windows(case.inputs["x"], lay_out(case), 0)[b, i, j]  # (C, F_h, F_w)
    kernel = case.inputs["kernel"][..., o].transpose(2, 0, 1)
    pictures: list[str] = []
    for c, (cells, weights) in enumerate(zip(patch, kernel)):
        where = at(stated, "conv2d", "kernel", ":", ":", c, o)
        titles = (f"patch, channel {c}", where + rules.note("kernel"))
        pictures += side_by_side(list(zip(titles, (matrix(cells), matrix(weights)))))
    lines = _products(case, patch, kernel, _bias(case, o))
    return Trace(pictures, lines, float(lines[-1].removeprefix("= ")))


def _dense(rules: Ruling, index: Index, stated: Statement) -> Trace:
    case, (b, o) = rules.case, index
    x, weights = case.inputs["x"][b], case.inputs["kernel"][:, o]
    lines = _products(case, x, weights, _bias(case, o))
    where = at(stated, "dense", "kernel", ":", o)
    blocks = [(f"x[{b},:]", matrix(x[None])), (where, matrix(weights[None]))]
    return Trace(side_by_side(blocks), lines, float(lines[-1].removeprefix("= ")))


def _pool(rules: Ruling, index: Index, _: Statement) -> Trace:
    case, (b, i, j, c) = rules.case, index
    place, x = lay_out(case), case.inputs["x"]
    window, counts, own = (
        ops.windows(cells.astype(np.float64), place, 0)[b, i, j, c]
        for cells in (x, np.ones_like(x), sources(rules.asked) > 0)
    )
    cells = _cells(window, counts, own, case.dtype)
    pictures = side_by_side([(f"window, channel {c}{_marks(counts, own)}", grid(cells))])
    real = window[counts > 0]
    texts = _shorten(_texts(real, case.dtype))
    if case.operator == "max_pool2d":
        value = float(real.max())
        return Trace(pictures, [f"max({', '.join(texts)})", "= " + number(value)], value)
    total = float(real.sum())
    lines = [
        f"({signed_sum(texts)}) / {len(real)}",
        f"= {number(total)} / {len(real)}",
        "= " + number(total / len(real)),
    ]
    return Trace(pictures, lines, total / len(real))


def _cells(window: Array, counts: Array, own: Array, dtype: str) -> list[list[str]]:
    """The cells of a window as text: in brackets what only a rule puts there, . for padding."""
    return [
        [
            number(float(v), dtype) if mine else f"({number(float(v), dtype)})" if there else "."
            for v, there, mine in zip(*line)
        ]
        for line in zip(window, counts, own)
    ]


def _marks(counts: Array, own: Array) -> str:
    """What the marks in a window mean, as far as there are any."""
    note = "" if counts.all() else ", . is padding"
    return note if (counts == own).all() else f"{note}, (0) is padding that counts"


def _flatten(rules: Ruling, index: Index, stated: Statement) -> Trace:
    x, (b, place) = rules.asked.inputs["x"], index
    source = int(sources(rules.asked)[b].ravel()[place]) - 1
    where = at(stated, "flatten", "x", *map(int, np.unravel_index(source, x.shape)))
    value = float(rules.case.inputs["x"][b].ravel()[place])
    lines = [f"place {place} is {where}", "= " + number(value, rules.case.dtype)]
    return Trace([], lines, value)


def _relu(rules: Ruling, index: Index, _: Statement) -> Trace:
    case = rules.case
    value = float(case.inputs["x"][index])
    result = float(np.maximum(0, value))
    return Trace(
        [], [f"max(0, {number(value, case.dtype)})", "= " + number(result, case.dtype)], result
    )


def _softmax(rules: Ruling, index: Index, _: Statement) -> Trace:
    case, (*row, i) = rules.case, index
    x = case.inputs["x"][*row].astype(np.float64)
    with np.errstate(invalid="ignore"):  # inf - inf is NaN
        shifted = x - x.max()
        powers = np.exp(shifted)
        value = float(powers[i] / powers.sum())
    below = " + ".join(_shorten([f"exp({number(round(float(s), 6))})" for s in shifted]))
    return Trace(
        side_by_side([("logits", matrix(case.inputs["x"][*row][None]))]),
        [
            f"exp({number(round(float(shifted[i]), 6))}) / ({below})   (largest logit subtracted)",
            f"= {powers[i]:.6g} / {powers.sum():.6g}",
            f"= {number(value)}",
        ],
        value,
    )
