"""Functions in this process as an implementation under test: mutants, alternatives, test-suites."""

from collections.abc import Callable, Mapping
from typing import Any

from refcnn.harness.python import PythonFunctions
from refcnn.harness.statement import checked, statement
from refcnn.implementations import layouts
from refcnn.suite.case import Case, Outcome
from refcnn.suite.tensors import DTYPES


class LocalIUT(PythonFunctions):
    """Functions by name of operator, with a statement of what they offer."""

    def __init__(
        self,
        functions: Mapping[str, Callable[..., Any]],
        *,
        dtypes: tuple[str, ...] = DTYPES,
        **stated: Any,
    ) -> None:
        """State `dtypes` and other members of the statement for all of `functions`."""
        super().__init__(functions)
        own = {"name": "local", "operators": [*self.functions], "dtypes": dtypes, **stated}
        self.statement = statement(checked(own, "the statement"))

    def run(self, case: Case) -> Outcome:
        """Ask one question, in the stated layouts."""
        outcome = super().run(layouts.asked(case, self.statement))
        return layouts.answered(case, outcome, self.statement)
