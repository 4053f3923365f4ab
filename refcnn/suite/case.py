"""A case (what an implementation is asked) and the outcomes (what it did with it)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from refcnn.suite.registry import OPERATORS, record
from refcnn.suite.tensors import DTYPES, INDICES, Array, decode, encode

FLOATS = {np.dtype(name): name for name in DTYPES}  # a dtype is slow to tell its name
MOST_SHOWN = 300  # characters of the message of an exception, where it is told in a sentence
MEMORY = ("plain", "fortran", "strided", "read-only")
# fast: transforms or regroups sums (Winograd, FFT, Strassen); low-precision: rounds operands
# and results of conv2d and dense to as little as 8 bits (bfloat16, TF32, float16).
ALGORITHMS = ("direct", "fast", "low-precision")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One question: an operator, its tensors and its attributes.

    `exact` claims that every partial sum is representable, in any order of summation, so
    that the answer is compared with ==. It is believed where the data bear it out alone
    (`exactness.held`), so that a case made from another may keep it.
    """

    operator: str
    inputs: Mapping[str, Array]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = False
    family: str = "general"
    memory: str = "plain"  # how tensors lie in memory, for doors that can choose
    output: str = ""  # the one of several outputs that is looked at
    algorithm: str = "direct"  # the class of it that is stated, whose bound judges the answer
    dialects: tuple[str, ...] = ()  # those stated, whose rules judge the answer

    @property
    def dtype(self) -> str:
        """Name of the dtype of the tensor that decides, and so of the answer."""
        known = record(self.operator)
        dtype = self.inputs[known.decides or known.tensors[0]].dtype
        return FLOATS.get(dtype) or str(dtype)

    @property
    def size(self) -> int:
        """How much there is to read: the numbers in all inputs, then a little per attribute."""
        return sum(t.size for t in self.inputs.values()) + len(self.attributes)

    @property
    def looks_at(self) -> str:
        """The name of the output that is looked at: the first, if none is named."""
        return self.output or record(self.operator).answered[0]

    @property
    def views(self) -> tuple["Case", ...]:
        """The same question, looking at each of its outputs alone."""
        names = record(self.operator).outputs_of(self.inputs)
        if self.output or len(names) == 1 == len(record(self.operator).outputs):
            return (self,)
        return tuple(replace(self, output=name) for name in names)

    @property
    def forward(self) -> "Case":
        """Of gradients: the question of the forward pass whose gradients are asked for."""
        known = record(record(self.operator).gradient_of)
        inputs = {name: tensor for name, tensor in self.inputs.items() if name in known.tensors}
        return replace(self, operator=known.name, inputs=inputs, output="")

    def given(self, **inputs: Array) -> "Case":
        """The same question about other tensors."""
        return replace(self, inputs={**self.inputs, **inputs})

    def in_dtype(self, dtype: str) -> "Case":
        """The same question about tensors of another dtype; whole numbers that choose stay."""
        whole = record(self.operator).indices
        return self.given(**{n: t.astype(dtype) for n, t in self.inputs.items() if n not in whole})

    def with_attributes(self, **attributes: Any) -> "Case":
        """The same question with other attributes."""
        return replace(self, attributes={**self.attributes, **attributes})

    def to_json(self) -> dict[str, Any]:
        """The form in files and in protocol messages."""
        return {
            "operator": self.operator,
            "attributes": dict(self.attributes),
            "inputs": {name: encode(tensor) for name, tensor in self.inputs.items()},
            **({} if self.memory == "plain" else {"memory": self.memory}),
        }

    @classmethod
    def from_json(cls, message: Any) -> "Case":
        """The case of a JSON form; raises ValueError that says what is malformed."""
        if not isinstance(message, dict) or message.get("operator") not in OPERATORS:
            raise ValueError(f"a case must name one of the operators {', '.join(OPERATORS)}")
        operator, attributes = message["operator"], message.get("attributes", {})
        known = record(operator)
        inputs = message.get("inputs")
        if not isinstance(inputs, dict) or not isinstance(attributes, dict):
            raise ValueError("a case must have the objects inputs and attributes")
        if unknown := inputs.keys() - {*known.tensors} | attributes.keys() - {*known.arguments}:
            raise ValueError(f"{operator} has no argument {min(unknown)!r}")
        if missing := {*known.required} - inputs.keys() - attributes.keys():
            raise ValueError(f"{operator} needs the argument {min(missing)!r}")
        if (memory := message.get("memory", "plain")) not in MEMORY:
            raise ValueError(f"memory must be one of {', '.join(MEMORY)}, not {memory!r}")
        dtypes = {name: (INDICES,) if name in known.indices else DTYPES for name in known.tensors}
        there = [name for name in known.tensors if name in inputs]
        return cls(
            operator=operator,
            memory=memory,
            inputs={name: decode(inputs[name], dtypes[name]) for name in there},
            attributes={name: tuples(value) for name, value in attributes.items()},
        )


def tuples(value: Any) -> Any:
    """JSON arrays as tuples, all the way down."""
    return tuple(map(tuples, value)) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The implementation answered with arrays of numbers, by the names of the outputs."""

    outputs: Mapping[str, Array]  # without those that are None
    faults: tuple[str, ...] = ()  # side effects seen: inputs changed, an earlier answer changed

    @property
    def array(self) -> Array:
        """The only output."""
        (array,) = self.outputs.values()
        return array

    def seen(self, case: Case) -> Array:
        """The output that a case looks at, or the only one."""
        return self.outputs[case.output] if case.output else self.array

    def with_seen(self, case: Case, array: Array) -> "Answer":
        """The answer with another array in place of the one that a case looks at."""
        (name,) = [case.output] if case.output else self.outputs
        return replace(self, outputs={**self.outputs, name: array})

    @classmethod
    def of(cls, array: Array, faults: tuple[str, ...] = ()) -> "Answer":
        """The answer of an operator with the one output y."""
        return cls({"y": array}, faults)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The implementation raised an exception."""

    kind: str
    message: str
    line: int | None = None
    deliberate: bool = True  # a statement that raises or asserts, not a mistake that surfaced
    unsupported: bool = False  # a NotImplementedError of any kind: this is not offered
    file: str = ""  # where the line is counted, if not in the named file: a module, a cell, a call
    cause: str = ""  # why, in one sentence, if that is known

    @property
    def place(self) -> str:
        """Where it was raised, as far as that is known."""
        line = f"line {self.line}" if self.line else ""
        return ", ".join(filter(None, (self.file, line)))

    def __str__(self) -> str:
        what = f"{self.kind}: {_short(self.message)}" if self.message else self.kind
        told = f"{what} ({self.place})" if self.place else what
        return f"{told}: {self.cause}" if self.cause else told


def _short(message: str) -> str:
    return message if len(message) <= MOST_SHOWN else f"{message[:MOST_SHOWN]}…"


@dataclass(frozen=True, slots=True)
class Rubbish:
    """The implementation answered with something that is not an array of numbers."""

    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Crash:
    """The process that ran the implementation ended, or broke the protocol."""

    what: str
    asked: bool = True  # False: not even asked, after too many crashes
    stderr: tuple[str, ...] = ()  # the last lines that the process wrote there

    def __str__(self) -> str:
        return f"{self.what}; its last words: {self.stderr[-1]}" if self.stderr else self.what


@dataclass(frozen=True, slots=True)
class Timeout:
    """No answer came within the limit, in seconds."""

    seconds: float
    stderr: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"no answer within {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class Missing:
    """The implementation does not offer what the case asks for."""

    what: str
    asked: bool = True  # False: it was never asked this

    def __str__(self) -> str:
        return self.what


Outcome = Answer | Refusal | Rubbish | Crash | Timeout | Missing


def declined(outcome: Outcome) -> bool:
    """Whether an implementation says that it does not take what it was asked."""
    if isinstance(outcome, Refusal):
        return outcome.unsupported
    return isinstance(outcome, Missing)
