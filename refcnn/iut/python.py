"""Running operators that are Python functions, with the signatures of the design.

Tensors are passed by position, attributes by name. A function is asked only for
what its signature can take; the rest is Missing.
"""

import inspect
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

import numpy as np

from refcnn.spec.case import OPERATORS, SIGNATURES, Case, Missing, Outcome, Refusal, Rubbish, Tensor
from refcnn.spec.tensors import DTYPES, Array

MOST_NUMBERS = 10_000_000  # in an answer; no case needs a hundredth of it

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class PythonFunctions:
    """The operators found among named objects, run in this process."""

    def __init__(self, namespace: Mapping[str, Any], source: str = "") -> None:
        """Take what is named after an operator from `namespace`; `source` is its file."""
        self.functions = {op: namespace[op] for op in OPERATORS if callable(namespace.get(op))}
        self.source = source
        self.notes = near_misses(namespace)
        self._last: tuple[Array, bytes] | None = None

    def run(self, case: Case) -> Outcome:
        """Ask one question; exceptions and side effects are part of the outcome."""
        function = self.functions.get(case.operator)
        if function is None:
            return Missing(f"there is no function {case.operator}")
        arguments = {name: laid_out(t, case.memory) for name, t in case.inputs.items()}
        if missing := cannot_take(function, case):
            return Missing(missing)
        tensors = [arguments.get(name) for name in SIGNATURES[case.operator][0]]
        while tensors and tensors[-1] is None:
            tensors.pop()
        positional, named = tensors, dict(case.attributes)
        if "pool_size" in named:
            positional = [*tensors, named.pop("pool_size")]
        try:
            result = function(*positional, **named)
        except BaseException as error:  # noqa: BLE001 - SystemExit too is an outcome, not ours
            return Refusal(type(error).__name__, str(error), line_of(error, self.source))
        faults = [
            f"{name} was changed"
            for name, tensor in case.inputs.items()
            if arguments[name].tobytes() != tensor.tobytes()
        ]
        return self._outcome(result, faults)

    def _outcome(self, result: Any, faults: list[str]) -> Outcome:
        """Take an answer out of foreign hands: exact type, float dtype, own memory."""
        if type(result) is not np.ndarray:
            return Rubbish(f"returned {type(result).__name__}, not numpy.ndarray")
        if result.dtype.name not in DTYPES:
            return Rubbish(f"returned an array of {result.dtype}, not of float32 or float64")
        if result.size > MOST_NUMBERS:
            return Rubbish(f"returned an array of shape {result.shape}, which is far too large")
        if self._last and self._last[0].tobytes() != self._last[1]:
            faults.append("an earlier answer was changed")
        self._last = result, result.tobytes()
        native = result.astype(result.dtype.newbyteorder("="), order="C", copy=True)
        return Tensor(native, tuple(faults))


def laid_out(tensor: Array, memory: str) -> Array:
    """A copy of a tensor that lies in memory as asked."""
    if memory == "fortran":
        return tensor.copy(order="F")
    if memory == "strided":
        return np.repeat(tensor, 2, axis=-1)[..., ::2]
    own = tensor.copy()
    own.flags.writeable = memory != "read-only"
    return own


def cannot_take(function: Any, case: Case) -> str:
    """Why the signature of `function` has no place for an argument of the case, or ""."""
    parameters = _parameters(function)
    if parameters is None:
        return ""  # built in: it will say so itself
    kinds = [p.kind for p in parameters.values()]
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for name in sorted(set(case.attributes) - set(parameters) - {"pool_size"}):
            near = get_close_matches(name, parameters, n=1, cutoff=0.5)
            hint = f"; is {near[0]!r} meant to be {name!r}?" if near else ""
            return f"it has no argument {name!r}{hint}"
    if "bias" in case.inputs and not _takes_bias([*parameters.values()]):
        return "it has no argument 'bias'"
    return ""


def _takes_bias(parameters: Sequence[inspect.Parameter]) -> bool:
    """Whether the third positional argument can be a bias: `bias`, `b`, or without a value."""
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return True
    third = [p for p in parameters if p.kind in _POSITIONAL][2:3]
    named = [p for p in third if p.name.lower().startswith("b")]
    unset = [p for p in third if p.default in (None, inspect.Parameter.empty)]
    attributes = [p for p in third if get_close_matches(p.name, ("strides", "padding"))]
    return bool(named or (unset and not attributes))


@cache
def _parameters(function: Any) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None


def near_misses(namespace: Mapping[str, Any]) -> tuple[str, ...]:
    """Functions that may have been meant to be operators, as questions."""
    absent = [op for op in OPERATORS if not callable(namespace.get(op))]
    public = {n: o for n, o in namespace.items() if callable(o) and not n.startswith("_")}
    lowered = {name.lower().replace("_", ""): name for name in public}
    notes = []
    for operator in absent:
        key = operator.replace("_", "")
        near = get_close_matches(key, lowered, n=1, cutoff=0.75)
        if near and lowered[near[0]] not in OPERATORS:
            notes.append(f"found {lowered[near[0]]!r}; is it meant to be {operator!r}?")
    return tuple(notes)


def line_of(error: BaseException, source: str) -> int | None:
    """The last line of `source` that the exception passed through, if any."""
    if isinstance(error, SyntaxError) and error.filename == source:
        return error.lineno
    line, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == source:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
