"""What an implementation offers: operators, the forms of their arguments, and within what limits.

A feature is a dtype ("float32"), an optional tensor ("bias"), one form of an argument
("strides_pair"), or a limit ("square_images"). What is declined is not asked again and
never counts as a pass.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from refcnn.suite.case import OPERATORS, Case, Outcome
from refcnn.suite.dialects import POOLS
from refcnn.suite.limits import Limit, in_words, limits_in
from refcnn.suite.tensors import DTYPES

Features = frozenset[str]

STRIDES = ("strides_int", "strides_pair")
PADDINGS = ("padding_valid", "padding_same", "padding_int", "padding_pairs")
BIASES = ("no_bias", "bias")
WINDOWS = ("pool_pair", "pool_int")
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
KINDS = {"bias": BIASES, "pool": WINDOWS, "strides": STRIDES, "padding": PADDINGS}
FORMS = {  # by operator: the forms of its arguments
    "conv2d": (*BIASES, *STRIDES, *PADDINGS),
    "dense": BIASES,
    **dict.fromkeys(POOLS, (*WINDOWS, *STRIDES, *PADDINGS)),
}
# Forms of which a limit leaves no more than what is done without them.
EMPTIED = {
    "no_padding": frozenset(PADDINGS) - {"padding_valid"},
    "stride_is_pool_size": frozenset(STRIDES),
    "strides_1": frozenset(STRIDES),
}
# By operator: the clause that does not hold where something legal is refused.
WHOLE = {
    "conv2d": "CONV-16",
    "max_pool2d": "POOL-10",
    "avg_pool2d": "POOL-10",
    "flatten": "FLAT-2",
    "dense": "DENSE-2",
    "relu": "RELU-1",
    "softmax": "SOFT-1",
}


# Operators that laws about another one are told by.
NEEDED = {"dense": ("conv2d", "flatten"), "avg_pool2d": ("conv2d",)}


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """What is refused, or worse, although it is legal: always where these limits are broken."""

    operator: str
    limits: tuple[Limit, ...]
    case: Case
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Said:
    """What is stated of one operator, as far as it decides what it is asked."""

    dtypes: tuple[str, ...] = ()  # none: to be found out
    limits: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()


NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True)
class Offer:
    """Features by operator, why others are not offered, and what is refused where it is legal.

    What is refused is left out of all cases but those of the clause that it fails.
    """

    features: dict[str, Features]
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: dict[str, list[Refused]] = field(default_factory=dict)
    stated: dict[str, tuple[str, ...]] = field(default_factory=dict)  # limits, by operator
    dialects: dict[str, tuple[str, ...]] = field(default_factory=dict)  # stated, by operator

    def lacks(self, operator: str, needs: tuple[str, ...]) -> str:
        """What of `needs` (a feature, or "a|b" for either) is missing, as a sentence; else ""."""
        if operator not in self.features:
            return f"{operator} is not offered"
        features = self.features[operator]
        left = features.difference(*(forms for name, forms in EMPTIED.items() if name in features))
        for need in needs:
            if not left.intersection(need.split("|")):
                what = " or ".join(DESCRIPTIONS.get(f, f) for f in need.split("|"))
                why = self.reasons.get(operator, {}).get(need.split("|", maxsplit=1)[0], "")
                return f"{operator} does not offer {what}" + (f" ({why})" if why else "")
        return ""

    def stated_of(self, operator: str) -> tuple[str, ...]:
        """The dialects that are stated of an operator."""
        return self.dialects.get(operator, ())


EVERYTHING = Offer({op: frozenset((*DTYPES, *FORMS.get(op, ()))) for op in OPERATORS})


def features_of(case: Case) -> Features:
    """What an implementation must offer to be asked a case."""
    forms = {case.dtype}
    if case.operator in ("conv2d", "dense"):
        forms.add("bias" if "bias" in case.inputs else "no_bias")
    for name, value in case.attributes.items():
        kind = "pool" if name == "pool_size" else name
        if isinstance(value, str):
            forms.add(f"padding_{value}")
        elif value is not None:
            plural = "pairs" if name == "padding" else "pair"
            forms.add(f"{kind}_{plural if isinstance(value, tuple) else 'int'}")
    return frozenset(forms)


def shortfalls(offer: Offer, operator: str, limits: Iterable[str]) -> dict[str, str]:
    """The limits of an operator in words, those of its forms included, each with why or ""."""
    features, why = offer.features[operator], offer.reasons.get(operator, {})
    told = {in_words(limit): "" for limit in limits_in(limits)}
    emptied = frozenset[str]().union(*(EMPTIED.get(name, ()) for name in limits))
    for words, forms in _without(operator, features):
        reasons = [why[form] for form in forms if why.get(form) and form not in emptied]
        if reasons and words not in told:
            told[words] = reasons[0]
    return told


def _without(operator: str, features: Features) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the forms that are offered amount to, with the forms that are not."""
    dtypes = [dtype for dtype in DTYPES if dtype in features]
    if len(dtypes) == 1:
        yield f"{dtypes[0]} alone", tuple(dtype for dtype in DTYPES if dtype not in features)
    lacking = tuple(form for form in FORMS.get(operator, ()) if form not in features)
    for kind, forms in KINDS.items():
        here = tuple(form for form in forms if form in lacking)
        if here:
            left = tuple(form for form in forms if form not in here)
            yield _amount(kind, left, here, operator), here


def _amount(kind: str, left: tuple[str, ...], lacking: tuple[str, ...], operator: str) -> str:
    """What is left of an argument, in words."""
    if kind == "bias":
        return "no bias" if lacking == ("bias",) else "always with a bias"
    if kind == "padding" and {*left} <= {"padding_valid"}:
        return "no padding"
    if kind == "strides" and not left:
        return "stride = pool size" if operator in POOLS else "stride 1"
    if len(left) == 1:
        return f"{DESCRIPTIONS[left[0]]} alone"
    return "without " + " or ".join(DESCRIPTIONS[form] for form in lacking)
