"""An implementation under test in somebody else's pytest run: asked, judged, told by outcomes.

Everything that a run could share with other tests (warnings, NumPy's error state, how
much is tried) is set for the length of one test and put back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from refcnn.harness.python import Call
from refcnn.harness.sources import Source
from refcnn.harness.statement import checked, statement
from refcnn.harness.worker import started
from refcnn.implementations import layouts
from refcnn.implementations.process import CouldNotStart
from refcnn.implementations.trial import Stated, Trial, attempt, trial_of, undisturbed
from refcnn.pytest_plugin import tell
from refcnn.suite.case import Case, Outcome
from refcnn.suite.checks import Check
from refcnn.suite.judge import Verdict
from refcnn.suite.registry import OPERATORS
from refcnn.suite.sampling import trying
from refcnn.suite.tensors import Array


class InProcess:
    """Functions of this process as an implementation, with its statement."""

    def __init__(self, implementation: Any, said: Mapping[str, Any]) -> None:
        """Find the operators of a module, mapping or object; raises ValueError."""
        names = names_of(implementation)
        name = getattr(implementation, "__name__", type(implementation).__name__)
        source = Source(name, getattr(implementation, "__file__", None) or "", names)
        self._functions, told = started(source, said)
        self.statement = statement(checked(told, "the statement"))
        if not self.statement.operators:
            lack = f"{name} has no function that is named after an operator"
            raise ValueError("; ".join([lack, ", ".join(OPERATORS), *self.statement.notes]))
        self._stopped: BaseException | None = None
        calls = self._functions.functions
        calls.update({operator: self._watched(call) for operator, call in calls.items()})

    def run(self, case: Case) -> Outcome:
        """Ask one question, in the stated layouts."""
        outcome = self._functions.run(layouts.asked(case, self.statement))
        if self._stopped is not None:
            stopped, self._stopped = self._stopped, None
            raise stopped
        return layouts.answered(case, outcome, self.statement)

    def _watched(self, call: Call) -> Call:
        """A call of which Ctrl-C and pytest's own exceptions are no outcome."""

        def watched(case: Case, given: Mapping[str, Array]) -> Any:
            try:
                return call(case, given)
            except (Exception, SystemExit):
                raise
            except BaseException as error:
                self._stopped = error
                raise

        return watched


def names_of(implementation: Any) -> Mapping[str, Any]:
    """What a module, mapping or object defines."""
    if isinstance(implementation, Mapping):
        return implementation
    if isinstance(implementation, ModuleType):  # which may make operators when they are named
        found = {op: getattr(implementation, op, None) for op in OPERATORS}
        return {**vars(implementation), **{op: f for op, f in found.items() if f}}
    public = (name for name in dir(implementation) if not name.startswith("_"))
    return {name: getattr(implementation, name, None) for name in public}


@dataclass(slots=True)
class Library:
    """An implementation, started when the first test asks, and what its author says of it."""

    name: str
    start: Callable[[], Stated]
    required: tuple[str, ...]  # operators
    reasons: Mapping[str, str]  # by key of a check: why it is expected to fail
    profile: str
    seed: int | None
    trial: Trial | None = None
    notes: tuple[str, ...] = ()
    trouble: str = ""

    def judge(self, check: Check, request: pytest.FixtureRequest) -> None:
        """Make a check; how it went is told by an outcome of pytest's."""
        with undisturbed(), trying(self.profile, self.seed):
            trial = self._tried(request.node)
            self._give_up(check, trial)
            result = attempt(check, trial)
        reason = self._reason(check, request)
        if reason and result.verdict is Verdict.PASS:
            key = next(key for key in check.keys if key in self.reasons)
            others = "" if key == check.keys[0] else ", or name only the tests that fail"
            told = f"{check.clause.id} holds here, but xfails names {key} ({reason})"
            pytest.fail(f"{told}: take it out{others}", pytrace=False)
        if reason and result.verdict is Verdict.FAIL:
            pytest.xfail(reason)
        tell(result, trial)

    def _reason(self, check: Check, request: pytest.FixtureRequest) -> str:
        """Why a check is expected to fail, or ""."""
        if request.config.getoption("runxfail"):
            return ""
        return next((self.reasons[key] for key in check.keys if key in self.reasons), "")

    def _tried(self, node: pytest.Item) -> Trial:
        """Start the implementation, unless it runs, and find out what it offers."""
        if self.trial is None and not self.trouble:
            try:
                iut = self.start()
                if close := getattr(iut, "close", None):
                    module = node.getparent(pytest.Module) or node.session
                    module.addfinalizer(lambda: self._end(close))
                self.trial, self.notes = trial_of(iut), iut.statement.notes
                if not self.trial.offer.features:
                    self.trouble = f"{self.name} offers none of the operators"
            except CouldNotStart as error:
                self.trouble = f"{self.name} could not be started: {error}"
        if self.trouble or self.trial is None:
            pytest.fail(self.trouble, pytrace=False)
        return self.trial

    def _end(self, close: Callable[[], None]) -> None:
        """End the process; whichever test comes later starts it anew."""
        self.trial = None
        close()

    def _give_up(self, check: Check, trial: Trial) -> None:
        """Skip what does not apply; fail for an operator that was asked for by name."""
        operator = check.operator
        if operator != "model" and operator not in trial.offer.features:
            refused = operator in trial.offer.reasons
            hints = [f" ({note})" for note in self.notes if repr(operator) in note]
            lack = f"there is no function {operator}{''.join(hints)}"
            lack = f"{operator} raised NotImplementedError" if refused else lack
            if operator in self.required:
                pytest.fail(f"operators names {operator}, but {lack}", pytrace=False)
            pytest.skip(lack)
