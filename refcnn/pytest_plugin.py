"""The specification under pytest: the implementation that is checked, and the markers.

Options: `--iut FILE` (default: refcnn's own operators), `--iut-profile`, `--iut-seed`. A
failure shows its card in place of a traceback.
"""

from pathlib import Path

import pytest

from refcnn.implementations.process import CouldNotStart
from refcnn.implementations.targets import python
from refcnn.implementations.trial import Result, Trial, reference, trial_of
from refcnn.reports.card import plain_card
from refcnn.suite.checks import Check
from refcnn.suite.clauses import clauses
from refcnn.suite.judge import Verdict
from refcnn.suite.sampling import PROFILES, use_profile

TRIAL = pytest.StashKey[Trial]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("refcnn", "the implementation under test")
    group.addoption("--iut", metavar="FILE", help="Python file to check (default: refcnn itself)")
    group.addoption(
        "--iut-profile", choices=list(PROFILES), default="tox", help="how many cases to try"
    )
    group.addoption("--iut-seed", type=int, help="explore other cases than the usual ones")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, set the number of cases, start the implementation."""
    config.addinivalue_line("markers", "clause(id): the clause that a test is about")
    config.addinivalue_line("markers", "own: about refcnn itself, not about an implementation")
    config.addinivalue_line("markers", "keras: needs TensorFlow")
    use_profile(config.getoption("--iut-profile"), config.getoption("--iut-seed"))
    if target := config.getoption("--iut"):
        if not Path(target).is_file():
            raise pytest.UsageError(f"--iut: there is no file {target}")
        try:
            iut = python(target)
            config.add_cleanup(iut.close)
            config.stash[TRIAL] = trial_of(iut)
        except CouldNotStart as error:
            raise pytest.UsageError(f"--iut: {target} cannot be checked: {error}") from None
    else:
        config.stash[TRIAL] = reference()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about refcnn itself only if it is asked; a clause that is named must be one."""
    left_out = [item for item in items if _left_out(item)] if config.getoption("--iut") else []
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    for item in items:
        marker = item.get_closest_marker("clause")
        if marker and marker.args[0] not in clauses():
            raise pytest.UsageError(f"{item.nodeid} names {marker.args[0]}, which is not a clause")


def _left_out(item: pytest.Item) -> bool:
    """Whether a test is about refcnn itself, or about an operator that few have, and not this."""
    check = getattr(item, "callspec", None) and item.callspec.params.get("check")  # type: ignore[attr-defined]
    beyond = isinstance(check, Check) and item.config.stash[TRIAL].lacks_what_goes_beyond(check)
    return bool(beyond or item.get_closest_marker("own"))


@pytest.fixture
def trial(request: pytest.FixtureRequest) -> Trial:
    """Who is tried, and what they offer."""
    return request.config.stash[TRIAL]


def tell(result: Result, trial: Trial) -> None:
    """A result as an outcome of pytest: a failure is its card."""
    if result.verdict is Verdict.ERROR and result.error:
        raise result.error
    if result.verdict is Verdict.FAIL and result.failure:
        card = plain_card(result.clause, result.failure, trial.statement)
        pytest.fail(card, pytrace=False)
    if result.verdict in (Verdict.SKIPPED, Verdict.NOT_IMPLEMENTED):
        pytest.skip(result.reason)
    if result.verdict is not Verdict.PASS:
        pytest.fail(f"{result.clause.id}: {result.reason}", pytrace=False)
