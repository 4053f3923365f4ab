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

Operators that only choose among their inputs are exact on all data; others say in the
numerics of their folder where they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from refcnn.suite import precise
from refcnn.suite.data import BITS
from refcnn.suite.tensors import Array

SLACK = 1 + 2.0**-50  # covers the rounding of sizes that are multiplied in float64
EVERYWHERE, NOWHERE = np.ones((), bool), np.zeros((), bool)


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Sums of products: numbers of x times weights, and perhaps a bias.

    `rows` are what each output multiplies with the columns of the kernel: (..., terms).
    """

    x: Array
    kernel: Array  # (..., outputs)
    bias: Array | None
    rows: Callable[[], Array]

    @property
    def dtype(self) -> str:
        """That of x, and so of the answer."""
        return str(self.x.dtype)

    @property
    def columns(self) -> Array:
        """The weights of each output: (terms, outputs)."""
        return self.kernel.reshape(prod(self.kernel.shape[:-1]), self.kernel.shape[-1])


def rounded(hi: Array, lo: Array, exact: Array, dtype: str) -> tuple[Array, Array]:
    """An answer hi + lo which, where it is `exact`, is the nearest number of the dtype."""
    with np.errstate(over="ignore"):
        return np.where(exact, hi.astype(dtype), hi), np.where(exact, 0, lo)


def combination(*terms: tuple[float, Array]) -> Array | None:
    """The sum of factors times arrays of one dtype; None if some order of adding rounds it."""
    factors, arrays = zip(*terms)
    x = np.stack(np.broadcast_arrays(*arrays), axis=-1)
    kernel = np.array(factors, x.dtype)[:, np.newaxis]
    rows = x.reshape(-1, len(terms))
    asked = Products(rows, kernel, None, lambda: rows)
    wide = (tensor.astype(np.float64) for tensor in (rows, kernel))
    if not of_products(asked).all() or not unrounded(asked, lambda: precise.product(*wide)):
        return None
    return np.asarray((x @ kernel)[..., 0])


def of_products(asked: Products) -> Array:
    """Where a sum of products is one right number; broadcast to the outputs.

    First what can be told at a glance, then output by output.
    """
    if not _all_finite(asked):
        return NOWHERE
    with np.errstate(all="ignore"):
        return EVERYWHERE if _small(asked) or _alone(asked) else _one_by_one(asked)


def unrounded(asked: Products, answer: Callable[[], precise.HiLo]) -> bool:
    """Whether sums of products that are determined are what the equation gives.

    `answer` works them out on float64, to twice the digits.
    """
    if not asked.x.size:
        return True
    with np.errstate(all="ignore"):
        return _small(asked) or _representable(answer(), asked.dtype)


def _representable(answer: precise.HiLo, dtype: str) -> bool:
    """Whether all numbers of an answer are numbers of the dtype."""
    hi, lo = answer
    return not lo.any() and np.array_equal(hi.astype(dtype), hi)


def _all_finite(asked: Products) -> bool:
    bias = np.zeros(1) if asked.bias is None else asked.bias
    return all(np.isfinite(tensor).all() for tensor in (asked.x, asked.kernel, bias))


def lowest_bits(tensor: Array) -> Array:
    """The value of the lowest bit that is set in each finite number; infinite for 0."""
    mantissa, exponent = np.frexp(tensor.astype(np.float64))
    whole = np.ldexp(mantissa, 53).astype(np.int64)
    bits = np.ldexp((whole & -whole).astype(np.float64), exponent - 53)
    return np.where(whole == 0, np.inf, bits)


def fits(dtype: str, granularity: Array, size: Array) -> Array:
    """Whether sums of multiples of `granularity`, of `size` in all, are never rounded."""
    limits = np.finfo(dtype)
    few_bits = size < 2.0 ** BITS[dtype] * granularity
    return np.asarray(few_bits & (granularity >= limits.tiny) & (size <= limits.max))


def _small(asked: Products) -> bool:
    """Whether nothing would round even if the largest numbers met, and had the lowest bits."""
    x, kernel = asked.x, asked.kernel
    granularity = least(lowest_bits(x)) * least(lowest_bits(kernel))
    size = most(x) * most(kernel) * prod(kernel.shape[:-1]) * SLACK
    if asked.bias is not None:
        granularity = min(granularity, least(lowest_bits(asked.bias)))
        size += most(asked.bias)
    return bool(fits(asked.dtype, np.array(granularity), np.array(size)))


def _alone(asked: Products) -> bool:
    """Whether no output has more than one product, nor a bias, and none can leave the range."""
    x, kernel = asked.x, asked.kernel
    if asked.bias is not None and asked.bias.any():
        return False
    limits = np.finfo(asked.dtype)
    smallest = least(np.abs(x[x != 0])) * least(np.abs(kernel[kernel != 0]))
    if smallest < 2 * limits.tiny or most(x) * most(kernel) > limits.max:
        return False
    return _one_atmost(asked.columns, axis=0) or _one_atmost(asked.rows(), axis=-1)


def _one_atmost(numbers: Array, axis: int) -> bool:
    """Whether no more than one number along an axis is not 0."""
    return bool(np.count_nonzero(numbers, axis=axis).max(initial=0) <= 1)


def _one_by_one(asked: Products) -> Array:
    """By output: whether its terms never round, or there is one product that rounds once."""
    rows, columns = asked.rows().astype(np.float64), asked.columns.astype(np.float64)
    bias = np.zeros(1) if asked.bias is None else asked.bias.astype(np.float64)
    size = np.abs(rows) @ np.abs(columns) + np.abs(bias)
    terms = (rows != 0).astype(float) @ (columns != 0).astype(float) + (bias != 0)
    of_row = lowest_bits(rows).min(axis=-1, keepdims=True, initial=np.inf)
    of_column = lowest_bits(columns).min(axis=0, initial=np.inf)
    granularity = np.minimum(of_row * of_column, lowest_bits(bias))
    limits = np.finfo(asked.dtype)
    in_range = (size <= limits.max) & ((size >= 2 * limits.tiny) | (terms == 0))
    return np.asarray(fits(asked.dtype, granularity, size) | ((terms <= 1) & in_range))


def least(tensor: Array) -> float:
    """The smallest number; infinite if there is none."""
    return float(tensor.min(initial=np.inf))


def most(tensor: Array) -> float:
    """The largest absolute value; 0 if there is none."""
    return float(np.abs(tensor).max(initial=0))
