"""What an implementation offers: operators, and the forms of their arguments.

A feature is a dtype ("float32"), an optional tensor ("bias"), or one form of an
argument ("strides_pair"). An offer is found out by asking one small legal
question per feature. What is refused is reported as not implemented: it is not
asked again and never counts as a pass. What is answered, rightly or wrongly, is
offered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from refcnn.spec.case import OPERATORS, Case, Missing, Outcome, Refusal, Tensor
from refcnn.spec.tensors import DTYPES, Array

Features = frozenset[str]

FORMS: dict[str, dict[str, Any]] = {
    "pool_pair": {"pool_size": (2, 3)},
    "pool_int": {"pool_size": 2},
    "strides_int": {"strides": 2},
    "strides_pair": {"strides": (1, 2)},
    "padding_valid": {"padding": "valid"},
    "padding_same": {"padding": "same"},
    "padding_int": {"padding": 1},
    "padding_pairs": {"padding": ((1, 0), (0, 1))},
}
STRIDES = ("strides_int", "strides_pair")
PADDINGS = ("padding_valid", "padding_same", "padding_int", "padding_pairs")
DESCRIPTIONS = {
    "bias": "a bias",
    "no_bias": "leaving out the bias",
    "pool_int": "pool_size as an integer",
    "pool_pair": "pool_size as a pair",
    "strides_int": "strides as an integer",
    "strides_pair": "strides as a pair",
    "padding_valid": 'padding="valid"',
    "padding_same": 'padding="same"',
    "padding_int": "padding as an integer",
    "padding_pairs": "padding as ((top, bottom), (left, right))",
}
# The ways to call an operator at all, simplest first; then what may be added.
BASES = {
    "conv2d": ("no_bias", "bias"),
    "dense": ("no_bias", "bias"),
    "max_pool2d": ("pool_pair", "pool_int"),
    "avg_pool2d": ("pool_pair", "pool_int"),
}
EXTRAS = dict.fromkeys(("conv2d", "max_pool2d", "avg_pool2d"), (*STRIDES, *PADDINGS))


@dataclass(frozen=True, slots=True)
class Offer:
    """Features by operator, and why the others are not offered."""

    features: Mapping[str, Features]
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def lacks(self, operator: str, needs: tuple[str, ...]) -> str:
        """What of `needs` (a feature, or "a|b" for either) is missing, as a sentence; else ""."""
        if operator not in self.features:
            return f"{operator} is not offered"
        for need in needs:
            if not self.features[operator].intersection(need.split("|")):
                what = " or ".join(DESCRIPTIONS.get(f, f) for f in need.split("|"))
                why = self.reasons.get(operator, {}).get(need.split("|", maxsplit=1)[0], "")
                return f"{operator} does not offer {what}" + (f" ({why})" if why else "")
        return ""


EVERYTHING = Offer(
    {op: frozenset((*DTYPES, *BASES.get(op, ()), *EXTRAS.get(op, ()))) for op in OPERATORS}
)


def _ramp(shape: tuple[int, ...], dtype: str) -> Array:
    return (np.arange(np.prod(shape)) % 7 - 3).astype(dtype).reshape(shape)


def probe(operator: str, base: str, dtype: str, **attributes: Any) -> Case:
    """One small legal question."""
    known: dict[str, dict[str, tuple[int, ...]]] = {
        "conv2d": {"x": (1, 4, 5, 2), "kernel": (2, 2, 2, 3), "bias": (3,)},
        "dense": {"x": (1, 4), "kernel": (4, 3), "bias": (3,)},
        "flatten": {"x": (2, 2, 3, 2)},
        "softmax": {"x": (2, 3)},
    }
    shapes = known.get(operator, {"x": (1, 4, 5, 2)})
    if base == "no_bias":
        del shapes["bias"]
    attributes = {**FORMS.get(base, {}), **attributes}
    inputs = {name: _ramp(shape, dtype) for name, shape in shapes.items()}
    return Case(operator=operator, inputs=inputs, attributes=attributes, family="probe")


def _why_not(outcome: Outcome, dtype: str | None = None) -> str:
    """Why a feature is not offered, or "" if it is."""
    if isinstance(outcome, Missing):
        return outcome.what
    if isinstance(outcome, Refusal):
        return f"raised {outcome}"
    if dtype and isinstance(outcome, Tensor) and outcome.array.dtype != dtype:
        return f"answers {outcome.array.dtype} to {dtype}"
    return ""


def find_out(
    run: Callable[[Case], Outcome], operators: list[str], dtypes: tuple[str, ...] = ()
) -> Offer:
    """Ask an implementation one question per feature. `dtypes`, where stated, are taken as said."""
    features, reasons = {}, {}
    for operator in operators:
        features[operator], reasons[operator] = _find_out(run, operator, dtypes)
    return Offer(features, reasons)


def _find_out(
    run: Callable[[Case], Outcome], operator: str, stated: tuple[str, ...]
) -> tuple[Features, dict[str, str]]:
    bases = BASES.get(operator, ("plain",))
    tried = {(b, d): run(probe(operator, b, d)) for b in bases for d in stated or DTYPES}
    answered = [key for key, outcome in tried.items() if not _why_not(outcome)]
    base, dtype = answered[0] if answered else next(iter(tried))
    why: dict[str, str] = {}
    for d in DTYPES:
        if stated:
            why[d] = "" if d in stated else "not stated"
        else:
            why[d] = _why_not(tried[base, d], d)
    if all(why[d] for d in DTYPES):  # no dtype is kept: both are asked, and the faults shown
        why.update(dict.fromkeys(DTYPES, ""))
    outcomes = {b: tried[b, dtype] for b in bases}
    for form in EXTRAS.get(operator, ()):
        outcomes[form] = run(probe(operator, base, dtype, **FORMS[form]))
    for form, outcome in outcomes.items():  # if nothing is answered, the exceptions are shown
        why[form] = _why_not(outcome) if answered or isinstance(outcome, Missing) else ""
    offered = frozenset(feature for feature, reason in why.items() if not reason)
    return offered - {"plain"}, {feature: reason for feature, reason in why.items() if reason}
