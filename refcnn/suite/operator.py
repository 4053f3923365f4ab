"""The record of an operator: what it takes, what it gives, and what its arguments may look like.

Everything else that is particular to it lies in modules beside its record, one for each of
`registry.PARTS`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

REQUIRED = object()  # the default of an argument that has none
IMAGES, KERNELS, MATRICES = "NHWC", "HWIO", "IO"  # axes that a statement may name in another order
ONE_NUMBER = "()"  # the axes of an output that is a number: none


@dataclass(frozen=True, slots=True)
class Form:
    """One form of an argument, which an implementation may offer or not."""

    feature: str  # its name: "strides_pair"
    words: str  # how it is told: "strides as a pair"
    fits: Callable[[Any], bool]  # whether a value is in this form


@dataclass(frozen=True, slots=True)
class Attribute:
    """An argument that is not a tensor, and its forms, the plainest first.

    An `extension` goes beyond what most implementations have. It is asked of who names it
    alone; what is about it lies in modules of its own (`registry.EXTENDED`). `tried` are the
    values by which it is found out which forms of it are offered.
    """

    name: str
    kind: str  # what the names of its forms begin with: "pool" of "pool_pair"
    values: str  # what JSON Schemas call its values: "size"
    forms: tuple[Form, ...]
    default: Any = REQUIRED
    extension: bool = False
    tried: tuple[Any, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """Its forms, by the names of their features."""
        return tuple(form.feature for form in self.forms)

    @property
    def required(self) -> bool:
        """Whether it must be given, and so is given by place."""
        return self.default is REQUIRED


@dataclass(frozen=True, slots=True)
class Input:
    """A tensor by name, and its axes: a letter each, or "" if there may be any number.

    `indices` are whole numbers that choose, as labels do: whatever the dtype of the others is.
    """

    name: str
    axes: str = ""
    optional: bool = False
    indices: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """A tensor that is answered, and its axes: a letter each, "" for those of x, or ONE_NUMBER.

    It is None where the input that it is `given_with` is left out.
    """

    name: str
    axes: str = ""
    given_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operator:
    """What is particular to one operator, as far as all parts of the suite have to know it."""

    name: str
    place: int  # in tables: the order is that of the layers of a network
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...] = (Output("y"),)
    attributes: tuple[Attribute, ...] = ()
    whole: str  # the clause that does not hold where something legal is refused
    basis: tuple[str, ...]  # the clauses without which no law of all operators can hold
    window: Literal["", "kernel", "pool"] = ""  # what slides over the height and width of x
    onnx: str = ""  # the node of ONNX that it is, if there is one
    needs: tuple[str, ...] = ()  # operators that laws about this one are told by
    decides: str = ""  # the input whose dtype is that of the answer: the first, if none is named
    extension: bool = False  # whether it goes beyond: asked of who has it alone
    gradient_of: str = ""  # the operator whose gradients it gives, from a dy and what that is given
    # by output: the tensors, one or two, of whose cells (or products of two) it is made
    read_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    read_as: Literal["terms", "windows", "map", "shares", "picks", "mixture", "loss"] = (
        "terms"  # what is looked for in it
    )
    averages: bool = False  # over the batch, which must not be empty: no example is by itself

    @property
    def reference(self) -> Callable[..., Any]:
        """The vectorised function; loaded when it is needed: a tested process must not have it."""
        return self._of("refcnn.cnn.ops", "refcnn.cnn.gradients")

    @property
    def definition(self) -> Callable[..., Any]:
        """The equation as loops, over any type of number."""
        return self._of("refcnn.cnn.definition", "refcnn.cnn.gradient_definition")

    def _of(self, *modules: str) -> Callable[..., Any]:
        """The function of its name: in the first of these modules that has one."""
        places = map(import_module, modules)
        function: Callable[..., Any] = next(
            getattr(place, self.name) for place in places if hasattr(place, self.name)
        )
        return function

    @property
    def tensors(self) -> tuple[str, ...]:
        """Names of the inputs, in the order in which they are given by place."""
        return tuple(one.name for one in self.inputs)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the attributes."""
        return tuple(one.name for one in self.attributes)

    @property
    def needed_tensors(self) -> tuple[str, ...]:
        """Names of the tensors that cannot be left out."""
        return tuple(one.name for one in self.inputs if not one.optional)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of all arguments that cannot be left out, tensors first."""
        return (*self.needed_tensors, *(one.name for one in self.attributes if one.required))

    @property
    def by_place(self) -> tuple[str, ...]:
        """Names of what is given by place: tensors, then attributes that must be given."""
        return (*self.tensors, *(one.name for one in self.attributes if one.required))

    @property
    def defaults(self) -> dict[str, Any]:
        """What is meant by arguments that are left out; no tensor is None."""
        given = {one.name: one.default for one in self.attributes if not one.required}
        return {**dict.fromkeys(self.optional), **given}

    @property
    def optional(self) -> tuple[str, ...]:
        """Names of the tensors that may be left out."""
        return tuple(one.name for one in self.inputs if one.optional)

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of all arguments, by the names of their features."""
        tensors = [feature for name in self.optional for feature in (f"no_{name}", name)]
        return (*tensors, *(feature for one in self.attributes for feature in one.features))

    @property
    def extensions(self) -> dict[str, tuple[str, ...]]:
        """The arguments that go beyond, by name: their forms, by the names of their features."""
        return {one.name: one.features for one in self.attributes if one.extension}

    @property
    def answered(self) -> tuple[str, ...]:
        """Names of the outputs, in the order in which they are answered."""
        return tuple(one.name for one in self.outputs)

    @property
    def indices(self) -> tuple[str, ...]:
        """Names of the inputs that are whole numbers, whatever the dtype of the others is."""
        return tuple(one.name for one in self.inputs if one.indices)

    @property
    def batched(self) -> tuple[str, ...]:
        """Names of the inputs whose first axis is that of the examples."""
        return tuple(one.name for one in self.inputs if one.axes[:1] in ("", "N"))

    @property
    def by_example(self) -> tuple[str, ...]:
        """Names of the outputs whose first axis is that of the examples, each by itself."""
        if self.averages:
            return ()
        return tuple(one.name for one in self.outputs if one.axes[:1] in ("", "N"))

    def named(self, result: Any) -> dict[str, Any]:
        """What the reference has answered, by the names of the outputs; None: there is none."""
        return dict(zip(self.answered, result if len(self.outputs) > 1 else (result,), strict=True))

    def picked(self, result: Any, output: str) -> Any:
        """One output of what the reference has answered; "" for the only one."""
        if not output and len(self.outputs) > 1:
            raise ValueError(f"{self.name} has the outputs {', '.join(self.answered)}: name one")
        return self.named(result)[output or self.answered[0]]

    def wrong_names(self, names: Collection[str]) -> str:
        """What is wrong with the names of the outputs in an answer, or ""."""
        if unknown := [name for name in names if name not in self.answered]:
            return f"{self.name} has no output {unknown[0]!r:.60}, but {', '.join(self.answered)}"
        return "" if names else f"an answer of {self.name} has no output"

    @property
    def single(self) -> frozenset[str]:
        """Names of the outputs that are one number."""
        return frozenset(one.name for one in self.outputs if one.axes == ONE_NUMBER)

    def outputs_of(self, inputs: Collection[str]) -> tuple[str, ...]:
        """Names of the outputs of a question that has these inputs."""
        given = ("", *inputs)
        return tuple(one.name for one in self.outputs if one.given_with in given)

    def axes_of(self, tensor: str) -> str:
        """The axes of an input: a letter each."""
        return next(one.axes for one in self.inputs if one.name == tensor)
