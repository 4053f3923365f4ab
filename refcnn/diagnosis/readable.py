"""The most readable case that still fails in the same way.

A failing case is made smaller (examples, channels, filters, image, window), then its
numbers become single digits, then its strides and padding as small as their form allows.
Every step is confirmed by asking. What the failure is about stays: the form of every
argument, and what the predicates about arguments say; a caller may ask for more.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from math import log2, prod
from typing import Any

import numpy as np

from refcnn.diagnosis.observed import key_of
from refcnn.suite.capabilities import features_of
from refcnn.suite.case import Answer, Case, Outcome, Refusal, Rubbish
from refcnn.suite.context import Failure
from refcnn.suite.data import BITS
from refcnn.suite.dialects import SetAsideError
from refcnn.suite.generators import domains, indices, question
from refcnn.suite.gradients import fitted
from refcnn.suite.judge import Judgement, Verdict, judge
from refcnn.suite.numerics import transcendental
from refcnn.suite.predicates import true_of
from refcnn.suite.registry import record
from refcnn.suite.roles import CONVOLUTIONS, POOLS, WINDOWED
from refcnn.suite.tensors import Array
from refcnn.suite.windows import lay_out

QUESTIONS, SECONDS = 60, 1.0
DIGITS = 9
SAMPLE = 12  # questions of each domain of a clause
KEPT = {  # predicates about arguments: what these say of a case stays
    "there is a bias",
    "there is no bias",
    "strides are given",
    "a stride is above 1",
    "the two strides differ",
    "windows overlap",
    "windows leave gaps",
    "there is padding",
    "there is no padding",
    "padding is not the same at both ends",
    "the batch is empty",
    "an input is not finite",
    "all inputs are negative",
}

FRACTIONS = "an input is no whole number"  # no clause is about it: digits show the same

Ask = Callable[[Case], Outcome]
Keeps = Callable[[Failure], bool]
Judge = Callable[[Case, Outcome], Judgement]


def readable(
    failure: Failure,
    ask: Ask,
    *,
    clause: str = "",
    keeps: Keeps = lambda _: True,
    judged: Judge | None = None,
    questions: int = QUESTIONS,
    seconds: float = SECONDS,
) -> Failure:
    """The most readable failure of the same kind that was found within a budget, or the same one.

    What is true of every question about `clause` stays true of a case that it is to show.
    `keeps` is what more must hold of a failure that takes its place: say, that the mistake
    that was named gives the same answer. What breaks a rule, or a law that has no `judged`,
    and what ends or holds up a process, is left as it is. Deterministic, as far as time allows.
    """
    asked_again = isinstance(failure.outcome, Answer | Refusal | Rubbish)
    if (failure.law and judged is None) or not asked_again or _kind(failure) is None:
        return failure
    end = time.monotonic() + seconds
    search = _Simplifying(
        failure, ask, keeps=keeps, judged=judged or judge, questions=questions, end=end
    )
    needed = true_of_all(failure.case.operator, clause) & true_of(failure.case)
    search.needed = needed - {FRACTIONS}
    if not search.still_fails(failure.case):
        return failure  # it depends on what was asked before
    while search.progress():
        pass
    return search.best if search.is_steady() else failure


@cache
def true_of_all(operator: str, clause: str) -> frozenset[str]:
    """The predicates that hold of all questions about a clause, as far as some tell."""
    known = domains(operator)
    own = [place for place, domain in enumerate(known) if clause in domain.clauses]
    some = indices(operator, range(SAMPLE), own)
    found = [true_of(question(operator, 0, index).case) for index in some]
    return frozenset.intersection(*found) if found else frozenset()


class _Simplifying:
    """The best failure so far, and what is left of the budget."""

    def __init__(
        self,
        failure: Failure,
        ask: Ask,
        *,
        keeps: Keeps,
        judged: Judge,
        questions: int,
        end: float,
    ) -> None:
        self.best = failure
        self.ask, self.keeps, self.judged = ask, keeps, judged
        self.left, self.end = questions - 1, end  # the last one confirms what was found
        self.kind, self.about = _kind(failure), _about(failure.case)
        self.forms, self.tried = features_of(failure.case), {key_of(failure.case)}
        self.needed: frozenset[str] = frozenset()  # predicates that must hold

    def still_fails(self, case: Case) -> bool:
        """Whether a case fails as the first one did; if so it is the best."""
        if self.left <= 0 or time.monotonic() > self.end:
            return False
        self.left -= 1
        found = self._asked(case)
        if found is None or not self.keeps(found):
            return False
        self.best = found
        return True

    def is_steady(self) -> bool:
        """Whether the best case fails again: else it depends on what was asked before."""
        return self._asked(self.best.case) is not None

    def _asked(self, case: Case) -> Failure | None:
        """A case asked and judged, if it fails in the way of the first one."""
        outcome = self.ask(case)
        try:
            with np.errstate(all="ignore"):
                found = Failure(case, outcome, self.judged(case, outcome), self.best.law)
        except (ValueError, TypeError, SetAsideError):
            return None
        return found if _kind(found) == self.kind else None

    def progress(self) -> bool:
        """Make every kind of step as often as it helps; whether one did."""
        before = self.best
        for step in STEPS:
            while any(map(self.still_fails, self._candidates(step))):
                pass
        return self.best is not before

    def _candidates(self, step: "Step") -> Iterator[Case]:
        """Legal cases that a step leads to, about the same arguments, none of them tried."""
        for case in map(fitted, step(self.best)):
            if _is_legal(case) and self._is_alike(case) and (key := key_of(case)) not in self.tried:
                self.tried.add(key)
                yield replace(case, exact=_is_exact(case))

    def _is_alike(self, case: Case) -> bool:
        """Whether a case is about the same, and asks for no other form of an argument."""
        alike = features_of(case) <= self.forms and _about(case) == self.about
        return alike and self.needed <= true_of(case)


def _kind(failure: Failure) -> object:
    """In what way a case failed; None if it did not."""
    if failure.judgement.verdict is not Verdict.FAIL:
        return None
    match failure.outcome:
        case Refusal(kind):
            return "raised", kind
        case Answer(_, faults):
            what = failure.judgement.reason.partition(":")[0]
            return what.removesuffix(f" of {failure.case.output}"), faults
    return type(failure.outcome).__name__


def _about(case: Case) -> tuple[Any, ...]:
    """What a case is about: the forms of its arguments, and the predicates that are kept.

    That a window is not square is left to the asking: it stays so where it matters.
    """
    return features_of(case), true_of(case) & KEPT, case.memory


def _is_legal(case: Case) -> bool:
    there = record(case.operator).outputs_of(case.inputs)
    if not all(t.size for t in case.inputs.values()) or case.looks_at not in there:
        return False
    try:
        if case.operator in WINDOWED:
            place = lay_out(case)
            alone = any(max(p) >= f for p, f in zip(place.padding, place.reach))
            return not (case.operator in POOLS and alone)
    except (ValueError, TypeError):
        return False
    return True


def _is_exact(case: Case) -> bool:
    """Whether every partial sum of whole numbers as small as these is representable."""
    if transcendental(case.operator) or not all(map(_is_whole, case.inputs.values())):
        return False
    terms, size = _terms(case)
    return bool(size == 0 or log2(size) + log2(terms + 1) < BITS[case.dtype])


def _is_whole(tensor: Array) -> bool:
    return bool(np.isfinite(tensor).all() and (tensor == np.round(tensor)).all())


def _terms(case: Case) -> tuple[int, float]:
    """The most terms of one sum, and the largest magnitude of a term."""
    largest = {n: float(np.abs(t).max(initial=0)) for n, t in case.inputs.items()}
    if "kernel" in case.inputs:
        terms = prod(case.inputs["kernel"].shape[:-1]) + 1
        return terms, max(largest["x"] * largest["kernel"], largest.get("bias", 0))
    cells = prod(lay_out(case).window) if case.operator in WINDOWED else 1
    return cells, largest["x"]


# --- steps: from a failure to cases that are easier to read, the easiest first

Step = Callable[[Failure], Iterator[Case]]


def _index(failure: Failure, axis: int) -> int:
    """Where along an axis of the answer the first wrong number is, if there is one."""
    index = failure.judgement.index or ()
    return index[axis] if len(index) > max(axis, 1) else 0


def _only(tensor: Array, axis: int, place: int) -> Array:
    """One place along an axis, the axis kept."""
    return np.take(tensor, [min(place, tensor.shape[axis] - 1)], axis=axis)


def _parts(length: int, place: int) -> Iterator[slice]:
    """Shorter stretches of an axis: one place; two, half, all but the last; all but the first."""
    if length > 1:
        yield slice(place, place + 1)
        ends = sorted({2, (length + 1) // 2, length - 1} - {1, length})
        yield from (slice(0, end) for end in ends)
        yield slice(1, length)


def _examples(failure: Failure) -> Iterator[Case]:
    """Fewer examples."""
    case, x = failure.case, failure.case.inputs["x"]
    together = ("x", *record(case.operator).indices)
    if x.ndim > 1:
        for part in _parts(len(x), _index(failure, 0)):
            yield case.given(**{name: case.inputs[name][part] for name in together})


def _choices(failure: Failure) -> Iterator[Case]:
    """The first that there is, of what whole numbers choose."""
    case = failure.case
    for name in record(case.operator).indices:
        yield case.given(**{name: np.zeros_like(case.inputs[name])})


def _channels(failure: Failure) -> Iterator[Case]:
    """Fewer channels of x, and of a kernel with them."""
    case, x = failure.case, failure.case.inputs["x"]
    if x.ndim < 2:
        return
    place = 0 if "kernel" in case.inputs else _index(failure, -1)
    for part in _parts(x.shape[-1], min(place, x.shape[-1] - 1)):
        kernel = {"kernel": case.inputs["kernel"][..., part, :]} if "kernel" in case.inputs else {}
        yield case.given(x=x[..., part], **kernel)


def _filters(failure: Failure) -> Iterator[Case]:
    """Fewer filters, or outputs."""
    case = failure.case
    if "kernel" in case.inputs:
        last = [name for name in ("kernel", "bias") if name in case.inputs]
        length = case.inputs["kernel"].shape[-1]
        for part in _parts(length, min(_index(failure, -1), length - 1)):
            yield case.given(**{name: case.inputs[name][..., part] for name in last})


def _image(failure: Failure) -> Iterator[Case]:
    """A smaller image: cut on both axes at once, then on each."""
    x = failure.case.inputs["x"]
    if x.ndim == 4:
        rows, columns = ([*_parts(x.shape[axis], 0)] for axis in (1, 2))
        yield from (failure.case.given(x=x[:, r, c]) for r, c in zip(rows, columns))
        yield from (failure.case.given(x=x[:, part]) for part in rows)
        yield from (failure.case.given(x=x[:, :, part]) for part in columns)


def _window(failure: Failure) -> Iterator[Case]:
    """A smaller kernel or pool."""
    case = failure.case
    if case.operator in CONVOLUTIONS:
        kernel = case.inputs["kernel"]
        rows, columns = ([*_parts(length, 0)] for length in kernel.shape[:2])
        yield from (case.given(kernel=kernel[r, c]) for r, c in zip(rows, columns))
        yield from (case.given(kernel=kernel[p]) for p in rows)
        yield from (case.given(kernel=kernel[:, p]) for p in columns)
    elif "pool_size" in case.attributes:
        for size in _smaller(case.attributes["pool_size"], 1):
            yield case.with_attributes(pool_size=size)


def _attributes(failure: Failure) -> Iterator[Case]:
    """Smaller strides and less padding, in the form in which they are."""
    for name, least in (("strides", 1), ("padding", 0)):
        value = failure.case.attributes.get(name)
        if value is not None and not isinstance(value, str):
            for less in _smaller(value, least):
                yield failure.case.with_attributes(**{name: less})


def _smaller(value: Any, least: int) -> Iterator[Any]:
    """A number, or one of a pair, or of pairs, made smaller."""
    if isinstance(value, tuple):
        for place, one in enumerate(value):
            for less in _smaller(one, least):
                yield (*value[:place], less, *value[place + 1 :])
    elif isinstance(value, int) and value > least:
        yield from range(least, value)


def _numbers(failure: Failure) -> Iterator[Case]:
    """Single-digit whole numbers in place of others, else numbers of one digit and zeros."""
    case = failure.case
    ways = (_counted, _shuffled, _ones, _rounded, _one_digit)
    if not all(_is_readable(tensor) for tensor in case.inputs.values()):
        for way in ways:
            for names in _sets(case):
                yield case.given(**{name: way(case.inputs[name]) for name in names})


def _sets(case: Case) -> Iterator[list[str]]:
    """All tensors that are not readable yet, then each alone."""
    unread = [name for name, tensor in case.inputs.items() if not _is_readable(tensor)]
    yield unread
    if len(unread) > 1:
        yield from ([name] for name in unread)


def _is_readable(tensor: Array) -> bool:
    return _is_whole(tensor) and bool((np.abs(tensor) <= DIGITS).all())


def _signed(tensor: Array, sizes: Array) -> Array:
    """Digits with the signs that the numbers have; what is 0 stays 0."""
    return np.asarray(np.sign(tensor) * sizes.reshape(tensor.shape)).astype(tensor.dtype)


def _ones(tensor: Array) -> Array:
    return _signed(tensor, np.ones(tensor.size))


def _counted(tensor: Array) -> Array:
    """1, 2, 3, ... 9, 1, ..."""
    return _signed(tensor, np.arange(tensor.size) % DIGITS + 1)


def _shuffled(tensor: Array) -> Array:
    """1, 5, 9, 4, 8, 3, ...: neighbours lie in no order."""
    return _signed(tensor, 4 * np.arange(tensor.size) % DIGITS + 1)


def _rounded(tensor: Array) -> Array:
    """Scaled to at most 9, then rounded."""
    largest = np.abs(tensor[np.isfinite(tensor)]).max(initial=0)
    scaled = tensor if largest <= DIGITS else tensor / largest * DIGITS
    return np.asarray(np.round(scaled).astype(tensor.dtype))


def _one_digit(tensor: Array) -> Array:
    """Each number rounded to one digit of its own: 200 for 200.308, 0.3 for 0.3141."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        unit = 10.0 ** np.floor(np.log10(np.abs(tensor.astype(np.float64))))
        found = np.round(tensor / unit) * unit
    return np.where(np.isfinite(found), found, tensor).astype(tensor.dtype)


STEPS: tuple[Step, ...] = (
    _examples,
    _choices,
    _channels,
    _filters,
    _image,
    _window,
    _numbers,
    _attributes,
)
