"""Reading an operator that shares out one among classes, as softmax does.

Which answers change with a logit tells along which axes is shared; how much more a logit gets
than another one tells what is made of it; what all get together, whether it is one; and large
logits, whether anything overflows.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from refcnn.diagnosis.identify.curves import fraction_near
from refcnn.diagnosis.identify.picture import Plot
from refcnn.diagnosis.identify.reading import Ask, Budget, OtherKindError, Probe
from refcnn.suite.case import Case
from refcnn.suite.tensors import Array

STEPS = np.array([-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0])  # of one logit above the others
LARGE = (30.0, 60.0, 80.0, 89.0, 100.0, 500.0, 710.0, 1000.0, 1e4)  # what logits are moved by
CLEARLY = 1e-3  # by how much of itself an answer is off before large logits are said to break it


@dataclass(frozen=True, slots=True)
class Total:
    """What all along some axes get together."""

    one: float | None  # None if that is not always the same
    seen: float  # once


@dataclass(frozen=True, slots=True)
class Shares:
    """How something is shared out.

    axes: along which; made: what is made of a logit X, as it is written; total: what all get
    together, if it is `divided` by a sum; breaks: where it goes wrong for large logits.
    """

    axes: tuple[int, ...]
    made: str
    total: Total | None
    divided: bool
    breaks: tuple[str, ...]
    rank: int
    own: tuple[float, ...] = field(default=(), compare=False)  # to logits 1 + STEPS among ones

    def told(self) -> str:
        """As it is written: "Y[b, i] = exp(X[b, i]) / sum over i of exp(X[b, i])"."""
        names = ["b", "i", "j", "k", "l", "m"][: self.rank]
        cell = self.made.replace("X", f"X[{', '.join(names)}]")
        if not self.divided:
            return f"Y[{', '.join(names)}] = {cell}"
        over = ", ".join(names[axis] for axis in self.axes)
        known = self.total.one if self.total else 1
        times = "" if known == 1 else "? " if known is None else f"{known:.9g} "
        return f"Y[{', '.join(names)}] = {times}{cell} / sum over {over} of {cell}"


def read_shares(ask: Ask, case: Case, tensor: str, budget: Budget | None = None) -> Shares:
    """How the output of a case is shared out; raises UnreadableError where that cannot be read."""
    return _ShareProbe(ask, case, (tensor,), budget or Budget()).shares()


class _ShareProbe(Probe):
    finite = False

    def shares(self) -> Shares:
        """Along which axes, of what, how much, and up to which logits."""
        shape = self.shapes[self.coded]
        if self.constant.shape != shape:
            raise OtherKindError(f"to {shape} it answers {self.constant.shape}")
        axes = self.axes()
        own, others = self.stepped(axes)
        made, divided = self.shared(own, others) if axes else (self.alone(own), False)
        total = self.total(axes) if divided else None
        found = Shares(axes, made, total, divided, (), len(shape), tuple(own.tolist()))
        if not divided:
            return found
        self.confirm_shares(found)
        if total and total.one is None and self.is_largest_one(axes):
            return replace(found, made="exp(X - largest X)", divided=False)
        if made in _SHARED or not total or total.one is None:
            return found
        return replace(found, breaks=tuple(dict.fromkeys(self.breaks(found))))

    def given(self, logits: Array) -> Array:
        """The answers to logits."""
        return self.answer(**{self.coded: logits.astype(self.case.dtype)})

    def ones_but(self, place: tuple[int, ...], logit: float) -> Array:
        """Logits of 1, but for one of them."""
        logits = np.ones(self.constant.shape)
        logits[place] = logit
        return logits

    def axes(self) -> tuple[int, ...]:
        """The axes along which answers change with a logit."""
        usual = self.given(np.ones(self.constant.shape))
        first, last = (0,) * usual.ndim, tuple(n - 1 for n in usual.shape)
        changed = []
        for place in (first, last):
            seen = np.argwhere(self.given(self.ones_but(place, 2.0)) != usual)
            own = {axis for axis, column in enumerate(seen.T) if (column != place[axis]).any()}
            if not len(seen):
                raise OtherKindError(f"no answer was seen to change with the logit at {place}")
            changed.append(own)
        if changed[0] != changed[1]:
            raise OtherKindError("which answers change with a logit depends on its place")
        return tuple(sorted(changed[0]))

    def stepped(self, axes: tuple[int, ...]) -> tuple[Array, Array]:
        """What a logit gets that is off by each of STEPS from the others, and what another gets."""
        first = (0,) * self.constant.ndim
        other = tuple(int(axis in axes) for axis in range(self.constant.ndim))
        seen = [self.given(self.ones_but(first, 1 + step)) for step in STEPS]
        return np.array([one[first] for one in seen]), np.array([one[other] for one in seen])

    def alone(self, own: Array) -> str:
        """What each logit becomes by itself."""
        for name, meant in _ALONE.items():
            if self.near(own, meant(1 + STEPS)):
                return name
        raise OtherKindError("each answer depends on its own logit alone, in a way without a name")

    def shared(self, own: Array, others: Array) -> tuple[str, bool]:
        """What is made of a logit, as it is written, and whether it is divided by all of them."""
        with np.errstate(all="ignore"):
            ratio, difference = own / others, own - others
        rate = np.log(np.where(ratio > 0, ratio, np.nan)) / STEPS
        if self.near(rate, np.full(len(rate), rate[0]), 16):
            return _power(fraction_near(float(rate[0]), 64 * self.tolerance)), True
        if self.near(difference, STEPS, 16):
            return "log(exp(X) / sum of exp(X))", False
        for name, meant in _SHARED.items():
            if self.near(ratio, meant(1 + STEPS) / meant(np.ones(1))):
                return name, True
        raise OtherKindError(
            "of two logits that differ by 1 the larger one does not get 2.71828183 times as much, "
            f"but {ratio[5]:.9g} times, and of two that differ by 2 {ratio[6]:.9g} times"
        )

    def near(self, seen: Array, meant: Array, times: float = 4) -> bool:
        """Whether numbers are the same but for rounding."""
        with np.errstate(all="ignore"):
            near = np.abs(seen - meant) <= times * self.tolerance * np.abs(meant)
        return bool((near & np.isfinite(meant)).all())

    def total(self, axes: tuple[int, ...]) -> Total:
        """What all along some axes get together."""
        sums = [self.given(logits).sum(axis=axes).ravel() for logits in self.some()]
        every = np.concatenate(sums)
        if self.near(every, np.full(len(every), every[0])):
            one = fraction_near(float(every[0]), 4 * self.tolerance)
            return Total(one, one)
        return Total(None, float(every[np.abs(every - 1).argmax()]))

    def is_largest_one(self, axes: tuple[int, ...]) -> bool:
        """Whether what has the largest logit gets 1."""
        largest = [self.given(logits).max(axis=axes).ravel() for logits in self.some()]
        return bool((np.concatenate(largest) == 1).all())

    def some(self) -> list[Array]:
        """Logits by chance, of usual size."""
        return [self.numbers(seed)[self.coded].astype(np.float64) for seed in (2, 3, 4)]

    def breaks(self, found: Shares) -> Iterator[str]:
        """For which large logits answers are other ones than what was read says."""
        first = (0,) * self.constant.ndim
        last = tuple(n - 1 for n in self.constant.shape)
        where: dict[str, slice | int | tuple[int, ...]] = {
            "all logits are": slice(None),
            "the first logit is": first,
            "the last logit is": last,
            "all logits of the first example are": 0,
        }
        some = self.some()[0]
        for what, place in where.items():
            for side, sign in (("higher", 1), ("lower", -1)):
                for much in LARGE:
                    logits = some.copy()
                    logits[place] += sign * much
                    logits = logits.astype(self.case.dtype).astype(np.float64)
                    meant, seen = self.meant(found, logits), self.given(logits)
                    off = ~(np.abs(seen - meant) <= CLEARLY * meant + np.finfo(np.float32).tiny)
                    if off.any():
                        told = f"an answer is {seen[off][0]:.6g}, not {meant[off][0]:.6g}"
                        yield f"Where {what} {side} by {much:g}, {told}"
                        break

    def meant(self, found: Shares, logits: Array) -> Array:
        """The shares of logits by what was read, in proportion to powers."""
        rate = _RATES.get(found.made) or float(found.made[4:-2])
        largest = (rate * logits).max(axis=found.axes, keepdims=True)
        powers = np.exp(rate * logits - largest)
        total = (found.total and found.total.one) or 1.0
        return np.asarray(total * powers / powers.sum(axis=found.axes, keepdims=True))

    def confirm_shares(self, found: Shares) -> None:
        """Raises OtherKindError unless it answers to other logits as was read."""
        for logits in self.some():
            if found.made in _SHARED:
                meant = _SHARED[found.made](logits)
            else:
                meant = self.meant(found, logits)
            seen = self.given(logits)
            with np.errstate(all="ignore"):
                seen, meant = (a / a.sum(axis=found.axes, keepdims=True) for a in (seen, meant))
            if not self.near(seen, meant, 64):
                raise OtherKindError("the shares of several logits do not follow from those of two")


_RATES = {"exp(X)": 1.0, "exp(-X)": -1.0, "2^X": float(np.log(2))}  # of powers that are usual


def _power(rate: float) -> str:
    for name, known in _RATES.items():
        if abs(rate - known) < np.finfo(np.float32).eps:
            return name
    return f"exp({rate:.9g} X)"


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _series(x: Array) -> Array:
    return np.asarray(1 + x + x * x / 2)


def _exp_of_size(x: Array) -> Array:
    return np.asarray(np.exp(np.abs(x)))


_ALONE: Mapping[str, Callable[[Array], Array]] = {
    "exp(X)": np.exp,
    "1 / (1 + exp(-X))": _sigmoid,
    "X": np.positive,
}
_SHARED: Mapping[str, Callable[[Array], Array]] = {
    "X^2": np.square,
    "(1 + X + X^2 / 2)": _series,
    "exp(|X|)": _exp_of_size,
    "1 / (1 + exp(-X))": _sigmoid,
}


def share_sentences(right: Shares, yours: Shares) -> Iterator[str]:
    """In what sharing is done otherwise than it should be."""
    if not yours.axes:
        yield f"Each answer depends on its own logit alone: it is {yours.made}"
    elif yours.axes != right.axes:
        yield f"It shares out along {_axes(yours)}, not along {_axes(right)}"
    if yours.axes and yours.made != right.made:
        does = "Shares are in proportion to" if yours.divided else "The answer is"
        instead = f"{right.made}" if yours.divided else f"{right.made} divided by their sum"
        yield f"{does} {yours.made}, not {'to ' if yours.divided else ''}{instead}"
    if yours.total and right.total and yours.total != right.total:
        always = "" if yours.total.one is not None else ", and not always to the same number"
        yield f"The answers add up to {yours.total.seen:.9g}, not to 1{always}"
    yield from yours.breaks


def _axes(shares: Shares) -> str:
    if len(shares.axes) == shares.rank:
        return "all axes"
    if shares.axes == (shares.rank - 1,):
        return "the last axis"
    words = " and ".join(str(axis) for axis in shares.axes)
    return f"ax{'is' if len(shares.axes) == 1 else 'es'} {words}"


def plot_of_shares(right: Shares, yours: Shares) -> Plot:
    """What the first logit gets, by how far it is above the others, which are 1."""
    title = "Y of the first logit, by its logit, where all others are 1"
    seen = map(_without_rounding, (yours, right))
    return Plot(title, tuple((1 + STEPS).tolist()), *seen)


def _without_rounding(one: Shares) -> tuple[float, ...]:
    return tuple(float(f"{share:.6g}") for share in one.own)
