"""Which answers are exact, worked out from the data of a case and from nothing else.

An output is *determined* if every right implementation gives the same number, in
whatever order it adds, with fused multiply-add or without, in the dtype or in a wider
one: then it is compared with ==. t is 24 or 53 bits, tiny the smallest normal number.

Sums. Let g be a power of two that divides all terms of an output, products and bias,
and S the sum of their absolute values. Every partial sum is a whole multiple of g no
larger than S. If S < 2^t g it has at most t bits, and if g >= tiny it does not
underflow: nothing is ever rounded. Here g is the lowest bit of any number under the
window times that of any weight of the filter, or that of the bias if it is lower. S is
taken in float64, where it may be rounded; but 2^t g is a float64 and rounding keeps
order, so that S < 2^t g is seen only where it is true.

Products. If at most one term of an output is not zero, it is all there is to add. A
product that neither over- nor underflows is rounded once, and there is one way to do it.

Means. Where the sum is exact, so is its division by a power of two, before adding or
after. Other counts are left to the bound: a product with the reciprocal rounds twice.

Softmax. exp(-GAP) is less than half of the smallest number and rounds to 0. A logit
that lies that far above all others gets 1 and they get 0, as does one without others.

Operators that only choose among their inputs are exact on all data.
"""

from math import prod

import numpy as np

from refcnn.cnn import ops
from refcnn.suite import precise
from refcnn.suite.case import Case
from refcnn.suite.data import BITS
from refcnn.suite.tensors import Array
from refcnn.suite.windows import cell_counts, lay_out

CHOOSING = ("max_pool2d", "flatten", "relu")
SLACK = 1 + 2.0**-50  # covers the rounding of sizes that are multiplied in float64
GAP = {"float32": 128, "float64": 1024}
EVERYWHERE, NOWHERE = np.ones(1, bool), np.zeros(1, bool)


def held(case: Case) -> Array:
    """Where == must hold: what the case claims, as far as its data bear it out."""
    claimed = case.exact or case.operator in CHOOSING
    return determined(case) if claimed else NOWHERE


def determined(case: Case) -> Array:
    """Where there is one right number; broadcast to the outputs. The case must be legal."""
    if case.operator in CHOOSING:
        return EVERYWHERE
    if case.operator == "softmax":
        return _one_takes_all(case)
    if not all(np.isfinite(tensor).all() for tensor in case.inputs.values()):
        return NOWHERE
    with np.errstate(all="ignore"):
        return _means(case) if case.operator == "avg_pool2d" else _products(case)


def unrounded(case: Case) -> bool:
    """Whether every answer is what the equation gives, so that a law may reckon with it."""
    if not determined(case).all():
        return False
    if case.operator not in ("conv2d", "dense") or not case.inputs["x"].size:
        return True
    with np.errstate(all="ignore"):
        return _small(case) or _representable(case)


def rounded(hi: Array, lo: Array, exact: Array, dtype: str) -> tuple[Array, Array]:
    """An answer hi + lo which, where it is `exact`, is the nearest number of the dtype."""
    with np.errstate(over="ignore"):
        return np.where(exact, hi.astype(dtype), hi), np.where(exact, 0, lo)


def combination(*terms: tuple[float, Array]) -> Array | None:
    """The sum of factors times arrays of one dtype; None if some order of adding rounds it."""
    factors, arrays = zip(*terms)
    x = np.stack(np.broadcast_arrays(*arrays), axis=-1)
    kernel = np.array(factors, x.dtype)[:, np.newaxis]
    asked = Case(operator="dense", inputs={"x": x.reshape(-1, len(terms)), "kernel": kernel})
    if not unrounded(asked):
        return None
    return np.asarray((x @ kernel)[..., 0])


def lowest_bits(tensor: Array) -> Array:
    """The value of the lowest bit that is set in each finite number; infinite for 0."""
    mantissa, exponent = np.frexp(tensor.astype(np.float64))
    whole = np.ldexp(mantissa, 53).astype(np.int64)
    bits = np.ldexp((whole & -whole).astype(np.float64), exponent - 53)
    return np.where(whole == 0, np.inf, bits)


def _fits(dtype: str, granularity: Array, size: Array) -> Array:
    """Whether sums of multiples of `granularity`, of `size` in all, are never rounded."""
    limits = np.finfo(dtype)
    few_bits = size < 2.0 ** BITS[dtype] * granularity
    return np.asarray(few_bits & (granularity >= limits.tiny) & (size <= limits.max))


def _products(case: Case) -> Array:
    """conv2d and dense: first what can be told at a glance, then output by output."""
    return EVERYWHERE if _small(case) or _alone(case) else _one_by_one(case)


def _small(case: Case) -> bool:
    """Whether nothing would round even if the largest numbers met, and had the lowest bits."""
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    granularity = _least(lowest_bits(x)) * _least(lowest_bits(kernel))
    size = _most(x) * _most(kernel) * prod(kernel.shape[:-1]) * SLACK
    if (bias := case.inputs.get("bias")) is not None:
        granularity, size = min(granularity, _least(lowest_bits(bias))), size + _most(bias)
    return bool(_fits(case.dtype, np.array(granularity), np.array(size)))


def _alone(case: Case) -> bool:
    """Whether no output has more than one product, nor a bias, and none can leave the range."""
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    if "bias" in case.inputs and case.inputs["bias"].any():
        return False
    limits = np.finfo(case.dtype)
    least = _least(np.abs(x[x != 0])) * _least(np.abs(kernel[kernel != 0]))
    if least < 2 * limits.tiny or _most(x) * _most(kernel) > limits.max:
        return False
    return _one_at_most(_columns(case), axis=0) or _one_at_most(_rows(case), axis=-1)


def _one_at_most(numbers: Array, axis: int) -> bool:
    """Whether no more than one number along an axis is not 0."""
    return bool(np.count_nonzero(numbers, axis=axis).max(initial=0) <= 1)


def _one_by_one(case: Case) -> Array:
    """By output: whether its terms never round, or there is one product that rounds once."""
    rows, columns = _rows(case).astype(np.float64), _columns(case).astype(np.float64)
    bias = case.inputs.get("bias", np.zeros(1)).astype(np.float64)
    size = np.abs(rows) @ np.abs(columns) + np.abs(bias)
    terms = (rows != 0).astype(float) @ (columns != 0).astype(float) + (bias != 0)
    of_row = lowest_bits(rows).min(axis=-1, keepdims=True, initial=np.inf)
    of_column = lowest_bits(columns).min(axis=0, initial=np.inf)
    granularity = np.minimum(of_row * of_column, lowest_bits(bias))
    limits = np.finfo(case.dtype)
    in_range = (size <= limits.max) & ((size >= 2 * limits.tiny) | (terms == 0))
    return np.asarray(_fits(case.dtype, granularity, size) | ((terms <= 1) & in_range))


def _rows(case: Case) -> Array:
    """What each output multiplies with the columns of the kernel: (..., terms)."""
    x = case.inputs["x"]
    if case.operator == "dense":
        return x
    patches = ops.windows(x, lay_out(case), 0).transpose(0, 1, 2, 4, 5, 3)
    return patches.reshape(*patches.shape[:3], prod(patches.shape[3:]))


def _columns(case: Case) -> Array:
    """The weights of each filter: (terms, outputs)."""
    kernel = case.inputs["kernel"]
    return kernel.reshape(prod(kernel.shape[:-1]), kernel.shape[-1])


def _representable(case: Case) -> bool:
    """Whether answers that are determined are numbers of the dtype."""
    wide = case.given(**{name: t.astype(np.float64) for name, t in case.inputs.items()})
    hi, lo = precise.answer(wide)
    return not lo.any() and np.array_equal(hi.astype(case.dtype), hi)


def _means(case: Case) -> Array:
    """By output: whether its sum never rounds, and the count is a power of two."""
    x, counts = case.inputs["x"].astype(np.float64), cell_counts(case)
    bits, sizes, most = lowest_bits(x), np.abs(x), counts.max(initial=0)
    powers = counts == 2 ** np.round(np.log2(counts))
    fits = _halve(case.dtype, np.array(_least(bits)), np.array(_most(x) * most), counts)
    if not fits.all():
        granularity = ops.windows(bits, lay_out(case), np.inf).min(axis=(-2, -1))
        size = ops.windows(sizes, lay_out(case), 0).sum(axis=(-2, -1))
        fits = _halve(case.dtype, granularity, size, counts)
    return np.asarray(powers & fits & np.ones((len(x), 1, 1, 1), bool))  # none in an empty batch


def _halve(dtype: str, granularity: Array, size: Array, count: Array) -> Array:
    """Whether such a sum never rounds, nor do its halves down to one part in `count`."""
    in_range = granularity >= count * np.finfo(dtype).tiny
    return np.asarray(in_range & _fits(dtype, granularity, size))


def _one_takes_all(case: Case) -> Array:
    """By row: whether all logits but one get nothing, being far below it, or all are NaN."""
    x = case.inputs["x"].astype(np.float64)
    largest = x.max(axis=-1, keepdims=True, initial=-np.inf)  # NaN, if one is
    with np.errstate(invalid="ignore", over="ignore"):
        one = ((largest - x) < GAP[case.dtype]).sum(axis=-1, keepdims=True) == 1
    return np.asarray(one | ~np.isfinite(largest))


def _least(tensor: Array) -> float:
    return float(tensor.min(initial=np.inf))


def _most(tensor: Array) -> float:
    return float(np.abs(tensor).max(initial=0))
