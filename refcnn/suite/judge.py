"""The judge: what an implementation did with a case, against what must hold.

In this order: it answered with an array; shape; dtype; class of every element
(finite, NaN, +inf, -inf); then == where the answer is exact, or the derived
bound. There is no tolerance to choose. Zeros compare equal whatever their sign.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np

from refcnn.suite import exactness
from refcnn.suite.case import Answer, Case, Missing, Outcome, Refusal, declined, tuples
from refcnn.suite.dialects import REFUSED, SetAsideError, ruled
from refcnn.suite.numerics import bound as bound_of
from refcnn.suite.numerics import held, in_more_digits, reference
from refcnn.suite.precise import HiLo
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

MOST_SHAPES = 1000  # that are kept: laws ask about the same shapes again and again
SIDE_EFFECT = "side effect"  # begins the reason of a judgement on what a call changed


class Verdict(StrEnum):
    """The judge's word on an outcome."""

    PASS = "pass"
    FAIL = "fail"
    WEAK = "weak"  # passes, but an implementation that returns zeros would too
    NOT_IMPLEMENTED = "not_implemented"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """The exact answer as hi + lo, and how far each element may lie from it."""

    hi: Array
    lo: Array
    bound: Array


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A verdict with its reason; for wrong numbers, where the worst one is."""

    verdict: Verdict
    reason: str = ""
    index: tuple[int, ...] | None = None
    expected: float | None = None
    got: float | None = None
    fraction: float = 0.0  # largest error as a multiple of its bound
    expected_shape: tuple[int, ...] | None = None
    output: str = ""  # the one of several outputs that it is about


def expect(case: Case) -> Expected:
    """Answer a case with the reference: exactly, or in more precision than is claimed.

    Of several outputs it is the one that the case looks at. Under
    dialects, the answer is the one by their rules. Raises SetAsideError if these refuse.
    """
    case = _answerable(case)
    exact = held(case)
    hi, lo = _answer(case, exact)
    return Expected(hi, lo, np.broadcast_to(bound_of(case, exact), hi.shape))


def expectations(case: Case) -> dict[str, Expected]:
    """What is expected, by the names of the outputs that the case looks at."""
    return {one.looks_at: expect(one) for one in case.views}


def _answer(case: Case, exact: Array) -> HiLo:
    """The answer as hi + lo: where it is `exact`, the number of the dtype that it must be."""
    if exact.all():
        return reference(case), np.zeros(())
    if case.dtype == "float32":
        hi, lo = reference(case.in_dtype("float64")), np.zeros(())
    else:
        hi, lo = in_more_digits(case)
    return exactness.rounded(hi, lo, exact, case.dtype)


def judge(case: Case, outcome: Outcome, bound: Array | None = None) -> Judgement:
    """Judge the outcome of a legal case; `bound` replaces the one derived for the operator."""
    if declined(outcome):
        return Judgement(Verdict.NOT_IMPLEMENTED, str(outcome))
    if ruled(case) is None:
        return judge_refusal(outcome, REFUSED)
    if not isinstance(outcome, Answer):
        verb = "raised " if isinstance(outcome, Refusal) else ""
        return Judgement(Verdict.FAIL, f"{verb}{outcome}")
    if not case.output and bound is None:
        return compare_all(expectations(case), outcome, case.dtype)
    expected = expect(case)
    if case.output and case.output not in outcome.outputs:
        return _lacks(case.output)
    off = expected.bound if bound is None else bound
    return compare(Expected(expected.hi, expected.lo, off), outcome.seen(case), case.dtype)


def settled(case: Case, got: Array) -> Array:
    """What a law with == is tested on: the answer; of a class that rounds more, freed of that.

    Where its answer to exact data lies within the bound, it counts as the exact one
    (of integers: as that integer). What lies further off stays as it is.
    """
    rule = None if case.algorithm == "direct" or not case.exact else ruled(case)
    if rule is None:
        return got
    expected = expect(case)
    with np.errstate(invalid="ignore"):
        near = np.abs(got.astype(np.float64) - expected.hi) <= expected.bound
    return np.where(near & held(rule), expected.hi.astype(case.dtype), got)


def in_its_dtype(case: Case, got: Array) -> Array:
    """An answer of the other dtype as one in the dtype of its case, for who takes either.

    A wider one is rounded. Of a narrower one what is right for float32 counts as right: the
    answer to rounded inputs, or the exact one, each within the bound of float32.
    """
    with np.errstate(all="ignore"):
        wide = got.astype(case.dtype)
        expected = expect(case)
        if case.dtype == "float32" or got.shape != expected.hi.shape:
            return wide
        narrow = _in_float32(case)
        rounded = expect(narrow)
        near = np.zeros(got.shape, bool)
        for right in (expected.hi, rounded.hi):
            near |= np.abs(wide - right) <= rounded.bound
            near |= _same(got, right.astype(got.dtype))
        return np.where(near, expected.hi.astype(case.dtype), wide)


def _in_float32(case: Case) -> Case:
    """A case with its tensors rounded; it is exact no more if that changed a number."""
    rounded = case.in_dtype("float32")
    kept = all(_same(rounded.inputs[name], t).all() for name, t in case.inputs.items())
    return replace(rounded, exact=case.exact and kept)


def _same(some: Array, others: Array) -> Array:
    """Where numbers are equal, NaN with NaN."""
    same: Array = np.equal(some, others) | (np.isnan(some) & np.isnan(others))
    return same


def judge_refusal(outcome: Outcome, rule: str) -> Judgement:
    """Judge the outcome of a case that breaks `rule`: only an exception will do."""
    match outcome:
        case Missing():
            return Judgement(Verdict.NOT_IMPLEMENTED, outcome.what)
        case Refusal():
            return Judgement(Verdict.PASS)
        case Answer(outputs):
            shapes = " and ".join(str(array.shape) for array in outputs.values())
            return Judgement(
                Verdict.FAIL, f"{rule}, yet it answered with an array of shape {shapes}"
            )
        case _:
            return Judgement(Verdict.FAIL, f"{rule}, and it did not raise an exception: {outcome}")


def judge_faults(case: Case, outcome: Outcome, forbidden: Collection[str]) -> Judgement:
    """Judge the side effects of a legal call, whatever its numbers: none may be `forbidden`."""
    if not isinstance(outcome, Answer):
        return judge(case, outcome)
    return side_effects([fault for fault in outcome.faults if fault in forbidden])


def side_effects(faults: Collection[str]) -> Judgement:
    """A judgement on the side effects that a call must not have had."""
    reason = f"{SIDE_EFFECT}: {'; '.join(faults)}" if faults else ""
    return Judgement(Verdict.FAIL if faults else Verdict.PASS, reason)


def compare_all(expected: Mapping[str, Expected], answer: Answer, dtype: str) -> Judgement:
    """Compare all outputs of an answer with those that are expected, each by its name."""
    got, words = answer.outputs, list[Judgement]()
    for name in dict.fromkeys((*expected, *got)):
        if name not in got:
            return _lacks(name)
        if name not in expected:
            return Judgement(Verdict.FAIL, f"an array for {name}: there must be none", output=name)
        judgement = compare(expected[name], got[name], dtype)
        if judgement.verdict is Verdict.FAIL:
            return judgement if len(expected) == 1 else _of_output(name, judgement)
        words.append(judgement)
    return max(words, key=lambda word: (word.verdict is Verdict.PASS, word.fraction))


def _lacks(name: str) -> Judgement:
    return Judgement(Verdict.FAIL, f"no {name}: there must be an array", output=name)


def _of_output(name: str, judgement: Judgement) -> Judgement:
    """A failed judgement that says which output it is about."""
    what, _, more = judgement.reason.partition(":")
    return replace(judgement, reason=f"{what} of {name}:{more}", output=name)


def compare(expected: Expected, got: Array, dtype: str) -> Judgement:
    """Compare an array with the expected one: shape, dtype, classes, numbers."""
    shape = expected.hi.shape
    if got.shape != shape:
        return wrong_shape(shape, got.shape)
    if got.dtype != dtype:
        return Judgement(Verdict.FAIL, f"wrong dtype: expected {dtype}, got {got.dtype}")
    passed = Verdict.WEAK if got.size and not expected.hi.any() else Verdict.PASS
    if np.array_equal(got, expected.hi) and not expected.lo.any():
        return Judgement(passed)
    wide, hi = got.astype(np.float64), expected.hi.astype(np.float64)
    finite = np.isfinite(hi)
    same_class = np.where(
        finite, np.isfinite(wide), np.equal(wide, hi) | (np.isnan(wide) & np.isnan(hi))
    )
    if not same_class.all():
        return _wrong("wrong class of number", hi, wide, ~same_class, np.inf)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        error = np.where(finite, np.abs((wide - hi) - expected.lo), 0)
        fraction = np.where(error == 0, 0, error / expected.bound)
    worst = float(fraction.max())
    if not worst <= 1:
        return _wrong("wrong numbers", hi, wide, ~(fraction <= 1), worst)
    return Judgement(passed, fraction=worst)


def shape_of(case: Case) -> tuple[int, ...]:
    """Shape of the answer to a legal case."""
    case = _answerable(case)
    shapes = tuple((name, tensor.shape) for name, tensor in case.inputs.items())
    attributes = tuple((name, tuples(value)) for name, value in case.attributes.items())
    return _shape(case.operator, case.output, shapes, attributes)


@lru_cache(MOST_SHAPES)
def _shape(
    operator: str,
    output: str,
    shapes: tuple[tuple[str, tuple[int, ...]], ...],
    attributes: tuple[tuple[str, Any], ...],
) -> tuple[int, ...]:
    """Shape of the answer, which depends on no number in a tensor."""
    known = record(operator)
    zeros = {
        name: np.zeros(shape, int if name in known.indices else float) for name, shape in shapes
    }
    y = known.picked(known.reference(**zeros, **dict(attributes)), output)
    found: tuple[int, ...] = y.shape
    return found


def _answerable(case: Case) -> Case:
    """The case that the standard answers as the dialects of `case` do."""
    found = ruled(case)
    if found is None:
        raise SetAsideError(REFUSED)
    return found


def wrong_shape(expected: tuple[int, ...], got: tuple[int, ...]) -> Judgement:
    """A failed judgement on a shape."""
    reason = f"wrong shape: expected {expected}, got {got}"
    return Judgement(Verdict.FAIL, reason, expected_shape=expected)


def _wrong(what: str, hi: Array, got: Array, bad: Array, worst: float) -> Judgement:
    """A failed judgement that points at the first wrong element."""
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    number: Any = bad.sum()
    reason = f"{what}: {number} of {bad.size} differ"
    return Judgement(Verdict.FAIL, reason, index, float(hi[index]), float(got[index]), worst)
