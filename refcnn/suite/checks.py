"""Checks: what must hold of an implementation, each a function registered under its clause.

They are asked in a plain loop (`run`), under pytest (`spec_tests`, `--iut`) and in other
libraries' tests (`refcnn.testing`): everywhere the same objects.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import chain, product
from typing import Any

from refcnn.suite.clauses import Clause, clauses
from refcnn.suite.context import Context
from refcnn.suite.registry import parts
from refcnn.suite.sampling import explored
from refcnn.suite.vector_files import public

# By their names: they are made of what is here.
OTHERS = ("refcnn.suite.common_checks", "refcnn.composed.checks")
WIDELY = 4  # times as many cases, for checks that everything comes together in

Function = Callable[..., None]  # of a context, of a source of integers, of other arguments


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """What must hold of one operator by one clause: a function, and what it is given."""

    clause: Clause
    operator: str
    function: Function
    arguments: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1  # how many times as many cases as the profile says; 0: it is asked once
    id: str = ""  # of its arguments
    golden: bool = False  # whether it asks frozen vectors

    @property
    def name(self) -> str:
        """What is shown: "the_kernel_slides_over_the_input"."""
        return self.function.__name__

    @property
    def full_name(self) -> str:
        """Its name, and that of its arguments in brackets."""
        return f"{self.name}[{self.id}]" if self.id else self.name

    @property
    def test(self) -> str:
        """The name of the test that it is in the tests of a library."""
        return (
            "test_golden" if self.golden else f"test_{self.clause.id}_{self.name}".replace("-", "_")
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """What may name it there, the most telling first."""
        one = (f"{self.test}[{self.id}]",) if self.id else ()
        return (*one, self.test, f"{self.clause.id}/{self.operator}", self.clause.id)

    def run(self, iut: Context) -> None:
        """Ask and judge; raises what the context raises, or whatever goes wrong."""
        if self.times:
            explored(self.function, times=self.times)(iut=iut, **self.arguments)
        else:
            self.function(iut, **self.arguments)


def registering(found: list[Check]) -> Callable[..., Callable[[Function], Function]]:
    """A decorator (clause, times, each) that enters checks in `found`.

    There is one for each operator of the clause, and for each value of an argument in `each`
    (name: values). A function with the parameter `operator` is told it.
    """

    def check(
        clause: str, *, times: int = 1, each: Mapping[str, Iterable[Any]] | None = None
    ) -> Callable[[Function], Function]:
        def enter(function: Function) -> Function:
            found.extend(_of(function, clauses()[clause], times, each or {}))
            return function

        return enter

    return check


def _of(
    function: Function, clause: Clause, times: int, each: Mapping[str, Iterable[Any]]
) -> Iterator[Check]:
    told = "operator" in inspect.signature(function).parameters
    for operator in clause.operators:
        for values in product(*each.values()):
            given = dict(zip(each, values))
            names = [operator, *map(str, values)] if told else [*map(str, values)]
            arguments = {**given, "operator": operator} if told else given
            yield Check(clause, operator, function, arguments, times, "-".join(names))


def the_golden_vectors(iut: Context, *, name: str, operator: str) -> None:
    """All vectors that are evidence of a clause."""
    iut.passes(operator, iut.vectors(operator, name))


VECTORS = the_golden_vectors.__name__  # what the names of their checks begin with


def of_vectors() -> Iterator[Check]:
    """A check for each clause and operator that there are vectors of."""
    asked = {(c, v.operator) for vs in public().values() for v in vs for c in v.question.clauses}
    for name, operator in sorted(asked):
        given = {"name": name, "operator": operator}
        yield Check(
            clauses()[name],
            operator,
            the_golden_vectors,
            given,
            0,
            f"{name}-{operator}",
            golden=True,
        )


@cache
def checks() -> tuple[Check, ...]:
    """Every check: of vectors first, in the order of the clauses, what must be refused last."""
    others = [import_module(module).CHECKS for module in OTHERS]
    found = [*of_vectors(), *chain(*parts("checks")), *chain(*others)]
    order = {name: place for place, name in enumerate(clauses())}
    return tuple(sorted(found, key=lambda c: (c.clause.refusal, not c.golden, order[c.clause.id])))
