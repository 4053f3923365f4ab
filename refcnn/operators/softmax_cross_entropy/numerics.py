"""How cross-entropy of softmax rounds.

Where all logits of a row but one are so far below it that their exponentials are 0, the
probabilities are exactly 1 and 0, and L is the difference of two logits. The gradient of such
a row is 0, 1/N or -1/N, whatever N is. The loss is exact if all rows are such, and nothing is
ever rounded when these logits, over N, are added up in any order; or if every L is 0.

Else, with n classes, m the largest logit of a row, z that of its class, d = m - z, and L its loss,

|error of L| <= u (n + |m| + |z| + 3 d + 3 ln n + 16 + 10 L),

n: additions of the denominator; 3 d + 3 ln n + |m| + 16: the relative error of a probability, as
of softmax, which is what its logarithm is off by; 10 L + |z|: a logarithm of at most 4 ulp, and
what is left of m + log s - z where nothing was shifted. The mean rounds N + 1 times. With b the
bound of softmax, |error of dX| <= (b + 3 u (Y + T)) / N: a difference, and a division. Where the
sum over the batch is stated in place of the mean, all of this is N times as much.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from refcnn.cnn import gradient_definition, ops
from refcnn.operators.softmax.numerics import at_forty_digits, one_takes_all
from refcnn.operators.softmax.numerics import bound as bound_of_softmax
from refcnn.suite import exactness
from refcnn.suite.bounds import gamma, roundoff, tiny
from refcnn.suite.case import Case
from refcnn.suite.exactness import EVERYWHERE, NOWHERE, Products
from refcnn.suite.numerics import Numerics
from refcnn.suite.precise import HiLo
from refcnn.suite.tensors import Array


def to_forty_digits(place: int) -> Callable[..., HiLo]:
    """The definition at 40 decimal digits: the loss, or the gradient."""

    def precise(x: Array, labels: Array, **reduction: Any) -> HiLo:
        targets = _targets(x, labels).astype(int)

        def equation(logits: Array) -> Array:
            found = gradient_definition.softmax_cross_entropy(
                logits, targets, Decimal.exp, Decimal.ln, **reduction
            )
            return np.asarray(found[place])

        return at_forty_digits(equation, x)

    return precise


def _targets(x: Array, labels: Array) -> Array:
    """Labels as rows: whether a class is that of an example."""
    return np.asarray(labels[:, np.newaxis] == np.arange(x.shape[1]))


def _times(case: Case) -> int:
    """How many times the mean is asked for: N times, where a sum is stated."""
    return len(case.inputs["x"]) if case.attributes.get("reduction") == "sum" else 1


def _largest_and_own(case: Case) -> Array:
    """By example: the largest logit, and that of its class; (N, 2), float64."""
    x, labels = case.inputs["x"].astype(np.float64), case.inputs["labels"]
    return np.stack([x.max(axis=1), x[np.arange(len(x)), labels]], axis=1)


def loss_is_determined(case: Case) -> Array:
    """Whether there is one right loss."""
    if not one_takes_all(case).all():
        return NOWHERE
    logits = _largest_and_own(case)
    if (logits[:, 0] == logits[:, 1]).all():
        return EVERYWHERE
    count = len(logits) // _times(case)
    if count & (count - 1):
        return NOWHERE
    rows = logits.reshape(1, -1).astype(case.dtype)
    shares = np.tile([1 / count, -1 / count], len(logits)).astype(case.dtype)
    terms = Products(rows, shares[:, np.newaxis], None, lambda: rows)
    return np.asarray(exactness.of_products(terms).all())


def bound_of_loss(case: Case) -> Array:
    """The bound above, of the mean."""
    x, u = case.inputs["x"].astype(np.float64), roundoff(case.dtype)
    (count, n), (m, z) = x.shape, _largest_and_own(case).T
    each = m - z + np.log(np.exp(x - m[:, np.newaxis]).sum(axis=1))
    far = np.abs(m) + np.abs(z) + 3 * (m - z)
    off = u * (n + far + 3 * np.log(n) + 16 + 10 * each)
    adding = gamma(count + 1, case.dtype) * (each + off).mean()
    return np.asarray((off.mean() + adding + (count + 8) * tiny(case.dtype)) * _times(case))


def bound_of_gradient(case: Case) -> Array:
    """The bound above, by element."""
    x = case.inputs["x"].astype(np.float64)
    reach = ops.softmax(x) + _targets(x, case.inputs["labels"])
    off = bound_of_softmax(case) + 3 * roundoff(case.dtype) * reach
    return np.asarray((off / len(x) + 8 * tiny(case.dtype)) * _times(case))


NUMERICS = {
    "softmax_cross_entropy": {
        "loss": Numerics(
            determined=loss_is_determined,
            precise=to_forty_digits(0),
            bound=bound_of_loss,
            on_fractions=False,
        ),
        "dx": Numerics(
            determined=one_takes_all,
            precise=to_forty_digits(1),
            bound=bound_of_gradient,
            on_fractions=False,
        ),
    },
}
