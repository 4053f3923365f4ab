"""Reading a gradient that mixes the numbers of a row by their probabilities, as softmax's does.

x holds logits whose probabilities are 1, 2, 3, ... parts of a whole, in another order in each row.
What each dX is made of is read as of anything that is linear in dY; then the factors are put
together from probabilities.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from refcnn.diagnosis.identify.combined import (
    ONE,
    PROBABILITIES,
    Combination,
    combination,
    differences,
    written,
)
from refcnn.diagnosis.identify.reading import Ask, Budget, OtherKindError, read
from refcnn.suite.case import Case
from refcnn.suite.tensors import Array

Square = Callable[[Array, Array], Array]  # of the probabilities and the logits of a row

# What may be added up in dX[b, i], as it is written, and what dY[b, k] is multiplied by in it.
TERMS: Mapping[str, Square] = {
    "p[i] dY[i]": lambda p, _: np.diag(p),
    "p[i] sum over k of p[k] dY[k]": lambda p, _: np.outer(p, p),
    "dY[i]": lambda p, _: np.eye(len(p)),
    "p[i]^2 dY[i]": lambda p, _: np.diag(p * p),
    "sum over k of dY[k]": lambda p, _: np.ones((len(p), len(p))),
    "p[i] sum over k of dY[k]": lambda p, _: np.outer(p, np.ones(len(p))),
    "sum over k of p[k] dY[k]": lambda p, _: np.outer(np.ones(len(p)), p),
    "X[i] dY[i]": lambda _, x: np.diag(x),
    "X[i] sum over k of X[k] dY[k]": lambda _, x: np.outer(x, x),
    "p[i] dY from the last to the first": lambda p, _: np.diag(p)[::-1],
}
ADDED: Mapping[str, Square] = {
    "p[i]": lambda p, _: p,
    ONE: lambda p, _: np.ones(len(p)),
    "X[i]": lambda _, x: x,
}
PRECISELY = 16  # times the tolerance of a reading: factors are products of rounded numbers


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a row of dX is made of: of dY, and of what does not depend on it."""

    of_dy: Combination
    added: Combination

    def told(self) -> str:
        """As it is written: "dX[i] = p[i] dY[i] - p[i] sum over k of p[k] dY[k]"."""
        return f"dX[i] = {written({**self.of_dy, **self.added})}, row by row, with {PROBABILITIES}"


def logits_of(shape: tuple[int, ...], dtype: str) -> Array:
    """Logits whose probabilities are 1, 2, ... parts of a whole, turned from row to row."""
    rows, classes = int(np.prod(shape[:-1])), shape[-1]
    parts = np.log(np.arange(1, classes + 1))
    turned = [np.roll(parts, row) for row in range(rows)]
    return np.array(turned).reshape(shape).astype(dtype)


def read_mixture(ask: Ask, case: Case, budget: Budget) -> Mixture:
    """What dX of a case is made of, whose x are `logits_of` its shape.

    Raises UnreadableError: OtherKindError where rows depend on other rows, or where no plain
    formula holds.
    """
    found = read(ask, case, ("dy",), budget)
    shape = case.inputs["x"].shape
    if found.constant.shape != shape:
        raise OtherKindError(f"to {shape} it answers {found.constant.shape}")
    rows, classes = int(np.prod(shape[:-1])), shape[-1]
    outputs, inputs = np.split(found.places, 2, axis=1)
    one, other = (np.ravel_multi_index(tuple(places.T), shape) for places in (outputs, inputs))
    if (one // classes != other // classes).any():
        raise OtherKindError("dX of a row depends on dY of other rows")
    squares = np.zeros((rows, classes, classes))
    squares[one // classes, one % classes, other % classes] = found.factors
    x = case.inputs["x"].astype(np.float64).reshape(rows, classes)
    tolerance = PRECISELY * 64 * float(np.finfo(case.dtype).eps)
    of_dy = combination(squares.ravel(), _terms(TERMS, x), tolerance)
    added = combination(found.constant.ravel(), _terms(ADDED, x), tolerance)
    if of_dy is None or added is None:
        what = "dY is multiplied by" if of_dy is None else "is added to dX"
        raise OtherKindError(f"what {what} follows no plain formula of the probabilities")
    return Mixture(of_dy, added)


def _terms(terms: Mapping[str, Square], x: Array) -> dict[str, Array]:
    """All terms of all rows, one after the other."""
    powers = np.exp(x)
    p = powers / powers.sum(axis=1, keepdims=True)
    return {name: _of_rows(of, p, x) for name, of in terms.items()}


def _of_rows(of: Square, p: Array, x: Array) -> Array:
    return np.concatenate([of(*row).ravel() for row in zip(p, x)])


def mixture_sentences(right: Mixture, yours: Mixture) -> Iterator[str]:
    """What is missing, too much, or times another factor."""
    yield from differences(right.of_dy, yours.of_dy)
    yield from differences(right.added, yours.added)
