"""Mistakes that can be made in every operator: batches, purity, memory, dtypes."""

from typing import Any

import numpy as np

from refcnn.suite.clauses import clauses
from refcnn.suite.mutants.mutant import Mutant, mutant, steps_of
from refcnn.suite.registry import OPERATORS, record
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array


def everywhere(name: str, clause: str, sentence: str, **hooks: Hook) -> list[Mutant]:
    """The same mistake in each operator of a clause; of "x": of what is first."""
    found = []
    for operator in clauses()[clause].operators:
        first = record(operator).tensors[0]
        steps = {first if step == "x" else step: hook for step, hook in hooks.items()}
        found.append(mutant(operator, name, clause, sentence, **steps))
    return found


def _changed(tensor: Array, c: Call) -> Array:
    """A copy to work on; the caller's own array is spoiled."""
    kept = tensor.copy()
    if tensor.flags.writeable:
        tensor[...] = tensor + 1
    return kept


def _every_third(y: Array, c: Call) -> Array:
    c.memory["calls"] = c.memory.get("calls", 0) + 1
    return y + 1 if c.memory["calls"] % 3 == 0 else y


def _one_buffer(y: Array, c: Call) -> Array:
    buffer: Array = c.memory.setdefault((y.shape, y.dtype), np.zeros_like(y))
    buffer[...] = y
    return buffer


def _read_flat(x: Array, c: Call) -> Array:
    """The numbers in the order in which they lie in memory, as if that were row by row."""
    return x.ravel(order="K").reshape(x.shape)


def _first_example(y: Array, c: Call) -> Any:
    return np.repeat(y[:1], len(y), axis=0) if len(y) else y


def _written(y: Array, c: Call) -> Array:
    c.given_x[...] = y
    given: Array = c.given_x
    return given


def in_place(operator: str) -> Mutant:
    """An answer of the shape of its input that is worked out where the input lies."""
    return mutant(
        operator,
        "answer-in-the-input",
        "ANY-3",
        "The answer is written into the input array, which the caller may still need.",
        y=_written,
    )


def through(dtype: Any) -> Hook:
    """A hook that rounds to a narrower dtype and back."""
    return lambda value, _: value.astype(dtype).astype(value.dtype)


def to_bits(bits: int) -> Hook:
    """A hook that keeps so many significant bits: 8 are bfloat16, 11 TensorFloat-32."""

    def rounded(value: Array, _: Call) -> Array:
        mantissa, exponent = np.frexp(value)
        return np.asarray(np.ldexp(np.rint(mantissa * 2**bits) / 2**bits, exponent))

    return rounded


def _not_empty(x: Array, c: Call) -> Array:
    c.refuse("empty_batch", x.size == 0)
    return x


def edges(operator: str) -> list[Mutant]:
    """What goes wrong with dtypes, and with an empty batch where that may be."""
    batches = _of_empty_batches(operator) if record(operator).by_example else []
    return [*batches, *_of_dtypes(operator)]


def _of_empty_batches(operator: str) -> list[Mutant]:
    return [
        mutant(
            operator,
            "empty-batch-refused",
            "ANY-2",
            "An empty batch raises an exception, where an empty result is right.",
            x=_not_empty,
        ),
        mutant(
            operator,
            "empty-batch-answered-with-one",
            "ANY-2",
            "An empty batch is answered as if it held one example of zeros.",
            y=lambda y, _: y if len(y) else np.zeros((1, *y.shape[1:]), y.dtype),
        ),
        mutant(
            operator,
            "empty-batch-loses-its-axes",
            "ANY-2",
            "An empty batch gives an array of shape (0,): only the batch axis is left, as in "
            "np.array([f(x) for x in batch]).",
            y=lambda y, _: y if len(y) else np.zeros(0, y.dtype),
        ),
    ]


def _of_dtypes(operator: str) -> list[Mutant]:
    return [
        mutant(
            operator,
            "always-float64",
            "ANY-6",
            "The result is float64, even where the input is float32.",
            y=lambda y, _: y.astype(np.float64),
        ),
        mutant(
            operator,
            "always-float32",
            "ANY-6",
            "The result is float32, even where the input is float64.",
            y=lambda y, _: y.astype(np.float32),
        ),
        mutant(
            operator,
            "always-float16",
            "ANY-6",
            "The result is float16, whatever the input is: most of the digits are lost.",
            y=lambda y, _: y.astype(np.float16),
        ),
    ]


def nothing(operator: str) -> Mutant:
    """A frame that was never filled in: of the right shape, and nothing else can be told of it."""
    known = record(operator)

    def zeros(output: str) -> Hook:
        def hook(_: Array, c: Call) -> Array | None:
            found = known.named(steps_of(operator)(Call({}, {}, c.given)))[output]
            return None if found is None else np.zeros_like(found)

        return hook

    return mutant(
        operator,
        "zeros",
        known.whole,
        "Zeros come back, whatever is asked: nothing is computed.",
        **{output: zeros(output) for output in known.answered},
    )


MUTANTS = [
    *map(nothing, OPERATORS),
    *everywhere(
        "first-example-for-all",
        "ANY-1",
        "Only the first example of the batch is computed, and all others get its answer.",
        y=_first_example,
    ),
    *everywhere(
        "two-examples-only",
        "ANY-1",
        "Only the first two examples of a batch are computed; the answers to others are zeros.",
        y=lambda y, _: np.concatenate([y[:2], np.zeros_like(y[2:])]) if len(y) > 2 else y,
    ),
    *everywhere(
        "inputs-changed",
        "ANY-3",
        "The input array is changed in place: the caller's data are spoiled.",
        x=_changed,
    ),
    *everywhere(
        "every-third-call-differs",
        "ANY-4",
        "Something is carried over from call to call: the same question is not always answered "
        "the same.",
        y=_every_third,
    ),
    *everywhere(
        "one-buffer-for-all",
        "ANY-5",
        "All answers of one shape are written to the same array: a later call changes an earlier "
        "answer.",
        y=_one_buffer,
    ),
    *everywhere(
        "memory-order-read",
        "ANY-7",
        "Numbers are read in the order in which they lie in memory, which is right only for "
        "arrays in C order.",
        x=_read_flat,
    ),
]
