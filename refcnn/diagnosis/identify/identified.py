"""What an operator computes at one shape: its equation, the right one, and how they differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from refcnn.diagnosis.afresh import right as in_right_steps
from refcnn.diagnosis.identify.combined import differences
from refcnn.diagnosis.identify.drawn import plane
from refcnn.diagnosis.identify.equation import Equation, Pattern
from refcnn.diagnosis.identify.losses import read_loss
from refcnn.diagnosis.identify.maps import map_sentences, plot_of, read_map
from refcnn.diagnosis.identify.mixtures import logits_of, mixture_sentences, read_mixture
from refcnn.diagnosis.identify.moves import Moves, moves_of, moves_of_windows
from refcnn.diagnosis.identify.picks import Picks, pick_sentences
from refcnn.diagnosis.identify.picture import Picture
from refcnn.diagnosis.identify.reading import (
    SCALES,
    Ask,
    Budget,
    OtherKindError,
    Reading,
    UnreadableError,
    read,
)
from refcnn.diagnosis.identify.roundings import made_of_right, rounded_first
from refcnn.diagnosis.identify.selecting import Selection, read_selection
from refcnn.diagnosis.identify.shares import plot_of_shares, read_shares, share_sentences
from refcnn.diagnosis.identify.windows import Windows
from refcnn.diagnosis.identify.windows_words import window_sentences
from refcnn.diagnosis.identify.words import same, sentences
from refcnn.diagnosis.kills import asked
from refcnn.suite.case import Case
from refcnn.suite.registry import record

BIAS = "bias"
NO_SENTENCE = "Other numbers are read, in a way that there is no sentence for"


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """What was read of an operator.

    yours, right: equations as they are written, one for each part of the sum. differences:
    sentences, each true of the shapes and attributes of `case`; none where it `is_right`, in
    these shapes, up to rounding. confirmed: questions by chance, of small, usual and large
    numbers, on which the equation was tried afterwards. proves: for what it was seen to be right,
    where it is. picture: of what is different, if it can be seen; of what is right, where all is.
    moves: how windows lie elsewhere, if nothing else is different.
    """

    case: Case
    yours: tuple[str, ...]
    right: tuple[str, ...]
    differences: tuple[str, ...]
    is_right: bool
    questions: int
    confirmed: int
    proves: str = ""
    picture: Picture | None = None
    moves: Moves | None = None


def identify(ask: Ask, case: Case, budget: Budget | None = None) -> Identified:
    """Read what an implementation computes, at the shapes and attributes of a case.

    Raises UnreadableError where it cannot be read; the message says why.
    """
    known, budget = record(case.operator), budget or Budget()
    if case.looks_at not in known.read_in:
        raise UnreadableError(f"no way of reading {case.looks_at} of {case.operator} is known")
    before = budget.questions
    parts = _parts(ask, case, budget)
    different = [part for part in parts if not part.is_right]
    told = [sentence for part in different for sentence in part.differences]
    return Identified(
        case,
        tuple(part.yours for part in parts),
        tuple(part.right for part in parts),
        tuple(dict.fromkeys(told or [NO_SENTENCE] * bool(different))),
        not different,
        before - budget.questions,
        sum(part.confirmed for part in parts),
        _PROVES[known.read_as],
        _picture(different, parts),
        different[0].moves if len(different) == 1 else None,
    )


def _picture(different: Sequence["Part"], parts: Sequence["Part"]) -> Picture | None:
    """The first picture that shows what is different; if nothing is, that of the first part."""
    if not different:
        return parts[0].picture
    drawn = (part.picture for part in different if part.picture)
    return next((one for one in drawn if not one.alike), None)


def _parts(ask: Ask, case: Case, budget: Budget) -> list["Part"]:
    """The parts of the sum that an operator is: of its tensors, and of a bias."""
    known = record(case.operator)
    added = BIAS in case.inputs and not known.gradient_of
    tensors = [known.read_in[case.looks_at], *([(BIAS,)] if added else [])]
    try:
        return [_WAYS[known.read_as](ask, case, one, budget) for one in tensors]
    except OtherKindError as error:
        raise OtherKindError(_why(ask, case, budget) or str(error)) from None


def _why(ask: Ask, case: Case, budget: Budget) -> str:
    """Why an operator cannot be read: what is made of right answers, or rounded; "" if neither."""
    read_as = record(case.operator).read_as
    if read_as == "map":
        return ""
    right = _in_right_steps(case)
    made = made_of_right(ask, right, case, budget)
    return made if made or read_as == "shares" else rounded_first(ask, right, case, budget)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the sum that an operator is: as it was read, as it should be."""

    yours: str
    right: str
    differences: tuple[str, ...]
    is_right: bool
    confirmed: int = len(SCALES)
    picture: Picture | None = None
    moves: Moves | None = None


def _terms(ask: Ask, case: Case, tensors: Sequence[str], budget: Budget) -> Part:
    """Cells, or products of two, of which there are formulas."""
    meant = _right(read, case, tensors)
    found = read(ask, case, tensors, budget)
    pattern = Pattern.of(meant)
    right, yours = Equation.of(pattern, meant), Equation.of(pattern, found)
    is_right, picture = same(meant, found), plane(found, meant)
    told = () if is_right else tuple(sentences(right, yours))
    moves = moves_of(right, yours)
    return Part(yours.told(), right.told(), told, is_right, picture=picture, moves=moves)


def _windows(ask: Ask, case: Case, tensors: Sequence[str], budget: Budget) -> Part:
    """Windows over a tensor, of which the sum is taken, or the largest cell, or the smallest."""
    meant = _right(read_windows, case, tensors)
    found = read_windows(ask, case, tensors, budget, like=meant)
    right = Windows(meant)
    if found.constant.ndim != meant.constant.ndim:
        said = f"The answer has {found.constant.ndim} axes, not {meant.constant.ndim}"
        shape = f"{case.looks_at} = an array of shape {found.constant.shape}"
        return Part(shape, right.told(), (said,), is_right=False)
    yours, picture = Windows(found, right), plane(found, meant)
    is_right = type(meant) is type(found) and same(meant, found)
    told = () if is_right else tuple(window_sentences(right, yours))
    moves = moves_of_windows(right, yours) if type(meant) is type(found) else None
    return Part(yours.told(), right.told(), told, is_right, picture=picture, moves=moves)


def read_windows(
    ask: Ask,
    case: Case,
    tensors: Sequence[str],
    budget: Budget,
    like: Reading | None = None,
) -> Reading:
    """The first reading that predicts its answers, as sums of cells or as the largest of some.

    Raises UnreadableError if there is none, with the reason why it is not `like` that.
    """
    why = dict[type[Reading], OtherKindError]()
    try:
        return read(ask, case, tensors, budget)
    except OtherKindError as error:
        why[Reading] = error
    for sign in (1, -1):
        try:
            return read_selection(ask, case, tensors[0], budget, sign=sign)
        except OtherKindError as error:
            why.setdefault(Selection, error)
    raise why[type(like) if like else Selection]


def _picks(ask: Ask, case: Case, tensors: Sequence[str], budget: Budget) -> Part:
    """Cells of windows, picked by the numbers that were given to the forward pass."""
    x, forward = case.inputs["x"], record(case.operator).gradient_of
    given = replace(case, operator=forward, inputs={"x": np.ones_like(x)}, output="")
    windows = _right(read_windows, given, ("x",))
    right = Picks.of(_right(read, case, tensors), windows, x)
    yours = Picks.of(read(ask, case, tensors, budget), windows, x)
    is_right, picture = same(right.reading, yours.reading), plane(yours.reading, right.reading, x)
    told = () if is_right else tuple(pick_sentences(right, yours, x))
    return Part(yours.told(), right.told(), told, is_right, picture=picture)


def _map(ask: Ask, case: Case, tensors: Sequence[str], budget: Budget) -> Part:
    """A map of one number to one number, cell by cell; of a gradient, what dy is multiplied by."""
    right = read_map(_in_right_steps(case), case, tensors[0])
    yours = read_map(ask, case, tensors[0], budget)
    told = tuple(map_sentences(right, yours))
    begins, drawn = "Y =", "Y, by X"
    if record(case.operator).gradient_of:
        begins, drawn = "dX = dY times", "dX / dY, by X"
        other = replace(case, inputs={**case.inputs, "dy": -4 * case.inputs["dy"]})
        if not np.array_equal(read_map(ask, other, tensors[0], budget).y, -4 * yours.y):
            raise OtherKindError("where dy is multiplied by -4, the answer is not")
    texts = f"{begins} {yours.told()}", f"{begins} {right.told()}"
    return Part(*texts, told, not told, confirmed=0, picture=plot_of(right, yours, drawn))


def _in_right_steps(case: Case) -> Ask:
    """Who answers as is right, by the dialects that are stated."""
    steps = in_right_steps(case.operator)
    return lambda one: asked(steps.alone, one)


def _shares(ask: Ask, case: Case, tensors: Sequence[str], budget: Budget) -> Part:
    """Something that is shared out among classes."""
    right = read_shares(_in_right_steps(case), case, tensors[0])
    yours = read_shares(ask, case, tensors[0], budget)
    told = tuple(share_sentences(right, yours))
    picture = plot_of_shares(right, yours)
    return Part(yours.told(), right.told(), told, not told, confirmed=0, picture=picture)


def _mixture(ask: Ask, case: Case, _: Sequence[str], budget: Budget) -> Part:
    """A gradient that mixes the numbers of a row by their probabilities."""
    case = ones(case)
    right = read_mixture(_in_right_steps(case), case, _for_what_is_right())
    yours = read_mixture(ask, case, budget)
    told = tuple(mixture_sentences(right, yours))
    return Part(yours.told(), right.told(), told, not told)


def _loss(ask: Ask, case: Case, _: Sequence[str], budget: Budget) -> Part:
    """A loss of probabilities, or its gradient."""
    right = read_loss(_in_right_steps(case), case, _for_what_is_right())
    yours = read_loss(ask, case, budget)
    told = tuple(differences(right.found, yours.found))
    return Part(yours.told(), right.told(), told, not told, confirmed=0)


def _for_what_is_right() -> Budget:
    """What is right is read to the end: a machine that is busy must not decide it."""
    return Budget(10**6, 10.0**6)


Way = Callable[[Ask, Case, Sequence[str], Budget], Part]
_WAYS: dict[str, Way] = {
    "terms": _terms,
    "windows": _windows,
    "map": _map,
    "shares": _shares,
    "picks": _picks,
    "mixture": _mixture,
    "loss": _loss,
}


_FOR_ALL = "right in these shapes for numbers from 1e-12 to 1e12, up to rounding"
_PROVES = {
    "terms": _FOR_ALL,
    "windows": _FOR_ALL,
    "picks": "right in these shapes for this x, for dy from 1e-12 to 1e12, up to rounding",
    "map": "right for 200 numbers from 1e-12 to 1e12 of both signs, in two orders",
    "mixture": "right in these shapes for one x, for dy from 1e-12 to 1e12, up to rounding",
    "loss": "right for logits from 0.1 to 10 of both signs, and labels of all classes",
    "shares": "right for logits of usual size, and for some that are larger by up to 10000",
}


def _right(
    way: Callable[[Ask, Case, Sequence[str], Budget], Reading], case: Case, tensors: Sequence[str]
) -> Reading:
    """The right reading, by the dialects that are stated."""
    return way(_in_right_steps(case), case, tensors, _for_what_is_right())


def ones(case: Case) -> Case:
    """A case whose tensors, as far as their shapes alone matter, are ones."""
    read_as = record(case.operator).read_as
    tensors = {name: np.ones_like(tensor) for name, tensor in case.inputs.items()}
    if read_as == "picks":
        tensors["x"] = case.inputs["x"]
    elif read_as == "mixture":
        tensors["x"] = logits_of(case.inputs["x"].shape, case.dtype)
    return replace(case, inputs=tensors)
