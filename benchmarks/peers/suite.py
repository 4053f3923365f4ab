"""What the peers have in common: unittest methods that meet a given operator in place of theirs."""

import io
import random
import time
import unittest
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.mutants import in_steps
from refcnn.suite.registry import OPERATORS

Function = Callable[..., Any]
Watch = Callable[..., Iterable[Any]]  # rich's track, or anything that passes items on


class UnlikeError(Exception):
    """A peer's test asks for what refcnn's operators do not have."""


@dataclass(frozen=True)
class Test:
    """One test method of a peer."""

    case: type[unittest.TestCase]
    method: str

    def passes(self) -> bool:
        """Run it, quietly, on the same random numbers every time."""
        result = unittest.TestResult()
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 - it is what the peers draw from
        with redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
            self.case(self.method).run(result)
        return result.wasSuccessful() and not result.skipped and not result.expectedFailures


class Suite:
    """A peer's suite. A test counts for an operator that it asks and that passes it unspoiled."""

    name: ClassVar[str]

    def __init__(self, watch: Watch) -> None:
        """Find the tests that count; `watch` shows how far that is."""
        self.plugged: dict[str, Function] = {}
        self.asked: set[str] = set()
        self.lacking: dict[str, str] = {}  # by operator: why its peer's own had to answer
        self.tests: dict[str, list[Test]] = {op: [] for op in OPERATORS}
        self.left_out = {op: Counter[str]() for op in OPERATORS}
        started = time.process_time()
        with warnings.catch_warnings(action="ignore"):  # of the making of cases
            candidates = self.candidates()
        for operators, test in watch(candidates, description=f"{self.name}: sound cases"):
            with self.plug({op: in_steps(op) for op in operators}):
                passes = test.passes()
            for op in operators:
                if passes and op in self.asked:
                    self.tests[op].append(test)
                elif op in self.asked or op in self.lacking:
                    self.left_out[op][self.lacking.get(op, "fails unspoiled")] += 1
        self.start_up = time.process_time() - started

    def candidates(self) -> list[tuple[tuple[str, ...], Test]]:
        """Tests, each with the operators that it may ask."""
        raise NotImplementedError

    @staticmethod
    def expresses(case: Case) -> bool:
        """Whether the peer's interface has words for a case."""
        raise NotImplementedError

    @contextmanager
    def plug(self, functions: dict[str, Function]) -> Iterator[None]:
        """Let tests meet these functions."""
        self.plugged, self.asked, self.lacking = functions, set(), {}
        yield
        self.plugged = {}

    def ask(self, operator: str, *tensors: Any, **attributes: Any) -> Any:
        """Ask the plugged function, on copies: the peers do not look at what becomes of inputs."""
        dtypes = {tensor.dtype.name for tensor in tensors if tensor is not None}
        if dtypes not in ({"float32"}, {"float64"}):
            raise UnlikeError("other dtypes")
        self.asked.add(operator)
        own = [None if t is None else np.array(t, order="C") for t in tensors]
        return self.plugged[operator](*own, **attributes)

    def kills(self, operator: str, function: Function) -> bool:
        """Whether any counted test fails; none is run after that."""
        with self.plug({operator: function}):
            return not all(test.passes() for test in self.tests[operator])

    def seconds(self, operator: str) -> float:
        """CPU time of all counted tests of an operator, unspoiled."""
        started = time.process_time()
        if self.kills(operator, in_steps(operator)):
            raise RuntimeError(f"{self.name} is not repeatable: {operator} failed without a fault")
        return time.process_time() - started


def nhwc(x: Any) -> Any:
    """NCHW as NHWC."""
    if x.ndim != 4:
        raise UnlikeError(f"{x.ndim - 2}-D images" if x.ndim in (3, 5) else f"rank {x.ndim}")
    return x.transpose(0, 2, 3, 1)


def nchw(y: Any) -> Any:
    """NHWC as NCHW."""
    return np.transpose(y, (0, 3, 1, 2))
