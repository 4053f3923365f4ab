"""What an implementation offers: operators, the forms of their arguments, and within what limits.

A feature is a dtype ("float32"), an optional tensor ("bias"), one form of an argument
("strides_pair"), or a limit ("square_images"). What is declined is not asked again and
never counts as a pass.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from refcnn.suite.case import Case, Outcome
from refcnn.suite.limits import Limit, in_words, limits_in
from refcnn.suite.registry import record, records
from refcnn.suite.roles import POOLS
from refcnn.suite.tensors import DTYPES

Features = frozenset[str]

_ARGUMENTS = sorted(
    (one for operator in records().values() for one in operator.attributes),
    key=lambda one: not one.required,
)
# By what the names of its forms begin with: the forms of an argument, or of an optional tensor.
KINDS: dict[str, tuple[str, ...]] = {
    **{name: (f"no_{name}", name) for one in records().values() for name in one.optional},
    **{one.kind: one.features for one in _ARGUMENTS},
}
DESCRIPTIONS = {
    **{name: f"a {name}" for one in records().values() for name in one.optional},
    **{
        f"no_{name}": f"leaving out the {name}"
        for one in records().values()
        for name in one.optional
    },
    **{form.feature: form.words for one in _ARGUMENTS for form in one.forms},
}
STRIDES, PADDINGS = KINDS["strides"], KINDS["padding"]
# Forms of which a limit leaves no more than what is done without them.
EMPTIED = {
    "no_padding": frozenset(PADDINGS) - {"padding_valid"},
    "stride_is_pool_size": frozenset(STRIDES),
    "strides_1": frozenset(STRIDES),
}


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


EVERYTHING = Offer({name: frozenset((*DTYPES, *one.forms)) for name, one in records().items()})


def usual_forms(operator: str, extensions: Iterable[str] = ()) -> Features:
    """All forms of the arguments of an operator, without what goes beyond, but for `extensions`."""
    beyond = record(operator).extensions
    left_out = (forms for name, forms in beyond.items() if name not in extensions)
    return EVERYTHING.features[operator].difference(*left_out)


def features_of(case: Case) -> Features:
    """What an implementation must offer to be asked a case."""
    known = record(case.operator)
    forms = {case.dtype}
    for name in known.optional:
        forms.add(name if name in case.inputs else f"no_{name}")
    for argument in known.attributes:
        value = case.attributes.get(argument.name)
        if value is not None:
            forms.update(form.feature for form in argument.forms if form.fits(value))
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
    lacking = tuple(form for form in record(operator).forms if form not in features)
    beyond = frozenset(chain(*record(operator).extensions.values()))
    for kind, forms in KINDS.items():
        here = tuple(form for form in forms if form in lacking)
        if here and not beyond.issuperset(forms):  # that most lack an extension is no news
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
