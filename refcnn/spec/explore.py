"""Hypothesis as the source of integers that cases are made from."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refcnn.spec.cases.draw import Pick

EXAMPLES = {"quick": 5, "standard": 10, "thorough": 2000}


@st.composite
def picks(draw: Callable[[Any], int]) -> Pick:
    """A source of integers that Hypothesis chooses, and shrinks on failure."""
    return lambda low, high: low if low == high else draw(st.integers(low, high))


explore: Any = given(pick=picks())
"""Decorator: run a test for many `pick`, shrinking towards small integers on failure."""


def explore_widely(test: Any) -> Any:
    """Like `explore`, on five times as many: for the tests that everything comes together in."""
    return settings(max_examples=5 * settings().max_examples)(explore(test))


def use_profile(name: str, *, seeded: bool) -> None:
    """Set the number of examples. Without a seed of the user's, every run explores the same."""
    settings.register_profile(
        "refcnn",
        max_examples=EXAMPLES[name],
        deadline=None,  # speed is no property of correctness
        derandomize=not seeded,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("refcnn")
