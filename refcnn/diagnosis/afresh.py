"""Mutants that are asked many questions: built once, and without a memory if that is wanted.

To build one and to find out how it is called takes longer than an answer.
"""

from functools import cache

from refcnn.harness.python import Plan, PythonFunctions, by_name
from refcnn.suite.case import Case, Outcome
from refcnn.suite.mutants import Mutant


class AskedMutant:
    """A mutant that is asked questions."""

    def __init__(self, mutant: Mutant) -> None:
        """Build it, once."""
        self._function = mutant.build()
        self._functions = PythonFunctions({mutant.operator: self._function})
        self._functions.functions[mutant.operator] = by_name(
            self._function, _plans(mutant.operator)
        )

    def run(self, case: Case) -> Outcome:
        """The answer to a question that follows on those before it."""
        return self._functions.run(case)

    def alone(self, case: Case) -> Outcome:
        """The answer to a question, as if it were the first."""
        self.forget()
        return self.run(case)

    def forget(self) -> None:
        """Ask the next question as if it were the first."""
        self._function.memory.clear()  # type: ignore[attr-defined]
        self._functions.forget()


@cache
def _plans(_: str) -> dict[tuple[str, ...], Plan]:
    """How mutants of an operator are called: all have one signature."""
    return {}


single = cache(AskedMutant)  # for single mistakes, of which there are some hundreds


def without_mistake(operator: str) -> Mutant:
    """The operator by the route of all mutants, and nothing wrong with it."""
    return Mutant(operator, "", "", "", {})


@cache
def right(operator: str) -> AskedMutant:
    """The same, to be asked questions."""
    return AskedMutant(without_mistake(operator))
