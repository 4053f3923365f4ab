"""Reading cross-entropy: its loss and its gradient as sums of what probabilities and labels make.

A few questions of logits by chance are asked, with labels of all classes. All answers together
must be one sum of few terms, each times a plain factor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np

from refcnn.diagnosis.identify.combined import ONE, PROBABILITIES, Combination, combination, written
from refcnn.diagnosis.identify.reading import Ask, Budget, OtherKindError, UnreadableError
from refcnn.suite.case import Answer, Case
from refcnn.suite.data import floats
from refcnn.suite.tensors import Array

QUESTIONS = 8

Term = Callable[[Array, Array, Array], Array]  # of x, p and the labels as rows of 0 and 1, t

GRADIENT: Mapping[str, Term] = {
    "p[b, i]": lambda _x, p, _t: p,
    "t[b, i]": lambda _x, _p, t: t,
    ONE: lambda x, _p, _t: np.ones_like(x),
    "x[b, i]": lambda x, _p, _t: x,
    "p[b, i] p[b, label]": lambda _x, p, t: p * (p * t).sum(axis=1, keepdims=True),
    "t[b, i] p[b, label]": lambda _x, p, t: p * t,
    "p[b, i]^2": lambda _x, p, _t: p * p,
}
LOSS: Mapping[str, Term] = {
    "sum over b of log p[b, label]": lambda _x, p, t: (np.log(p) * t).sum(),
    "sum over b of log2 p[b, label]": lambda _x, p, t: (np.log2(p) * t).sum(),
    "sum over b of log10 p[b, label]": lambda _x, p, t: (np.log10(p) * t).sum(),
    "sum over b, i of log p[b, i]": lambda _x, p, _t: np.log(p).sum(),
    "sum over b, i of p[b, i] log p[b, i]": lambda _x, p, _t: (p * np.log(p)).sum(),
    "sum over b of p[b, label]": lambda _x, p, t: (p * t).sum(),
    "sum over b of x[b, label]": lambda x, _p, t: (x * t).sum(),
    "sum over b of log(sum over i of exp(x[b, i]))": lambda x, _p, _t: np.log(
        np.exp(x).sum(1)
    ).sum(),
    "sum over b, i of log(1 - p[b, i]) where i is not the label": lambda _x, p, t: (
        np.log1p(-p) * (1 - t)
    ).sum(),
    "sum over b, i of (p[b, i] - t[b, i])^2": lambda _x, p, t: ((p - t) ** 2).sum(),
    ONE: lambda _x, _p, _t: np.ones(()),
}


@dataclass(frozen=True, slots=True)
class LossSum:
    """What the loss, or its gradient by x, is a sum of."""

    output: str
    found: Combination

    def told(self) -> str:
        """As it is written: "loss = -1/3 sum over b of log p[b, label]"."""
        name = "loss" if self.output == "loss" else "dX[b, i]"
        end = f", with {PROBABILITIES}"
        if self.output != "loss":
            end += " and t = 1 at the label, 0 elsewhere"
        return f"{name} = {written(self.found)}{end}"


def read_loss(ask: Ask, case: Case, budget: Budget) -> LossSum:
    """What the output that a case looks at is a sum of; raises UnreadableError if it is none."""
    shape, classes = case.inputs["x"].shape, case.inputs["x"].shape[1]
    seen, terms = list[Array](), list[dict[str, Array]]()
    for number in range(QUESTIONS):
        x = floats(number, shape, case.dtype, (-1, 1))
        labels = (np.arange(shape[0]) + number) % classes
        own = {"x": x, "labels": labels.astype(case.inputs["labels"].dtype)}
        seen.append(_answer(ask, replace(case, inputs=own), budget))
        terms.append(_terms(case.output, x.astype(np.float64), labels))
    tolerance = 64 * 16 * float(np.finfo(case.dtype).eps)
    together = {name: np.concatenate([*map(itemgetter(name), terms)]) for name in terms[0]}
    found = combination(np.concatenate(seen), together, tolerance)
    if found is None:
        raise OtherKindError(f"what {case.output} is made of follows no plain formula")
    return LossSum(case.output, found)


def _answer(ask: Ask, case: Case, budget: Budget) -> Array:
    """The numbers of one answer."""
    budget.use()
    outcome = ask(case)
    if not isinstance(outcome, Answer) or case.output not in outcome.outputs:
        raise UnreadableError(f"it cannot be read, for it does not answer {case.output}")
    came = outcome.seen(case).astype(np.float64)
    expected = () if case.output == "loss" else case.inputs["x"].shape
    if came.shape != expected:
        raise OtherKindError(f"{case.output} has the shape {came.shape}, not {expected}")
    if not np.isfinite(came).all():
        raise OtherKindError("it answers numbers that are not finite to numbers that are")
    return came.ravel()


def _terms(output: str, x: Array, labels: Array) -> dict[str, Array]:
    """All terms, of one question."""
    powers = np.exp(x)
    p = powers / powers.sum(axis=1, keepdims=True)
    t = np.eye(x.shape[1])[labels]
    every = LOSS if output == "loss" else GRADIENT
    return {name: np.ravel(of(x, p, t)) for name, of in every.items()}
