"""What is rounded on the way, and what is made of right answers: found out by asking."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from refcnn.diagnosis.identify import curves
from refcnn.diagnosis.identify.maps import Curve, map_sentences
from refcnn.diagnosis.identify.reading import Ask, Budget
from refcnn.suite.case import Answer, Case
from refcnn.suite.data import floats, integers
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

Round = Callable[[Array], Array]
BITS = range(1, 17)  # of fractions in fixed point
SIZES = (2.0**-4, 2.0**-2, 1.0, 2.0**3, 2.0**8)  # of the numbers from which curves are made
MOST_UNCHANGED = 0.6  # of the cells of a tensor, for its rounding to tell anything
TRIED, LEAST_SEEN = 10, 4  # cells that are changed alone, and those that must show
LARGE = 2.0**20  # times: float16 has no such numbers, and TF32 has the same bits of them
LEAST_ANSWERS = 8  # that are different, before all are said to be of one kind
LEAST_PAIRS = 24  # of right answers and yours, before a curve is made of them


def _as(dtype: str) -> Round:
    def rounded(x: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(x.astype(dtype).astype(x.dtype))

    return rounded


def _bits(number: int) -> Round:
    """Rounded to so many significant bits."""

    def rounded(x: Array) -> Array:
        mantissa, exponent = np.frexp(x)
        kept = np.rint(mantissa * 2**number) / 2**number
        return np.asarray(np.ldexp(kept, exponent), x.dtype)

    return rounded


_bfloat16 = _bits(8)


def _fixed(bits: int, whole: Round) -> Round:
    return lambda x: np.asarray(whole(x * 2.0**bits) / 2.0**bits, x.dtype)


def _ramp(x: Array) -> Array:
    return np.maximum(x, 0)


@dataclass(frozen=True, slots=True)
class Rounding:
    """What may be done to a tensor first, in words; from one such number to the next it is `step`.

    Numbers from 1 to 2 are asked, of which the steps are these; 0 where there are none.
    """

    words: str
    of: Round
    step: float


ROUNDINGS = (
    Rounding("rounds {} to bfloat16", _bfloat16, 2.0**-7),
    Rounding("rounds {} to float16", _as("float16"), 2.0**-10),
    Rounding("rounds {} to TF32", _bits(11), 2.0**-10),
    Rounding("rounds {} to float32", _as("float32"), 2.0**-23),
    Rounding("rounds {} to whole numbers", np.rint, 1),
    Rounding("leaves out the fractions of {}", np.trunc, 1),
    *(Rounding(f"rounds {{}} to multiples of 1/{2**n}", _fixed(n, np.rint), 2.0**-n) for n in BITS),
    *(Rounding(f"cuts {{}} to multiples of 1/{2**n}", _fixed(n, np.trunc), 2.0**-n) for n in BITS),
    Rounding("leaves out the signs of {}", np.abs, 0),
    Rounding("takes the negative numbers of {} as 0", _ramp, 0),
)


def rounded_first(ask: Ask, right: Ask, case: Case, budget: Budget) -> str:
    """What is done to which tensors before anything else, in words; "" if nothing is.

    Nothing is told of numbers to which the answers are right.

    The answers to numbers and to the same numbers rounded are the same, and from one rounded
    number to the next each of some cells makes a difference: nothing coarser is done.
    """
    given = {name: floats(n, t.shape, case.dtype, (0, 0)) for n, (name, t) in _numbered(case)}
    added = [name for name in record(case.operator).optional if name in given]  # afterwards
    given |= {name: np.zeros_like(given[name]) for name in added}
    usual, meant = (_answer(who, case, given, budget) for who in (ask, right))
    if usual is None or meant is None or usual.shape != meant.shape:
        return ""
    if _near(usual, meant, case.dtype) or _near(usual + meant, meant, case.dtype):
        return ""  # it is right there, or nothing but rounding
    if kind := _coarse(usual, case.dtype):
        return f"all {usual.size} answers to numbers of many digits are {kind}"
    said = _by_words(given, usual, partial(_answer, ask, case, budget=budget))
    return f"it {', and '.join(said)}, before anything else" if said else ""


def _by_words(
    given: Mapping[str, Array], usual: Array, answer: Callable[[Mapping[str, Array]], Array | None]
) -> list[str]:
    """What is done to tensors first, in words, with the names of those to which the same is."""
    found: dict[str, list[str]] = {}

    def changed(name: str, tensor: Array) -> Array | None:
        return answer({**given, name: tensor})

    for name, tensor in given.items():
        if words := _rounding(tensor, usual, partial(changed, name)):
            found.setdefault(words, []).append(name)
    return [words.format(" and ".join(names)) for words, names in found.items()]


def _rounding(tensor: Array, usual: Array, answer: Callable[[Array], Array | None]) -> str:
    """What is done to one tensor first, in words with a place for its name; or ""."""
    for one in ROUNDINGS:
        other = one.of(tensor)
        if (other == tensor).mean() > MOST_UNCHANGED or not _same(answer(other), usual):
            continue
        large = tensor * tensor.dtype.type(LARGE)
        seen = answer(large)
        if seen is not None and not _same(answer(one.of(large)), seen):
            continue
        if not one.step:
            tells = not _same(answer(other + other.dtype.type(1)), usual)  # it is read at all
        else:
            tells = _is_seen(other, one.step, answer)
        if tells:
            return one.words
    return ""


def _is_seen(rounded: Array, step: float, answer: Callable[[Array], Array | None]) -> bool:
    """Whether one step more makes a difference in each of some cells in which a 1 more does."""
    usual, seen = answer(rounded), 0
    for place in list(np.ndindex(rounded.shape))[:: max(1, rounded.size // TRIED)]:
        if _same(answer(_more(rounded, place, 1)), usual):
            continue  # it is not read
        if _same(answer(_more(rounded, place, step)), usual):
            return False
        seen += 1
    return seen >= LEAST_SEEN


def _more(tensor: Array, place: tuple[int, ...], much: float) -> Array:
    changed = tensor.copy()
    changed[place] += np.copysign(much, changed[place])
    return changed


def _coarse(answers: Array, dtype: str) -> str:
    """Which numbers all answers are, if they are of few digits; or ""."""
    wide = answers.astype(np.float64)
    if len(np.unique(wide)) < LEAST_ANSWERS:
        return ""
    kinds: dict[str, Round] = {"whole numbers": np.rint, "numbers of bfloat16": _bfloat16}
    kinds |= {f"numbers of {name}": _as(name) for name in ("float16", "float32")}
    if dtype == "float32":
        del kinds["numbers of float32"]
    return next((name for name, of in kinds.items() if np.array_equal(of(wide), wide)), "")


def _same(one: Array | None, other: Array | None) -> bool:
    return one is not None and other is not None and np.array_equal(one, other, equal_nan=True)


def _near(one: Array, other: Array, dtype: str) -> bool:
    """Whether answers are the same but for the rounding of sums in another order."""
    wide, meant = one.astype(np.float64), other.astype(np.float64)
    off = np.abs(wide - meant).max(initial=0)
    return bool(off <= 64 * np.finfo(dtype).eps * np.abs(meant).max(initial=0))


def _numbered(case: Case) -> Iterator[tuple[int, tuple[str, Array]]]:
    return enumerate(case.inputs.items())


def _answer(ask: Ask, case: Case, given: Mapping[str, Array], budget: Budget) -> Array | None:
    budget.use()
    asked = replace(case, inputs=given)
    outcome = ask(asked)
    if not isinstance(outcome, Answer) or case.looks_at not in outcome.outputs:
        return None
    return outcome.seen(asked)


def made_of_right(ask: Ask, right: Ask, case: Case, budget: Budget) -> str:
    """What is made of right answers, in words; "" where they do not decide the answers."""
    pairs = [*_pairs(ask, right, case, budget)]
    if not pairs:
        return ""
    meant, seen = (np.concatenate(arrays) for arrays in zip(*pairs))
    if not (np.isfinite(meant) & np.isfinite(seen)).all():
        return ""
    x, first, back = np.unique(meant, return_index=True, return_inverse=True)
    y, tolerance = seen[first], 64 * float(np.finfo(case.dtype).eps)
    alike = np.abs(y[back.ravel()] - seen) <= tolerance * np.abs(seen)
    if len(x) < LEAST_PAIRS or not alike.all():
        return ""
    found = tuple(curves.pieces(x, y, tolerance))
    name = "" if found else curves.name_of(x, y, tolerance)
    if not found and not name:
        return ""
    yours = Curve(x, np.where(np.abs(y - x) <= tolerance * np.abs(x), x, y), found, name)
    identity = curves.Piece(1.0, 0.0, float(x[0]), float(x[-1]))
    said = map_sentences(Curve(x, x, (identity,), ""), yours)
    told = [f"{one[0].lower()}{one[1:]}" for one in said[:2]]
    return f"with X for the right answer: {'; '.join(told)}" if said else ""


def _pairs(ask: Ask, right: Ask, case: Case, budget: Budget) -> Iterator[tuple[Array, Array]]:
    """Right answers and yours to whole numbers, and to these in several sizes."""
    for number, size in enumerate(SIZES):
        given = {
            name: integers(10 * number + n, tensor.shape, -9, 9).astype(case.dtype)
            for n, (name, tensor) in _numbered(case)
        }
        largest = max(given, key=lambda name: given[name].size)
        given[largest] = given[largest] * given[largest].dtype.type(size)
        meant, seen = (_answer(who, case, given, budget) for who in (right, ask))
        if meant is None or seen is None or meant.shape != seen.shape:
            return
        yield meant.ravel().astype(np.float64), seen.ravel().astype(np.float64)
