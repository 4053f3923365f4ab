"""Every check of the specification: on refcnn's own operators, or on those of --iut FILE.

The checks lie with the operators that they are about: `refcnn/operators/*/checks.py`.
"""

import pytest

from refcnn.implementations.trial import attempt
from refcnn.pytest_plugin import tell
from refcnn.suite.checks import checks


@pytest.mark.parametrize(
    "check", checks(), ids=lambda check: f"{check.clause.id}-{check.full_name}"
)
def test_conformance(trial, check):
    tell(attempt(check, trial), trial)
