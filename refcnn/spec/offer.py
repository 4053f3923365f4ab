"""What an implementation offers: operators, and the forms of their arguments.

A feature is a dtype ("float32"), an optional tensor ("bias"), or one form of an
argument ("strides_pair"). An offer is found out by asking one small legal
question per feature. What is refused is reported as not implemented: it is not
asked again and never counts as a pass. What is answered, rightly or wrongly, is
offered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from refcnn.spec.case import OPERATORS, Case, Missing, Outcome, Refusal, Tensor
from refcnn.spec.dialects import WINDOWED, leaves_over
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
    "pool_pair_alone": "leaving out the strides of a pool that is not square",
    "kernel_pair": "kernels that are not square",
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
# What a call may have no place for; an operator that refuses it is not right.
SHAPES = {  # by operator: the feature, and the question that tells
    "conv2d": ("kernel_pair", "kernel_pair"),
    "max_pool2d": ("pool_pair_alone", "pool_pair"),
    "avg_pool2d": ("pool_pair_alone", "pool_pair"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Features by operator, why the others are not offered, and which of these are broken.

    A broken form crashes, hangs or answers with no array where it should answer
    or refuse. It is left out of all cases but those of the clauses about it.
    """

    features: dict[str, Features]
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)
    broken: dict[str, dict[str, tuple[Case, Outcome]]] = field(default_factory=dict)
    dialects: tuple[str, ...] = ()  # stated: by operator they replace the rules of clauses

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
    {
        op: frozenset((*DTYPES, *BASES.get(op, ()), *EXTRAS.get(op, ()), *SHAPES.get(op, ())[:1]))
        for op in OPERATORS
    }
)


def _ramp(shape: tuple[int, ...], dtype: str) -> Array:
    return (np.arange(np.prod(shape)) % 7 - 3).astype(dtype).reshape(shape)


def probe(operator: str, base: str, dtype: str, *, width: int = 2, **attributes: Any) -> Case:
    """One small legal question; a kernel has 2 rows and `width` columns."""
    known: dict[str, dict[str, tuple[int, ...]]] = {
        "conv2d": {"x": (1, 4, 5, 2), "kernel": (2, width, 2, 3), "bias": (3,)},
        "dense": {"x": (1, 4), "kernel": (4, 3), "bias": (3,)},
        "flatten": {"x": (2, 2, 3, 2)},
        "softmax": {"x": (2, 3)},
    }
    shapes = known.get(operator, {"x": (1, 4, 5, 2)})
    if base == "no_bias":
        del shapes["bias"]
    attributes = {**FORMS.get(base, {}), **attributes}
    inputs = {name: _ramp(shape, dtype) for name, shape in shapes.items()}
    case = Case(operator=operator, inputs=inputs, attributes=attributes, family="probe")
    return _fitting(case) if operator in WINDOWED else case


def _fitting(case: Case) -> Case:
    """The case on the next larger input over which the windows fit exactly.

    That inexact sizes are refused does not tell whether a form of argument is offered.
    """
    _, height, width, channels = case.inputs["x"].shape
    sizes = ((h, w) for h in range(height, height + 8) for w in range(width, width + 8))
    fitting = (case.given(x=_ramp((1, *size, channels), case.dtype)) for size in sizes)
    return next(found for found in fitting if not leaves_over(found))


def _why_not(outcome: Outcome, dtype: str | None = None) -> str:
    """Why a feature is not offered, or "" if it is: deliberately refused, or never meant."""
    if isinstance(outcome, Missing):
        return outcome.what
    if isinstance(outcome, Refusal) and outcome.deliberate:
        return f"raised {outcome}"
    if dtype and isinstance(outcome, Tensor) and outcome.array.dtype != dtype:
        return f"answers {outcome.array.dtype} to {dtype}"
    return ""


def _no_place(outcome: Outcome, base: str) -> bool:
    """Whether a pool may be a pair, but not without strides."""
    return base == "pool_pair" and isinstance(outcome, Missing)


def find_out(
    run: Callable[[Case], Outcome],
    operators: Sequence[str],
    dtypes: tuple[str, ...] = (),
    forgive: Callable[[str], None] = lambda _: None,
    dialects: tuple[str, ...] = (),
) -> Offer:
    """Ask an implementation one question per feature. `dtypes`, where stated, are taken as said.

    `forgive` is told each operator when its questions have been asked: crashes
    and timeouts that they met do not count against it.
    """
    offer = Offer({}, {}, {}, dialects)
    for operator in operators:
        _find_out(run, operator, dtypes, offer, forgive)
    return offer


def _find_out(
    run: Callable[[Case], Outcome],
    operator: str,
    stated: tuple[str, ...],
    offer: Offer,
    forgive: Callable[[str], None],
) -> None:
    bases = BASES.get(operator, ("plain",))
    alone = {(b, d): run(probe(operator, b, d)) for b in bases for d in stated or DTYPES}
    tried = {
        key: run(probe(operator, *key, strides=1)) if _no_place(outcome, key[0]) else outcome
        for key, outcome in alone.items()
    }
    if all(isinstance(o, Refusal) and o.kind == "NotImplementedError" for o in tried.values()):
        offer.reasons[operator] = {"all of it": "raised NotImplementedError"}
        return
    if all(isinstance(outcome, Missing) for outcome in tried.values()):
        offer.reasons[operator] = {"all of it": str(next(iter(tried.values())))}
        return
    answered = [key for key, outcome in tried.items() if isinstance(outcome, Tensor)]
    base, dtype = answered[0] if answered else next(iter(tried))
    why: dict[str, str] = {}
    for d in DTYPES:
        if stated:
            why[d] = "" if d in stated else "not stated"
        else:
            why[d] = _why_not(tried[base, d], d)
    if all(why[d] for d in DTYPES):  # no dtype is kept: both are asked, and the faults shown
        why.update(dict.fromkeys(DTYPES, ""))
    usual = {"strides": 1} if tried[base, dtype] is not alone[base, dtype] else {}
    cases = {
        form: probe(operator, base, dtype, **{**usual, **FORMS[form]})
        for form in EXTRAS.get(operator, ())
    }
    outcomes = {form: run(case) for form, case in cases.items()}
    if operator == "conv2d":
        alone["kernel_pair", dtype] = run(probe(operator, base, dtype, width=3))
    why |= {b: _why_not(tried[b, dtype]) for b in bases}
    why |= {form: _why_not(outcome) for form, outcome in outcomes.items()}
    if not answered:  # the exceptions are shown, but not for what there is no argument for
        missing = [f for f, o in outcomes.items() if isinstance(o, Missing)]
        missing += [b for b in bases if isinstance(tried[b, dtype], Missing)]
        why = {form: reason if form in missing else "" for form, reason in why.items()}
    else:
        bad = {f: o for f, o in outcomes.items() if not why[f] and not isinstance(o, Tensor)}
        offer.broken[operator] = {form: (cases[form], outcome) for form, outcome in bad.items()}
        why |= {form: str(outcome) for form, outcome in bad.items()}
    forgive(operator)
    if operator in SHAPES:
        feature, form = SHAPES[operator]
        asked = alone[form, dtype]
        why[feature] = asked.what if isinstance(asked, Missing) else ""
    offer.features[operator] = frozenset(f for f, reason in why.items() if not reason) - {"plain"}
    offer.reasons[operator] = {feature: reason for feature, reason in why.items() if reason}
