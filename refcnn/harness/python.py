"""Running operators that are Python functions, with the signatures of the design.

Tensors are passed by position, attributes by name. A function is asked only for
what its signature can take; the rest is Missing.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import numpy as np

from refcnn.harness.calls import CallError, NotExpressible
from refcnn.harness.exceptions import refusal
from refcnn.suite.case import Case, Missing, Outcome, Rubbish, Tensor
from refcnn.suite.registry import OPERATORS, record
from refcnn.suite.tensors import Array

MOST_NUMBERS = 200_000  # in an answer; no case needs a tenth of it

Call = Callable[[Case, Mapping[str, Array]], Any]  # of the case and the tensors to be passed
NONE: Mapping[str, Call] = MappingProxyType({})

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class PythonFunctions:
    """The operators found among named objects, run in this process."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        source: str = "",
        calls: Mapping[str, Call] = NONE,
    ) -> None:
        """Take what is named after an operator from `namespace`; `source` is its file.

        Operators in `calls` are called by these.
        """
        named = {op: namespace[op] for op in OPERATORS if callable(namespace.get(op))}
        self.functions: dict[str, Call] = {
            op: calls[op] if op in calls else by_name(named[op])
            for op in OPERATORS
            if op in calls or op in named
        }
        self.source = source
        self._namespace = namespace
        self._last: tuple[Array, bytes] | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Functions that may have been meant to be operators, as questions."""
        return near_misses(self._namespace, self.functions)

    def run(self, case: Case) -> Outcome:
        """Ask one question; exceptions and side effects are part of the outcome."""
        function = self.functions.get(case.operator)
        if function is None:
            return Missing(f"there is no function {case.operator}")
        given = {name: laid_out(t, case.memory) for name, t in case.inputs.items()}
        try:
            result = function(case, given)
        except (NotExpressible, CallError) as error:
            return Missing(str(error))
        except BaseException as error:  # noqa: BLE001 - SystemExit too is an outcome, not ours
            return refusal(error, self.source)
        faults = [
            f"{name} was changed"
            for name, tensor in case.inputs.items()
            if given[name].shape != tensor.shape or given[name].tobytes() != tensor.tobytes()
        ]
        return self._outcome(result, faults)

    def forget(self) -> None:
        """Ask the next question as if it were the first."""
        self._last = None

    def _outcome(self, result: Any, faults: list[str]) -> Outcome:
        """Take an answer out of foreign hands: exact type, float dtype, own memory."""
        if type(result) is not np.ndarray:
            hint = "; array(...) in a stated call makes one" if isinstance(result, list) else ""
            return Rubbish(f"returned {type(result).__name__}, not numpy.ndarray{hint}")
        if result.dtype.char not in "fd":
            return Rubbish(f"returned an array of {result.dtype}, not of float32 or float64")
        if result.size > MOST_NUMBERS:
            return Rubbish(f"returned an array of shape {result.shape}, which is far too large")
        if self._last and self._last[0].tobytes() != self._last[1]:
            faults.append("an earlier answer was changed")
        self._last = result, result.tobytes()
        native = result.astype(result.dtype.newbyteorder("="), order="C", copy=True)
        return Tensor(native, tuple(faults))


def by_name(function: Callable[..., Any]) -> Call:
    """A call of a function with the signature of the design."""
    parameters = parameters_of(function)
    known: dict[tuple[str, ...], Plan] = {}  # by names of arguments, on which alone it depends

    def call(case: Case, given: Mapping[str, Array]) -> Any:
        names = (*case.inputs, *case.attributes)
        if names not in known:
            known[names] = planned(parameters, case)
        plan = known[names]
        if plan.missing:
            raise NotExpressible(plan.missing)
        told = {**case.attributes, **given}
        named = {name: told[name] for name in plan.named}
        return function(*[told[name] for name in plan.positional], **named)

    return call


@dataclass(frozen=True, slots=True)
class Plan:
    """The names of the arguments that are passed by place and by name, or why it cannot be."""

    positional: tuple[str, ...]
    named: tuple[str, ...]
    missing: str


def planned(parameters: "Parameters", case: Case) -> Plan:
    """How a function is called for all cases that have the same arguments."""
    positional, named = arguments(parameters, case)
    return Plan(tuple(positional), tuple(named), cannot_take(parameters, case))


def laid_out(tensor: Array, memory: str) -> Array:
    """A copy of a tensor that lies in memory as asked."""
    if memory == "fortran":
        return tensor.copy(order="F")
    if memory == "strided":
        return np.repeat(tensor, 2, axis=-1)[..., ::2]
    own = tensor.copy()
    own.flags.writeable = memory != "read-only"
    return own


Parameters = Mapping[str, inspect.Parameter]


def parameters_of(function: Any) -> Parameters:
    """Parameters of a callable; anything goes where it does not tell."""
    try:
        return inspect.signature(function).parameters
    except Exception:  # noqa: BLE001 - a foreign object may raise whatever it likes
        return inspect.signature(lambda *_args, **_named: None).parameters


def arguments(parameters: Parameters, case: Case) -> tuple[list[str], list[str]]:
    """Names of the arguments: attributes are passed by name, the rest by place where possible."""
    known = record(case.operator)
    order = known.by_place
    given = {*case.inputs, *case.attributes}
    first = [name for name in order if name in given]
    named = [name for name in known.arguments if name in given and name not in order]
    places = [name for name, p in parameters.items() if p.kind in _POSITIONAL]
    for place, name in enumerate(order):
        elsewhere = name in parameters and places[place : place + 1] != [name]
        if elsewhere and name in first and name not in known.needed_tensors:
            first.remove(name)
            named.append(name)
    return first, named


def cannot_take(parameters: Parameters, case: Case) -> str:
    """Why a signature has no place for an argument of the case, or ""."""
    kinds = [p.kind for p in parameters.values()]
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for name in sorted(set(case.attributes) - {*parameters, *record(case.operator).required}):
            near = get_close_matches(name, parameters, n=1, cutoff=0.5)
            hint = f"; is {near[0]!r} meant to be {name!r}?" if near else ""
            return f"it has no argument {name!r}{hint}"
    if "bias" in case.inputs and not _takes_bias(parameters):
        return "it has no argument 'bias'"
    positional, named = arguments(parameters, case)
    try:
        inspect.Signature([*parameters.values()]).bind(*positional, **dict.fromkeys(named))
    except TypeError as error:
        return f"its signature does not fit: {error}"
    return ""


def _takes_bias(parameters: Parameters) -> bool:
    """Whether there is a `bias`, or a third positional argument that can be one."""
    every = [*parameters.values()]
    if "bias" in parameters or any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in every):
        return True
    third = [p for p in every if p.kind in _POSITIONAL][2:3]
    named = [p for p in third if p.name.lower().startswith("b")]
    unset = [p for p in third if p.default in (None, inspect.Parameter.empty)]
    attributes = [p for p in third if get_close_matches(p.name, ("strides", "padding"))]
    return bool(named or (unset and not attributes))


def near_misses(namespace: Mapping[str, Any], found: Collection[str]) -> tuple[str, ...]:
    """Functions that may have been meant to be operators that were not `found`, as questions."""
    absent = [op for op in OPERATORS if op not in found]
    public = {n: o for n, o in namespace.items() if callable(o) and not n.startswith("_")}
    lowered = {name.lower().replace("_", ""): name for name in public}
    notes = []
    for operator in absent:
        key = operator.replace("_", "")
        near = get_close_matches(key, lowered, n=1, cutoff=0.75)
        if near and lowered[near[0]] not in OPERATORS:
            notes.append(f"found {lowered[near[0]]!r}; is it meant to be {operator!r}?")
    return tuple(notes)
