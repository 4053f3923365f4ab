"""Numbers as sums of others, each times a plain factor: exactly, and of as few as can be."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations

import numpy as np

from refcnn.diagnosis.identify.curves import MOST_DENOMINATOR, fraction_near
from refcnn.diagnosis.identify.equation import fraction
from refcnn.suite.tensors import Array

MOST_TERMS = 3
PROBABILITIES = "p = exp(x) / sum of exp(x)"
ONE = "1"  # what is added everywhere

Combination = Mapping[str, float]  # by term, as it is written: times what


def combination(seen: Array, terms: Mapping[str, Array], tolerance: float) -> Combination | None:
    """The fewest terms of which numbers are a sum, those that come first before others.

    seen, and each of `terms`: (numbers,). tolerance: relative to the largest of them.
    """
    if not np.abs(seen).max(initial=0):
        return {}
    for number in range(1, MOST_TERMS + 1):
        fits = (_fitted(seen, some, tolerance) for some in _some(terms, number))
        fitting = [found for found in fits if found]
        if fitting:
            return min(fitting, key=_is_odd)
    return None


def _some(terms: Mapping[str, Array], number: int) -> Iterator[dict[str, Array]]:
    for names in combinations(terms, number):
        yield {name: terms[name] for name in names}


def _fitted(seen: Array, terms: Mapping[str, Array], tolerance: float) -> Combination | None:
    """The factors of these terms, if numbers are their sum and all of them are needed."""
    columns = np.stack([*terms.values()], axis=1)
    factors, *_ = np.linalg.lstsq(columns, seen, rcond=None)
    plain = [fraction_near(float(one), tolerance) for one in factors]
    off = np.abs(columns @ np.array(plain) - seen).max()
    if off > tolerance * np.abs(seen).max() or not all(plain):
        return None
    return dict(zip(terms, plain))


def _is_odd(found: Combination) -> bool:
    """Whether a factor is no plain fraction, as those of logarithms of another base are."""
    plain = (float(Fraction(one).limit_denominator(MOST_DENOMINATOR)) for one in found.values())
    return any(one != near for one, near in zip(found.values(), plain))


def written(found: Combination) -> str:
    """As it is written: "1/3 p[b, i] - 1/3 t[b, i]"."""
    said = [f" {'-' if n < 0 else '+'} {_times(abs(n), term)}" for term, n in found.items()]
    text = "".join(said) or " + 0"
    return f"-{text[3:]}" if text.startswith(" - ") else text[3:]


def _times(factor: float, term: str) -> str:
    """A term and its factor; of ONE the factor alone."""
    return fraction(factor).strip() or ONE if term == ONE else f"{fraction(factor)}{term}"


def differences(right: Combination, yours: Combination) -> list[str]:
    """What is missing, what is too much, and what has another factor."""
    said = []
    for term in dict.fromkeys((*right, *yours)):
        meant, found = right.get(term, 0.0), yours.get(term, 0.0)
        if not found:
            said.append(f"{written({term: meant})} is missing")
        elif not meant:
            said.append(f"{written({term: found})} is added, which should not be there")
        elif found != meant:
            said.append(f"{term} is multiplied by {_number(found)}, not by {_number(meant)}")
    return said


def _number(value: float) -> str:
    return f"{'-' if value < 0 else ''}{fraction(abs(value)).strip() or 1}"
