"""The explorer: counted cases repeat and vary, failures shrink, nothing is lost on the way."""

from collections import Counter
from unittest import SkipTest

import pytest

from refcnn.suite import sampling as exploring
from refcnn.suite.sampling import PROFILES, Choices, Profile, counted, explore, smaller


@pytest.fixture
def profile(monkeypatch):
    """Sets the numbers of cases for one test."""

    def choose(counted_cases, explored, seed=None):
        monkeypatch.setattr(exploring._Chosen, "profile", Profile(counted_cases, explored))
        monkeypatch.setattr(exploring._Chosen, "seed", seed)

    return choose


def draws(source, n=6):
    return [source(0, 99) for _ in range(n)]


def test_counted_cases_repeat_and_vary(profile):
    profile(1, 0)
    assert draws(counted("a", 3)) == draws(counted("a", 3))
    assert len({tuple(draws(counted(name, i))) for name in "ab" for i in range(1, 50)}) == 98
    assert draws(counted("a", 0)) == [0] * 6
    before = draws(counted("a", 3))
    profile(1, 0, seed=1)
    assert draws(counted("a", 3)) != before


def test_counted_cases_are_even():
    values = Counter(counted("even", i)(0, 4) for i in range(1, 1001))
    assert set(values) == {0, 1, 2, 3, 4}
    assert min(values.values()) > 150


def test_choices_stay_in_range():
    source = Choices([-5, 7, 10**30])
    assert all(2 <= source(2, 4) <= 4 for _ in range(5))
    assert source.made[3:] == [(2, 2), (2, 2)]


def test_a_failing_case_is_made_small(profile):
    profile(50, 0)
    seen = []

    @explore
    def property_(pick):
        a, b = pick(0, 1000), pick(0, 1000)
        seen.append((a, b))
        assert a < 17 or b < 5

    with pytest.raises(AssertionError):
        property_()
    assert seen[-1] == (17, 5)
    assert len(seen) < 50 + exploring.MOST_ATTEMPTS + 2


def test_the_search_ends():
    def fails(source):
        for _ in range(100):
            source(0, 10**9)
        return True

    start = Choices([10**9] * 100)
    fails(start)
    assert fails(smaller(fails, start))


def test_both_explorers_run(profile):
    profile(5, 7, seed=4)
    seen = []

    @explore
    def property_(pick, extra):
        seen.append((pick(0, 10**6), extra))

    property_(extra="given")
    assert len(seen) == 5 + 7
    assert {extra for _, extra in seen} == {"given"}


def test_hypothesis_finds_what_counting_missed(profile):
    profile(0, 200)

    @explore
    def property_(pick):
        assert pick(0, 10**6) != 1

    with pytest.raises(AssertionError):
        property_()


def test_a_failure_that_does_not_come_back_is_a_failure(profile):
    profile(3, 0)
    calls = []

    @explore
    def property_(pick):
        pick(0, 9)
        calls.append(1)
        assert len(calls) != 2

    with pytest.raises(AssertionError, match="not when it was tried again"):
        property_()


def test_a_skip_is_passed_on(profile):
    profile(3, 0)

    @explore
    def property_(pick):
        raise SkipTest("enough")

    with pytest.raises(SkipTest):
        property_()


def test_thorough_means_two_thousand():
    assert PROFILES["thorough"].explored >= 2000
