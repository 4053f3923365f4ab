"""How far a correct answer may lie from the exact one: derived, never chosen.

u is the unit roundoff, gamma_k = k u / (1 - k u) (Higham, "Accuracy and
Stability of Numerical Algorithms", 3.1), tiny the smallest normal number. A sum
of k products passes at most k roundings in any order, with or without fused
multiply-add, so that |error| <= gamma_k S, where S is the same operator on
absolute values. The terms in tiny allow results to be flushed to zero.
"""

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

SLACK = 1 + 2.0**-20  # covers the rounding of the bounds themselves, in float64
# How often one rounding may be multiplied on its way through the transforms of a
# fast algorithm: 1565 for Winograd's F(6x6, 3x3), less for smaller tiles and FFT.
AMPLIFICATION = 2048
EIGHT_BITS = 2.0**-8  # unit roundoff of bfloat16


def roundoff(dtype: str) -> float:
    """Unit roundoff u: 2^-24 for float32, 2^-53 for float64."""
    return float(np.finfo(dtype).eps) / 2


def gamma(k: int, dtype: str) -> float:
    """k u / (1 - k u)."""
    ku = k * roundoff(dtype)
    return ku / (1 - ku)


def tiny(dtype: str) -> float:
    """Smallest normal number: 2^-126 for float32, 2^-1022 for float64."""
    return float(np.finfo(dtype).tiny)


def summed(terms: int, magnitude: Array, dtype: str) -> Array:
    """gamma_k S + (k + 1) tiny for sums of k terms whose absolute values add up to S."""
    return gamma(terms, dtype) * magnitude + (terms + 1) * tiny(dtype) * (magnitude > 0)


def magnitude(case: Case) -> Array:
    """The operator on the absolute values of all its tensors, in float64."""
    known = record(case.operator)
    wide = {name: np.abs(tensor).astype(np.float64) for name, tensor in case.inputs.items()}
    return np.asarray(known.picked(known.reference(**wide, **case.attributes), case.output))


def _terms(case: Case) -> int:
    """Products in one output of an operator that has a kernel, plus the bias."""
    return int(np.prod(case.inputs["kernel"].shape[:-1])) + ("bias" in case.inputs)


def products(case: Case) -> Array:
    """gamma_k (|X| * |K| + |b|), k = products in one output, plus the bias."""
    return summed(_terms(case), magnitude(case), case.dtype)


def in_eight_bits(terms: int, magnitude: Array, dtype: str) -> Array:
    """((1 + v)^2 (1 + gamma_k) - 1) S, rounded to v once more, + (k + 1) tiny; v = 2^-8.

    For what states that it rounds the operands and results of products to 8 bits or
    more (bfloat16; TF32 and float16 have 11) and adds up in `dtype`.
    """
    summing = ((1 + EIGHT_BITS) ** 2 * (1 + gamma(terms, dtype)) - 1) * magnitude
    rounded = summing + EIGHT_BITS * (magnitude + summing)
    return np.asarray(rounded + (terms + 1) * tiny(dtype))


def regrouped(terms: int, reach: Array, dtype: str) -> Array:
    """u (k + 2048) S + (k + 1) tiny, S = `reach`, no smaller than what enters the transforms."""
    rounded = roundoff(dtype) * (terms + AMPLIFICATION) * reach
    return np.asarray(rounded + (terms + 1) * tiny(dtype))


def low_precision(case: Case) -> Array:
    """`in_eight_bits` for an operator that has a kernel."""
    return in_eight_bits(_terms(case), magnitude(case), case.dtype)


def fast(case: Case, reach: Array, bias: Array | float) -> Array:
    """u (k + 2048) S + (k + 1) tiny, S = `reach` + |b| no smaller than what enters the transforms.

    An engineering bound, not a theorem; for what states its algorithm to be fast.
    """
    return regrouped(_terms(case), reach + bias, case.dtype)
