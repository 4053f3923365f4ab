"""Functions of ours held against an assignment, in process: mutants, alternatives, lazy ones."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from refcnn.diagnosis.kills import asked
from refcnn.grading.answers import Answered, ask
from refcnn.grading.cases import Setup
from refcnn.grading.marking import Marking
from refcnn.grading.report import Item
from refcnn.harness.python import PythonFunctions
from refcnn.harness.statement import Statement
from refcnn.suite.case import Case, Outcome
from refcnn.suite.registry import record
from refcnn.suite.vectors import Vector

Function = Callable[..., Any]
STANDARD = Statement("ours", ())  # they have the layouts of the specification


def _raises(*_: Any, **__: Any) -> None:
    raise ValueError("always")


LAZY: Mapping[str, Function] = {
    "raises an exception": _raises,
    "returns None": lambda *_, **__: None,
    "returns its input": lambda x, *_, **__: x,
    "returns zeros": lambda x, *_, **__: np.zeros_like(x),
}


def _answers(function: Function, operator: str, vectors: Sequence[Vector]) -> Sequence[Answered]:
    functions = PythonFunctions({operator: function})

    def run(cases: Sequence[Case]) -> list[Outcome]:
        return [asked(functions.run, case) for case in cases]

    with np.errstate(all="ignore"):
        return ask(vectors, STANDARD, run)


class Bench:
    """Marks functions; operators that are not given are answered by the reference, once."""

    def __init__(self, setup: Setup) -> None:
        """Ask the reference all private cases."""
        self.setup = setup
        self._right = {op: self.answers(op, record(op).reference) for op in setup.private}

    def answers(self, operator: str, function: Function) -> Sequence[Answered]:
        """What a function answers to the private cases of an operator, each judged."""
        return _answers(function, operator, self.setup.private[operator])

    def beside(self, operator: str, function: Function) -> Sequence[Answered]:
        """The same for all cases, also for those that no item asks for."""
        return _answers(function, operator, self.setup.every[operator])

    def items(self, answers: Mapping[str, Sequence[Answered]]) -> tuple[Item, ...]:
        """The items as they are marked with some answers in place of the reference's."""
        return Marking(self.setup, {**self._right, **answers}, {}).mark(lambda _: None)
