"""Running operators that are Python functions, with the signatures of the design.

Tensors are passed by position, attributes by name. A function is asked only for
what its signature can take; the rest is Missing.
"""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import numpy as np

from refcnn.harness.calls import CallError, NotExpressible
from refcnn.harness.exceptions import refusal
from refcnn.harness.unasked import without_unasked
from refcnn.suite.case import Answer, Case, Missing, Outcome, Rubbish
from refcnn.suite.operator import Operator
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
        there = {op: namespace[op] for op in OPERATORS if callable(namespace.get(op))}
        named = {op: function for op, function in there.items() if _is_meant(op, function)}
        self.functions: dict[str, Call] = {
            op: calls[op] if op in calls else by_name(named[op])
            for op in OPERATORS
            if op in calls or op in named
        }
        self.source = source
        self._stated = frozenset(calls)
        self._namespace = namespace
        self._last: list[tuple[Array, bytes]] = []

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
        return self._outcome(case, result, faults)

    def forget(self) -> None:
        """Ask the next question as if it were the first."""
        self._last = []

    def _outcome(self, case: Case, result: Any, faults: list[str]) -> Outcome:
        """Take an answer out of foreign hands: exact types, float dtypes, own memory.

        What has the name of an operator that goes beyond, and answers one array where that has
        several, is another function: a loss without its gradient, say.
        """
        known = record(case.operator)
        outputs = by_output(known, result)
        if isinstance(outputs, str):
            by_chance = known.extension and case.operator not in self._stated
            another = by_chance and isinstance(result, np.ndarray | np.floating | float)
            return Missing(f"it {outputs}") if another else Rubbish(outputs)
        for name in outputs.keys() & known.single:
            outputs[name] = of_one_number(outputs[name], case.dtype)
        for name, array in outputs.items():
            if wrong := no_output(array):
                return Rubbish(wrong if len(known.outputs) == 1 else f"{wrong}, as {name}")
        if any(array.tobytes() != before for array, before in self._last):
            faults.append("an earlier answer was changed")
        self._last = [(array, array.tobytes()) for array in outputs.values()]
        return Answer({name: native(array) for name, array in outputs.items()}, tuple(faults))


def by_output(known: Operator, result: Any) -> dict[str, Any] | str:
    """What a function has returned, by the names of the outputs, without None; or what is wrong.

    Several outputs come as a tuple in their order, or as a dict by their names.
    """
    names = known.answered
    if len(names) == 1:
        return {names[0]: result}
    named = {}
    if isinstance(result, Mapping) and {*result} <= {*names}:
        named = dict(result)
    elif isinstance(result, tuple | list) and len(result) == len(names):
        named = dict(zip(names, result))
    there = {name: named[name] for name in names if named.get(name) is not None}
    return there or f"returned {type(result).__name__}, not the arrays ({', '.join(names)})"


def of_one_number(value: Any, dtype: str) -> Any:
    """A number of NumPy or Python as an array without axes; what is none as it is.

    One of Python has no dtype, and so is taken for one of `dtype`.
    """
    if type(value) is float:
        return np.array(value, dtype)
    return np.array(value) if isinstance(value, np.float32 | np.float64) else value


def no_output(array: Any) -> str:
    """What is wrong with something that should be an array of numbers, or ""."""
    if type(array) is not np.ndarray:
        hint = "; array(...) in a stated call makes one" if isinstance(array, list) else ""
        return f"returned {type(array).__name__}, not numpy.ndarray{hint}"
    if array.dtype.char not in "fd":
        return f"returned an array of {array.dtype}, not of float32 or float64"
    if array.size > MOST_NUMBERS:
        return f"returned an array of shape {array.shape}, which is far too large"
    return ""


def native(array: Array) -> Array:
    """A copy in the byte order of the machine, row-major."""
    return array.astype(array.dtype.newbyteorder("="), order="C", copy=True)


def by_name(
    function: Callable[..., Any], known: dict[tuple[str, ...], "Plan"] | None = None
) -> Call:
    """A call of a function with the signature of the design.

    How it is called depends on the names of the arguments alone: `known` holds it by these,
    for functions that have one signature.
    """
    parameters = parameters_of(function)
    known = {} if known is None else known

    def call(case: Case, given: Mapping[str, Array]) -> Any:
        names = (*case.inputs, *case.attributes)
        if names not in known:
            known[names] = planned(parameters, case)
        plan = known[names]
        if plan.missing:
            raise NotExpressible(plan.missing)
        told = {**case.attributes, **given}
        named = {name: told[name] for name in plan.named}
        result = function(*[told[name] for name in plan.positional], **named)
        return without_unasked(record(case.operator), result, plan.lacks)

    return call


@dataclass(frozen=True, slots=True)
class Plan:
    """The names of the arguments that are passed by place and by name, or why it cannot be.

    lacks: inputs that the function has no place for.
    """

    positional: tuple[str, ...]
    named: tuple[str, ...]
    missing: str
    lacks: tuple[str, ...] = ()


def planned(parameters: "Parameters", case: Case) -> Plan:
    """How a function is called for all cases that have the same arguments."""
    positional, named = arguments(parameters, case)
    lacks = [name for name in record(case.operator).optional if not _takes(name, parameters, case)]
    return Plan(tuple(positional), tuple(named), cannot_take(parameters, case), tuple(lacks))


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
    """Why a signature has no place for an argument of the case, or "".

    That it takes anything says of no argument that goes beyond that it is heeded.
    """
    kinds, known = [p.kind for p in parameters.values()], record(case.operator)
    unnamed = set(case.attributes) - {*parameters, *known.required}
    if inspect.Parameter.VAR_KEYWORD in kinds:
        unnamed &= known.extensions.keys()
    for name in sorted(unnamed):
        near = get_close_matches(name, parameters, n=1, cutoff=0.5)
        hint = f"; is {near[0]!r} meant to be {name!r}?" if near else ""
        return f"it has no argument {name!r}{hint}"
    for name in known.optional:
        if name in case.inputs and not _takes(name, parameters, case):
            return f"it has no argument {name!r}"
    positional, named = arguments(parameters, case)
    try:
        inspect.Signature([*parameters.values()]).bind(*positional, **dict.fromkeys(named))
    except TypeError as error:
        return f"its signature does not fit: {error}"
    return ""


def _takes(optional: str, parameters: Parameters, case: Case) -> bool:
    """Whether there is a parameter of the name of a tensor, or one in its place that can be it."""
    every, known = [*parameters.values()], record(case.operator)
    if optional in parameters or any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in every):
        return True
    place = known.by_place.index(optional)
    there = [p for p in every if p.kind in _POSITIONAL][place : place + 1]
    named = [p for p in there if p.name.lower().startswith(optional[0])]
    unset = [p for p in there if p.default in (None, inspect.Parameter.empty)]
    attributes = [p for p in there if get_close_matches(p.name, known.arguments)]
    return bool(named or (unset and not attributes))


def _is_meant(operator: str, function: Any) -> bool:
    """Whether a function is the operator of its name: if few have that, by its parameters, too."""
    known = record(operator)
    return not known.extension or parameters_of(function).keys() >= {*known.required[1:]}


def _taken_otherwise(operator: str, function: Any) -> str:
    """That a function has the name of an operator that few have, and other parameters."""
    given, wanted = ", ".join(parameters_of(function)), ", ".join(record(operator).by_place)
    return f"{operator}({given}) does not take ({wanted}): `calls` can state how it is called"


def near_misses(
    namespace: Mapping[str, Any], found: Collection[str], operators: Sequence[str] = OPERATORS
) -> tuple[str, ...]:
    """Functions that may have been meant to be operators that were not `found`, as questions."""
    absent = [op for op in operators if op not in found]
    others = [op for op in absent if callable(namespace.get(op))]
    public = {n: o for n, o in namespace.items() if callable(o) and not n.startswith("_")}
    lowered = {name.lower().replace("_", ""): name for name in public}
    notes = [_taken_otherwise(operator, namespace[operator]) for operator in others]
    for operator in absent:
        key = operator.replace("_", "")
        near = [lowered[one] for one in get_close_matches(key, lowered, n=1, cutoff=0.75)]
        if near and near[0] not in OPERATORS and _is_meant(operator, public[near[0]]):
            notes.append(f"found {near[0]!r}; is it meant to be {operator!r}?")
    return tuple(notes)
