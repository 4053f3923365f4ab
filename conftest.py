"""Loads the suite's plugin for pytest runs in this repository."""

import signal
from collections.abc import Generator

import pytest

pytest_plugins = ["refcnn.pytest_plugin"]

# Where pytest runs in the background, SIGINT is ignored, also by what it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Long tests of the whole, of which no line needs to be counted: counting doubles their time.
UNCOUNTED = {
    "test_alternatives",
    "test_cards",
    "test_courses",
    "test_dialects",
    "test_exactness",
    "test_kinds",
    "test_model_mutants",
    "test_mutants",
    "test_new_operator",
    "test_other_languages",
    "test_readme",
    "test_right_but_different",
    "test_right_code",
    "test_statement_fuzz",
    "test_terms",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take the long tests out of the measurement of coverage."""
    for item in items:
        if item.path.stem in UNCOUNTED:
            item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool | None, bool | None]:
    """Processes that such a test starts are not counted, either."""
    if not item.get_closest_marker("no_cover"):
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        return (yield)
