"""Functions in this process as an implementation under test: for mutants and variants."""

from collections.abc import Callable, Mapping
from typing import Any

from refcnn.iut.protocol import Statement
from refcnn.iut.python import PythonFunctions
from refcnn.spec.tensors import DTYPES


class LocalIUT(PythonFunctions):
    """Functions by name of operator, with a statement of what they offer."""

    def __init__(
        self,
        functions: Mapping[str, Callable[..., Any]],
        *,
        dtypes: tuple[str, ...] = DTYPES,
        algorithm: str = "direct",
    ) -> None:
        """State `dtypes` and `algorithm` for all of `functions`."""
        super().__init__(functions)
        self.statement = Statement("local", tuple(self.functions), dtypes, algorithm=algorithm)
