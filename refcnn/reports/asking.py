"""A case as its author is asked it: tensors and indices in stated layouts, the stated call."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any

from refcnn.harness.calls import Asked, CallError, NotExpressible, spoken
from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.suite.case import Case
from refcnn.suite.context import Failure
from refcnn.suite.numbers import matrix, side_by_side
from refcnn.suite.tensors import Array

MOST_NUMBERS = 64  # of a tensor that are shown
SLICED = "NOCI"  # in this order the axes that a tensor is cut along into matrices
MEMORY = {
    "fortran": "the tensors lie in memory column by column, as x.T does",
    "strided": "the tensors are views of larger ones: not contiguous in memory",
    "read-only": "the tensors are read-only",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A case as a call: an expression, and the words that it uses, each with its value as text."""

    call: str
    words: dict[str, str]

    def lines(self) -> list[str]:
        """The call, and below it the words that are not tensors."""
        said = ", ".join(f"{name} = {value}" for name, value in self.words.items())
        return [self.call, *([f"with {said}"] if said else [])]


def question(case: Case, stated: Statement) -> Wording:
    """The call of a case: the stated expression, else conv2d(x, kernel, strides=2)."""
    expression = dict(stated.calls).get(case.operator)
    with suppress(NotExpressible, CallError):  # then it is not what was called
        if expression is not None:
            return _as_stated(case, stated, expression)
    return Wording(plain_call(case), {})


def plain_call(case: Case, by_name: Collection[str] = ()) -> str:
    """The call of the specification; arguments that have a place are given by it or by name."""
    first = {name: name for name in case.inputs}
    named = {name: repr(value) for name, value in case.attributes.items()}
    if "pool_size" in named:
        first["pool_size"] = named.pop("pool_size")
    named = {name: first.pop(name) for name in by_name if name in first} | named
    arguments = [*first.values(), *(f"{name}={text}" for name, text in named.items())]
    return f"{case.operator}({', '.join(arguments)})"


def _as_stated(case: Case, stated: Statement, expression: str) -> Wording:
    given = layouts.asked(case, stated).inputs
    call, words = spoken(case.operator, expression, Asked(case, given, layouts.of(stated)))
    names = {id(tensor): name for name, tensor in given.items()}
    said = {word: names.get(id(value), repr(value)) for word, value in words.items()}
    return Wording(call, {word: text for word, text in said.items() if word not in given})


def in_order(
    stated: Statement, operator: str, name: str, entries: tuple[Any, ...]
) -> tuple[Any, ...]:
    """One entry for each axis of a tensor, put in the order of the stated layout."""
    axes, to = layouts.orders(operator, stated).get(name, ("", ""))
    if len(entries) != len(axes):
        return entries
    return tuple(entries[axes.index(axis)] for axis in to)


def in_standard_order(stated: Statement, case: Case, entries: tuple[int, ...]) -> tuple[int, ...]:
    """The place of an output in the order of the specification, from that of the stated layout."""
    axes, to = layouts.orders(case.operator, stated).get(case.looks_at, ("", ""))
    if len(entries) != len(axes):
        return entries
    return tuple(entries[to.index(axis)] for axis in axes)


def at(stated: Statement, operator: str, name: str, *entries: Any) -> str:
    """A place in a tensor as its author writes it: y[0,2,1,1], kernel[0,1,:,:]."""
    places = ",".join(map(str, in_order(stated, operator, name, entries)))
    return f"{name}[{places}]" if entries else name


def output(stated: Statement, case: Case, index: tuple[int, ...]) -> str:
    """The place of an output: y[0,1,0,2]."""
    return at(stated, case.operator, case.looks_at, *index)


def tensor_lines(name: str, tensor: Array, axes: str = "NHWC") -> list[str]:
    """A small tensor in full, in matrices of height and width; a large one by its shape."""
    head = f"{name}: {tensor.dtype} {tensor.shape}"
    if not 0 < tensor.size <= MOST_NUMBERS:
        return [head]
    if tensor.ndim < 2:
        return [f"{head} = {', '.join(matrix(tensor.reshape(1, -1)))[1:-1]}"]
    if tensor.ndim == 2:
        return [f"{head} =", *(f"  {row}" for row in matrix(tensor))]
    if tensor.ndim != len(axes):
        return [f"{head} = {tensor.tolist()}"]
    return [f"{head} =", *(f"  {row}" for row in side_by_side(_matrices(tensor, axes)))]


def _matrices(tensor: Array, axes: str) -> list[tuple[str, list[str]]]:
    """The matrices of a tensor, each with where it lies: [0,:,:,1]."""
    cut = [axes.index(letter) for letter in SLICED if letter in axes]
    found = []
    for places in product(*(range(tensor.shape[axis]) for axis in cut)):
        index = [dict(zip(cut, places)).get(axis, slice(None)) for axis in range(tensor.ndim)]
        names = [":" if isinstance(place, slice) else str(place) for place in index]
        found.append((f"[{','.join(names)}]", matrix(tensor[tuple(index)])))
    return found


def input_lines(case: Case, stated: Statement) -> list[str]:
    """The tensors of a case in the stated layouts, and how they lie in memory if not as usual."""
    given = layouts.asked(case, stated).inputs
    lines = [MEMORY[case.memory]] if case.memory in MEMORY else []
    for name, tensor in given.items():
        axes = stated.kernel_layout if name == "kernel" else stated.layout
        lines += tensor_lines(name, tensor, axes)
    return lines


def reason(failure: Failure, stated: Statement) -> str:
    """Why a case failed, the shape of an answer told as its author sees it."""
    told, asked = failure.judgement.reason, failure.case.operator
    shapes = [failure.judgement.expected_shape or ()]
    if failure.seen is not None:
        shapes.append(failure.seen.shape)
    name = failure.case.looks_at
    # Two steps: what has been put in order once must not be put in order again.
    for place, shape in enumerate(shapes):
        told = told.replace(str(shape), f"\0{place}") if shape else told
    for place, shape in enumerate(shapes):
        told = told.replace(f"\0{place}", str(in_order(stated, asked, name, shape)))
    return told
