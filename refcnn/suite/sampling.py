"""Trying a property on many cases: counted ones, that any run repeats, and Hypothesis.

A property is a test of some `pick`, a source (low, high) -> integer. The counted
cases come from SplitMix64 by the name of the test, the seed and an index alone:
varied, cheap, the same everywhere. Hypothesis then looks for what they miss. A
failing counted case is made smaller choice by choice before it is shown.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any
from unittest import SkipTest
from zlib import crc32

from refcnn.suite.data import stream
from refcnn.suite.dialects import SetAsideError
from refcnn.suite.draw import Choices, Pick

MOST_PICKS = 256  # in one case
MOST_ROUNDS = 3  # as many cases as are wanted, where some are set aside
MOST_ATTEMPTS = 100  # to make a failing case smaller


@dataclass(frozen=True, slots=True)
class Profile:
    """How many cases of either kind a property is tried on."""

    counted: int
    explored: int


PROFILES = {
    "quick": Profile(8, 0),
    "standard": Profile(20, 0),  # the same cases for everybody, whatever is installed
    "tox": Profile(20, 40),
    "thorough": Profile(500, 2000),
}


class _Chosen:
    """The profile and seed of this run."""

    profile = PROFILES["standard"]
    seed: int | None = None


def use_profile(name: str, seed: int | None) -> None:
    """Choose how much to try. Without a seed of the user's, every run tries the same."""
    _Chosen.profile, _Chosen.seed = PROFILES[name], seed


@contextmanager
def trying(name: str, seed: int | None) -> Iterator[None]:
    """Choose how much to try for a while: other tests of the same run may have chosen otherwise."""
    before = _Chosen.profile, _Chosen.seed
    use_profile(name, seed)
    try:
        yield
    finally:
        _Chosen.profile, _Chosen.seed = before


def counted(name: str, index: int) -> Choices:
    """Source number `index` of a test; number 0 always picks the lowest."""
    if index == 0:
        return Choices([])
    origin = (crc32(name.encode()) << 32) + ((_Chosen.seed or 0) << 20) + index
    return Choices(stream(origin * 0x2545F4914F6CDD1D, MOST_PICKS).tolist())


def smaller(fails: Callable[[Choices], bool], failed: Choices) -> Choices:
    """Lower the choices of a failing case, one after another, as long as it still fails."""
    best, attempts, progress = failed, 0, True
    while progress:
        progress = False
        for place in range(len(best.made)):
            low, value = best.made[place] if place < len(best.made) else (0, 0)
            for lower in sorted({low, (low + value) // 2, value - 1} - {value}):
                if lower < low or attempts >= MOST_ATTEMPTS:
                    continue
                attempts += 1
                values = [v for _, v in best.made]
                candidate = Choices([*values[:place], lower, *values[place + 1 :]])
                if fails(candidate):
                    best, progress = candidate, True
                    break
    return best


def explored(test: Callable[..., None], *, times: int = 1, name: str = "") -> Callable[..., None]:
    """A check as a function without `pick`: it is run on many, `times` as many as the profile says.

    The counted cases follow from its name.
    """
    salt = name or f"test_{test.__name__}"
    test = _afresh(test)

    def run(**arguments: Any) -> None:
        aside: list[SetAsideError] = []

        def fails(pick: Choices) -> bool:
            try:
                test(pick=pick, **arguments)
            except SetAsideError as error:
                aside.append(error)
                return False
            except SkipTest:
                raise
            except Exception:  # noqa: BLE001 - whatever the test raises is its failure
                return True
            return False

        cases, index, judged = _Chosen.profile.counted * times, 0, 0
        while judged < cases and index < cases * MOST_ROUNDS:
            pick, before = counted(salt, index), len(aside)
            if fails(pick):
                smallest = smaller(fails, pick)
                test(pick=Choices([v for _, v in smallest.made]), **arguments)
                raise AssertionError("a case failed, but not when it was tried again")
            index, judged = index + 1, judged + (len(aside) == before)
        if cases and not judged:
            raise aside[0]  # it says nothing about any of them
        if _Chosen.profile.explored:
            _search(test)(**arguments)

    return run


def explore(test: Callable[..., None], *, times: int = 1) -> Any:
    """Decorator: run a test of pytest on many `pick`, `times` as many as the profile says."""
    run = wraps(test)(explored(test, times=times, name=test.__qualname__))
    signature = inspect.signature(test)
    others = [p for name, p in signature.parameters.items() if name != "pick"]
    run.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
    return run


def _afresh(test: Callable[..., None]) -> Callable[..., None]:
    """The test, before each try of which its subject, if there is one, is told so."""

    @wraps(test)
    def afresh(**arguments: Any) -> None:
        if begin := getattr(arguments.get("iut"), "begin", None):
            begin()
        test(**arguments)

    return afresh


def _search(test: Callable[..., None]) -> Callable[..., None]:
    """The test on what Hypothesis comes up with."""
    import hypothesis
    from hypothesis import strategies as st
    from hypothesis.errors import Unsatisfiable

    @st.composite
    def picks(draw: Callable[[Any], int]) -> Pick:
        return lambda low, high: low if low == high else draw(st.integers(low, high))

    search = hypothesis.settings(
        hypothesis.settings.get_profile("default"),  # not what somebody else's tests have loaded
        max_examples=_Chosen.profile.explored,
        deadline=None,  # speed is no property of correctness
        derandomize=_Chosen.seed is None,
        database=None,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    property_ = search(hypothesis.given(pick=picks())(_rejecting(test)))
    seeded = property_ if _Chosen.seed is None else hypothesis.seed(_Chosen.seed)(property_)

    @wraps(test)
    def searching(**arguments: Any) -> None:
        with suppress(Unsatisfiable):  # limits and dialects may leave next to nothing
            seeded(**arguments)

    return searching


def _rejecting(test: Callable[..., None]) -> Callable[..., None]:
    """The test, to which a case that is set aside is one that Hypothesis should not have made."""
    import hypothesis

    @wraps(test)
    def rejecting(**arguments: Any) -> None:
        try:
            test(**arguments)
        except SetAsideError:
            hypothesis.reject()

    return rejecting
