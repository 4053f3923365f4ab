"""One output of an operator, worked out by hand: its window and its arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from refcnn import ops
from refcnn.report.numbers import grid, matrix, number, side_by_side, signed_sum
from refcnn.spec.case import Case
from refcnn.spec.tensors import Array
from refcnn.spec.windows import lay_out

MOST_TERMS = 32  # written out; a longer sum is abbreviated in the middle

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The lines that show where an output comes from, and its value."""

    pictures: list[str]
    arithmetic: list[str]
    value: float


def trace(case: Case, index: Index) -> Trace:
    """Work out output `index` of a legal case."""
    by_operator: dict[str, Callable[[Case, Index], Trace]] = {
        "conv2d": _conv2d,
        "max_pool2d": _pool,
        "avg_pool2d": _pool,
        "flatten": _flatten,
        "dense": _dense,
        "relu": _relu,
        "softmax": _softmax,
    }
    return by_operator[case.operator](case, index)


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


def _conv2d(case: Case, index: Index) -> Trace:
    b, i, j, o = index
    patch = ops.windows(case.inputs["x"], lay_out(case), 0)[b, i, j]  # (C, F_h, F_w)
    kernel = case.inputs["kernel"][..., o].transpose(2, 0, 1)
    pictures: list[str] = []
    for c, (cells, weights) in enumerate(zip(patch, kernel)):
        titles = (f"patch, channel {c}", f"kernel [:,:,{c},{o}]")
        pictures += side_by_side(list(zip(titles, (matrix(cells), matrix(weights)))))
    lines = _products(case, patch, kernel, _bias(case, o))
    return Trace(pictures, lines, float(lines[-1].removeprefix("= ")))


def _dense(case: Case, index: Index) -> Trace:
    b, o = index
    x, weights = case.inputs["x"][b], case.inputs["kernel"][:, o]
    lines = _products(case, x, weights, _bias(case, o))
    blocks = [(f"x[{b},:]", matrix(x[None])), (f"kernel[:,{o}]", matrix(weights[None]))]
    return Trace(side_by_side(blocks), lines, float(lines[-1].removeprefix("= ")))


def _pool(case: Case, index: Index) -> Trace:
    b, i, j, c = index
    place, x = lay_out(case), case.inputs["x"]
    window = ops.windows(x, place, 0)[b, i, j, c]
    inside = ops.windows(np.ones_like(x), place, 0)[b, i, j, c] > 0
    real = window[inside].astype(np.float64)
    cells = [
        [number(float(v), case.dtype) if there else "." for v, there in zip(row, mask)]
        for row, mask in zip(window, inside)
    ]
    note = "" if inside.all() else ", . is padding"
    pictures = side_by_side([(f"window, channel {c}{note}", grid(cells))])
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


def _flatten(case: Case, index: Index) -> Trace:
    x, (b, place) = case.inputs["x"], index
    source = tuple(int(i) for i in np.unravel_index(place, x.shape[1:]))
    value = float(x[b, *source])
    where = ", ".join(map(str, (b, *source)))
    return Trace([], [f"place {place} is x[{where}]", "= " + number(value, case.dtype)], value)


def _relu(case: Case, index: Index) -> Trace:
    value = float(case.inputs["x"][index])
    result = float(np.maximum(0, value))
    return Trace(
        [], [f"max(0, {number(value, case.dtype)})", "= " + number(result, case.dtype)], result
    )


def _softmax(case: Case, index: Index) -> Trace:
    *row, i = index
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
