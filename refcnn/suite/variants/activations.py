"""relu and softmax by other routes.

Left out because they are not right everywhere: (x + |x|) / 2 overflows for the
largest numbers, x (x > 0) and x - min(x, 0) make NaN of -inf, and what asks for
x > 0 makes 0 of NaN.
"""

from math import exp, fsum

import numpy as np

from refcnn.suite.tensors import Array
from refcnn.suite.variants.sums import by_content, shuffled
from refcnn.suite.variants.variant import Variant, catalogue, cells, rows

VARIANTS: list[Variant] = []
relu = catalogue("relu", cells, VARIANTS)
softmax = catalogue("softmax", rows, VARIANTS)


@relu("where")
def where(x: Array) -> Array:
    """0 where x is negative, else x."""
    return np.where(x < 0, np.zeros((), x.dtype), x)


@relu("clip")
def clip(x: Array) -> Array:
    """What is below 0 is clipped to it."""
    return np.clip(x, 0, None)


@relu("assignment")
def assignment(x: Array) -> Array:
    """In a copy, 0 is put where x is negative."""
    y = x.copy()
    y[y < 0] = 0
    return y


@relu("mask")
def mask(x: Array) -> Array:
    """x times 1 where it is not negative, and not times 0 elsewhere."""
    return np.multiply(x, 1, where=~(x < 0), out=np.zeros_like(x))


@relu("loops")
def loops(x: Array) -> Array:
    """One number after the other, by Python's max, which keeps the first of two if one is NaN."""
    return np.array([max(v, 0.0) for v in x.ravel().tolist()], x.dtype).reshape(x.shape)


@relu("larger-of-two")
def larger_of_two(x: Array) -> Array:
    """The largest of a stack of x and zeros."""
    return np.asarray(np.stack([np.zeros_like(x), x]).max(axis=0))


@softmax("log-of-the-sum")
def log_of_the_sum(x: Array) -> Array:
    """exp(x - m - log of the sum of exp(x - m))."""
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(np.exp(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))))


@softmax("rows")
def one_row(x: Array) -> Array:
    """One row after the other."""
    y = np.empty_like(x)
    for index in np.ndindex(x.shape[:-1]):
        powers = np.exp(x[index] - x[index].max())
        y[index] = powers / powers.sum()
    return y


@softmax("exact-sums")
def exact_sums(x: Array) -> Array:
    """Lists of Python numbers, math.exp and math.fsum."""
    y = np.empty_like(x)
    for index in np.ndindex(x.shape[:-1]):
        logits = x[index].tolist()
        powers = [exp(v - max(logits)) for v in logits]
        y[index] = [p / fsum(powers) for p in powers]
    return y


@softmax("base-2")
def base_2(x: Array) -> Array:
    """Powers of 2 in place of those of e."""
    log2_e = np.dtype(x.dtype).type(1 / np.log(2))
    powers = np.exp2((x - x.max(axis=-1, keepdims=True)) * log2_e)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@softmax("reciprocal")
def reciprocal(x: Array) -> Array:
    """Each exponential times one over the sum."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers * (1 / powers.sum(axis=-1, keepdims=True)))


@softmax("float64-inside")
def float64_inside(x: Array) -> Array:
    """Everything is done in float64, and the answer rounded to the dtype."""
    wide = x.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    return np.asarray((powers / powers.sum(axis=-1, keepdims=True)).astype(x.dtype))


@softmax("order-by-content")
def order_by_content(x: Array) -> Array:
    """Every question has its own order of adding, and one of three formulas."""
    number, shifted = by_content(x), x - x.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    total = shuffled(np.moveaxis(powers, -1, 0), number)[..., np.newaxis]
    if number % 3 == 0:
        return np.asarray(np.exp(shifted - np.log(total)))
    return np.asarray(powers / total if number % 3 == 1 else powers * (1 / total))


@softmax("classes-first")
def classes_first(x: Array) -> Array:
    """The classes are moved to the front, and back again."""
    front = np.moveaxis(x, -1, 0)
    powers = np.exp(front - front.max(axis=0))
    return np.moveaxis(powers / powers.sum(axis=0), 0, -1)


@softmax("differences")
def differences(x: Array) -> Array:
    """One over the sum of exp(x_j - x_i), each output by itself."""
    away = x[..., np.newaxis, :] - x[..., np.newaxis]
    shares = np.where(x == -np.inf, 0, 1 / np.exp(away).sum(axis=-1))
    finite = np.isfinite(x.max(axis=-1, keepdims=True))
    return np.asarray(np.where(finite, shares, np.nan).astype(x.dtype))
