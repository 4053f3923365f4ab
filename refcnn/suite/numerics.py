"""How an operator rounds: what its folder says about exact answers, more digits and bounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from refcnn.suite import exactness
from refcnn.suite.bounds import SLACK
from refcnn.suite.case import Case
from refcnn.suite.exactness import EVERYWHERE, NOWHERE, Products
from refcnn.suite.precise import HiLo
from refcnn.suite.registry import part, record
from refcnn.suite.tensors import Array

CLASSES = ("fast", "low-precision")  # of algorithms, each with a bound of its own


def _everywhere(_: Case) -> Array:
    return EVERYWHERE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numerics:
    """How one operator rounds. What only chooses among its inputs says nothing here.

    `determined` tells where there is one right number, broadcast to the outputs; `bound`
    how far an answer may lie from the exact one, by output, as float64.
    """

    determined: Callable[[Case], Array] = _everywhere
    precise: Callable[..., HiLo] | None = None  # the operator to about twice the digits
    bound: Callable[[Case], Array] | None = None
    classes: Mapping[str, Callable[[Case], Array]] = field(default_factory=dict)  # of CLASSES
    products: Callable[[Case], Products] | None = None  # for what adds up products
    on_fractions: bool = True  # whether its definition is exact on fractions
    positive: bool = False  # whether it adds up positive terms alone

    @property
    def chooses(self) -> bool:
        """Whether its answers are numbers of its inputs, and 0: then nothing is rounded."""
        return self.bound is None

    @property
    def adds(self) -> bool:
        """Whether its answers are sums of its inputs, or of their products."""
        return self.bound is not None and self.on_fractions


def numerics(operator: str, output: str = "") -> Numerics:
    """How an operator rounds: the same way in all outputs, or as is said of one by its name."""
    found: Numerics | Mapping[str, Numerics] = part(operator, "numerics")
    return found if isinstance(found, Numerics) else found[output]


def reference(case: Case, **inputs: Array) -> Array:
    """What the reference answers to a legal case, perhaps about other `inputs`: one output."""
    known = record(case.operator)
    given = {**case.inputs, **inputs}
    found: Array = known.picked(known.reference(**given, **case.attributes), case.output)
    return found


def classes_of(operator: str) -> tuple[str, ...]:
    """The classes of algorithms that have bounds of their own for an operator."""
    return tuple(dict.fromkeys(name for one in _every(operator) for name in one.classes))


def _every(operator: str) -> tuple[Numerics, ...]:
    found: Numerics | Mapping[str, Numerics] = part(operator, "numerics")
    return (found,) if isinstance(found, Numerics) else tuple(found.values())


def _of(case: Case) -> Numerics:
    return numerics(case.operator, case.output)


def positive(operator: str) -> bool:
    """Whether all that it adds up is positive."""
    return all(one.positive for one in _every(operator))


def transcendental(operator: str) -> bool:
    """Whether some output has no exact answer on fractions: it is asked in its own dtype alone."""
    return not all(one.on_fractions for one in _every(operator))


def determined(case: Case) -> Array:
    """Where there is one right number; broadcast to the outputs. The case must be legal."""
    return _of(case).determined(case)


def held(case: Case) -> Array:
    """Where == must hold: what the case claims, as far as its data bear it out."""
    claimed = case.exact or _of(case).chooses
    return determined(case) if claimed else NOWHERE


def unrounded(case: Case) -> bool:
    """Whether every answer is what the equation gives, so that a law may reckon with it."""
    if not determined(case).all():
        return False
    products = _of(case).products
    return not products or exactness.unrounded(products(case), lambda: in_more_digits(_wide(case)))


def _wide(case: Case) -> Case:
    return case.in_dtype("float64")


def in_more_digits(case: Case) -> HiLo:
    """The answer to a case on float64 data, of an operator that rounds."""
    precise = _of(case).precise
    assert precise
    return precise(**case.inputs, **case.attributes)


def bound(case: Case, exact: Array | None = None) -> Array:
    """Largest allowed |error| of every output of a case, as float64; 0 means ==.

    It is 0 where the case claims to be exact and its data bear that out (`exact`, if known).
    """
    known = _of(case)
    if case.algorithm in known.classes:
        return known.classes[case.algorithm](case) * SLACK
    exact = held(case) if exact is None else exact
    if exact.all():
        return np.zeros(())
    assert known.bound
    return np.where(exact, 0, known.bound(case) * SLACK)
