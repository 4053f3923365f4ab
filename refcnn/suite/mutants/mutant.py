"""A mutant: an operator with a mistake in it, a sentence about it, and the clause it violates."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from refcnn.suite.registry import part, record
from refcnn.suite.steps import Call, Hook, Hooks, Steps
from refcnn.suite.tensors import Array


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """A small deliberately wrong implementation of one operator."""

    operator: str
    name: str  # unique within the operator: "kernel-rotated"
    clause: str
    sentence: str  # what a student is told: "The kernel is rotated by 180 degrees: ..."
    hooks: Hooks
    parts: tuple["Mutant", ...] = ()  # of a composed one: the single mistakes

    @property
    def id(self) -> str:
        """Operator and name: "conv2d/kernel-rotated"."""
        return f"{self.operator}/{self.name}"

    def build(self) -> Callable[..., Array]:
        """A fresh function with the operator's signature, its memory empty."""
        return in_steps(self.operator, self.hooks)


def in_steps(operator: str, hooks: Hooks | None = None) -> Callable[..., Array]:
    """The operator in steps, as a function; right if there are no hooks."""
    known = record(operator)
    places, defaults, steps = known.by_place, known.defaults, steps_of(operator)
    memory: dict[Any, Any] = {}

    def function(*arguments: Any, **named: Any) -> Array:
        asked = {**dict(zip(places, arguments)), **named}
        given = {**defaults, **asked, "names": tuple(asked)}
        with np.errstate(all="ignore"):
            return steps(Call(hooks or {}, memory, given))

    function.__name__ = operator
    function.__signature__ = _signature(operator)  # type: ignore[attr-defined]
    function.memory = memory  # type: ignore[attr-defined]
    return function


@cache
def _signature(operator: str) -> Signature:
    """The names of all arguments, none of which need be given: steps say what is missing."""
    known = record(operator)
    by_name = [name for name in known.arguments if name not in known.by_place]
    placed = [Parameter(n, Parameter.POSITIONAL_OR_KEYWORD, default=None) for n in known.by_place]
    named = [Parameter(n, Parameter.KEYWORD_ONLY, default=None) for n in by_name]
    return Signature([*placed, *named])


def steps_of(operator: str) -> Steps:
    """An operator as a function of a call."""
    found: Steps = part(operator, "steps")
    return found


def mutant(operator: str, name: str, clause: str, sentence: str, **hooks: Hook) -> Mutant:
    """A single mistake: for each step that it spoils, (right value, call) -> wrong value.

    The step "y" is the answer; of several outputs, the first.
    """
    answered = record(operator).answered[0]
    named = {answered if step == "y" else step: (hook,) for step, hook in hooks.items()}
    return Mutant(operator, name, clause, sentence, named)


def of(operator: str) -> Callable[..., Mutant]:
    """`mutant` for one operator."""
    return partial(mutant, operator)


def compose(mutants: Iterable[Mutant]) -> Mutant:
    """Several mistakes in one implementation, in the order given."""
    parts = tuple(mutants)
    hooks: dict[str, tuple[Hook, ...]] = {}
    for mistake in parts:
        for step, own in mistake.hooks.items():
            hooks[step] = (*hooks.get(step, ()), *own)
    first = parts[0]
    return Mutant(
        first.operator,
        "+".join(part.name for part in parts),
        first.clause,
        " And: ".join(part.sentence for part in parts),
        hooks,
        parts,
    )
