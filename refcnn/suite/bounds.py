"""How far a correct answer may lie from the exact one: derived, never chosen.

u is the unit roundoff, gamma_k = k u / (1 - k u) (Higham, "Accuracy and
Stability of Numerical Algorithms", 3.1), tiny the smallest normal number. A sum
of k products passes at most k roundings in any order, with or without fused
multiply-add, so that |error| <= gamma_k S, where S is the same operator on
absolute values. The terms in tiny allow results to be flushed to zero.
"""

from collections.abc import Callable

import numpy as np

from refcnn.cnn import ops
from refcnn.suite import exactness
from refcnn.suite.case import Case
from refcnn.suite.tensors import Array
from refcnn.suite.windows import cell_counts

SLACK = 1 + 2.0**-20  # covers the rounding of the bounds themselves, in float64
FAST = ("conv2d", "dense")  # operators that there are fast or low-precision algorithms for
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
    operator: Callable[..., Array] = getattr(ops, case.operator)
    wide = {name: np.abs(tensor).astype(np.float64) for name, tensor in case.inputs.items()}
    return operator(**wide, **case.attributes)


def products(case: Case) -> Array:
    """gamma_k (|X| * |K| + |b|) for conv2d and dense, k = products in one output, plus the bias."""
    terms = int(np.prod(case.inputs["kernel"].shape[:-1])) + ("bias" in case.inputs)
    return summed(terms, magnitude(case), case.dtype)


def fast(case: Case) -> Array:
    """u (k + 2048) S + (k + 1) tiny, S no smaller than all that enters the same transforms.

    conv2d: S = sum over c of max |X[n,:,:,c]| times sum |K[:,:,c,o]|, plus |b_o|.
    dense, where whole rows and columns are added up: S = k max |X| max |K| + |b_o|.
    An engineering bound, not a theorem; for what states its algorithm to be fast.
    """
    size = {name: np.abs(tensor).astype(np.float64) for name, tensor in case.inputs.items()}
    x, kernel = size["x"], size["kernel"]
    if case.operator == "conv2d":
        reach = (x.max(axis=(1, 2)) @ kernel.sum(axis=(0, 1)))[:, np.newaxis, np.newaxis]
    else:
        reach = np.full((len(x), 1), len(kernel) * x.max(initial=0) * kernel.max(initial=0))
    terms = int(np.prod(kernel.shape[:-1])) + ("bias" in size)
    rounded = roundoff(case.dtype) * (terms + AMPLIFICATION) * (reach + size.get("bias", 0))
    return np.asarray(rounded + (terms + 1) * tiny(case.dtype))


def low_precision(case: Case) -> Array:
    """((1 + v)^2 (1 + gamma_k) - 1) S, rounded to v once more, + (k + 1) tiny; v = 2^-8.

    For what states that it rounds operands and results of conv2d and dense to 8 bits
    or more (bfloat16; TF32 and float16 have 11) and adds up in `dtype`.
    """
    kernel = case.inputs["kernel"]
    terms = int(np.prod(kernel.shape[:-1])) + ("bias" in case.inputs)
    size = magnitude(case)
    summing = ((1 + EIGHT_BITS) ** 2 * (1 + gamma(terms, case.dtype)) - 1) * size
    return np.asarray(summing + EIGHT_BITS * (size + summing) + (terms + 1) * tiny(case.dtype))


def avg_pool2d(case: Case) -> Array:
    """gamma_k mean |X|, k = cells + 1: additions, then a reciprocal and a product."""
    cells = int(cell_counts(case).max(initial=0))
    return summed(cells + 1, magnitude(case), case.dtype)


def softmax(case: Case) -> Array:
    """beta_i p_i + 8 tiny, beta_i = u (n + |m| + 3 d_i + 3 ln n + 16), m = max x, d_i = m - x_i.

    d_i: the subtraction rounds the exponent; |m|: so does exp(x - logsumexp(x)),
    at the size of the logits; n: additions of the denominator; 16: two
    exponentials of at most 3 ulp and a division. Where p is NaN nothing is allowed.
    """
    x = case.inputs["x"].astype(np.float64)
    n, p = x.shape[-1], ops.softmax(x)
    largest = x.max(axis=-1, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        distance = np.where(p > 0, largest - x, 0)
        beta = roundoff(case.dtype) * (n + abs(largest) + 3 * distance + 3 * np.log(n) + 16)
        return np.where(np.isnan(p), 0, beta * p + 8 * tiny(case.dtype))


def softmax_after(case: Case, logits: Array) -> Array:
    """Bound for softmax whose logits are themselves off by at most `logits`, elementwise.

    Shifting each logit by at most e multiplies each p by at most exp(2 e).
    """
    spread = np.expm1(2 * logits.max(axis=-1, keepdims=True, initial=0))
    p = ops.softmax(case.inputs["x"].astype(np.float64))
    return np.asarray(spread * p + (1 + spread) * softmax(case)) * SLACK


CLASSES = {"fast": fast, "low-precision": low_precision}


def bound(case: Case, exact: Array | None = None) -> Array:
    """Largest allowed |error| of every output of a case, as float64; 0 means ==.

    It is 0 where the case claims to be exact and its data bear that out (`exact`, if known).
    """
    rounding = {
        "conv2d": products,
        "dense": products,
        "avg_pool2d": avg_pool2d,
        "softmax": softmax,
    }
    if case.algorithm in CLASSES and case.operator in FAST:
        return CLASSES[case.algorithm](case) * SLACK
    exact = exactness.held(case) if exact is None else exact
    if exact.all():
        return np.zeros(1)
    return np.where(exact, 0, rounding[case.operator](case) * SLACK)
