"""How the gradient of softmax rounds.

Y is off by at most b, the bound of softmax. dX[i] is Y[i] times a difference, whose terms
are |dY[i]| and the sum of |dY[j]| Y[j] =: S. With n classes, in whatever form it is written
(the difference first, both products apart, or the matrix of derivatives times dY),

|error| <= gamma_(n + 6) Y[i] (|dY[i]| + S) + b[i] (|dY[i]| + S) + (Y[i] + b[i]) T,

T = sum of |dY[j]| b[j], and what is lost to underflow: (n + 8) tiny (1 + |dY[i]| + sum of |dY|).
"""

from decimal import Decimal

import numpy as np

from refcnn.cnn import gradient_definition, ops
from refcnn.operators.softmax.numerics import at_forty_digits
from refcnn.operators.softmax.numerics import bound as bound_of_softmax
from refcnn.suite.bounds import gamma, tiny
from refcnn.suite.case import Case
from refcnn.suite.exactness import NOWHERE
from refcnn.suite.numerics import Numerics
from refcnn.suite.precise import HiLo
from refcnn.suite.tensors import Array


def to_forty_digits(dy: Array, x: Array) -> HiLo:
    """The definition at 40 decimal digits."""

    def equation(logits: Array, told: Array) -> Array:
        return gradient_definition.softmax_backward(told, logits, exp=Decimal.exp)

    return at_forty_digits(equation, x, dy)


def bound(case: Case) -> Array:
    """The bound above, by element."""
    x, dy = (case.inputs[name].astype(np.float64) for name in ("x", "dy"))
    n, y, off = x.shape[-1], ops.softmax(x), bound_of_softmax(case.forward)
    size = np.abs(dy)
    reach = size + _summed(size * y)
    told = gamma(n + 6, case.dtype) * y * reach + off * reach + (y + off) * _summed(size * off)
    lost = (n + 8) * tiny(case.dtype) * (1 + size + _summed(size))
    return np.asarray(told + lost)


def _summed(terms: Array) -> Array:
    return np.asarray(terms.sum(axis=-1, keepdims=True))


NUMERICS = {
    "softmax_backward": Numerics(
        determined=lambda _: NOWHERE, precise=to_forty_digits, bound=bound, on_fractions=False
    ),
}
