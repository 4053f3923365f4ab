"""From which size on an operator is wrong: the same question with one axis longer and shorter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from refcnn.suite.case import Case, Outcome
from refcnn.suite.data import integers
from refcnn.suite.dialects import SetAsideError
from refcnn.suite.gradients import fitted
from refcnn.suite.judge import Verdict, judge
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

Ask = Callable[[Case], Outcome]

LEAST = 8  # a size from which on something is wrong: smaller ones go with those of windows
BEYOND = (1, 2, 3, 5, 9)  # sizes above it that are tried
LARGEST = 300  # numbers along an axis
WORDS = {"N": "examples", "H": "rows", "W": "columns", "C": "channels", "O": "filters"}
OF_MATRICES = {"C": "inputs", "O": "outputs"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """An axis in words, the largest size that was right, and the next one, which was wrong.

    always: whether all larger sizes that were tried were wrong, too.
    """

    words: str
    right: int
    always: bool

    def told(self, case: Case) -> str:
        """As a sentence about the question of a case."""
        shapes = ", ".join(f"{name} {tensor.shape}" for name, tensor in case.inputs.items())
        on = f"from {self.right + 1} on" if self.always else f"with {self.right + 1}"
        return (
            f"Of {shapes} with other numbers of {self.words}: it is right with {self.right} "
            f"{self.words}, and wrong {on}"
        )


def threshold(case: Case, ask: Ask) -> str:
    """From which size on a failing question is wrong, if one axis decides that; or "".

    Sizes are searched for by halves; that what is said of them is so is asked again, with
    other numbers.
    """
    for letter in _letters(case):
        if found := _along(case, letter, ask):
            return found.told(case)
    return ""


def _letters(case: Case) -> Iterator[str]:
    """The axes of x that may be longer or shorter, and filters; the longest first."""
    axes = record(case.operator).axes_of("x")
    sizes = dict(zip(axes.replace("I", "C"), case.inputs["x"].shape)) if axes else {}
    if "kernel" in case.inputs:
        sizes["O"] = case.inputs["kernel"].shape[-1]
    return iter(sorted(sizes, key=lambda letter: -sizes[letter]))


def _along(case: Case, letter: str, ask: Ask) -> Threshold | None:
    """The threshold along an axis: right below it, wrong at it."""
    wrong = _size(case, letter)
    if not LEAST <= wrong <= LARGEST:
        return None
    right = next((n for n in _shorter(wrong) if _is_right(case, letter, n, ask)), None)
    if right is None:
        return None
    while wrong - right > 1:
        middle = (wrong + right) // 2
        if _is_right(case, letter, middle, ask):
            right = middle
        else:
            wrong = middle
    if wrong < LEAST or not _is_right(case, letter, right, ask, seed=1):
        return None
    if _is_right(case, letter, wrong, ask, seed=1) is not False:
        return None
    above = [_is_right(case, letter, wrong + more, ask) for more in BEYOND]
    words = WORDS | ({} if len(record(case.operator).axes_of("x")) == 4 else OF_MATRICES)
    return Threshold(words[letter], right, all(one is False for one in above))


def _shorter(size: int) -> Iterator[int]:
    while (size := size // 2) >= 1:
        yield size


def _size(case: Case, letter: str) -> int:
    if letter == "O":
        return int(case.inputs["kernel"].shape[-1])
    axes = record(case.operator).axes_of("x").replace("I", "C")
    return int(case.inputs["x"].shape[axes.index(letter)])


def _is_right(case: Case, letter: str, size: int, ask: Ask, seed: int = 0) -> bool | None:
    """Whether the question with another size is answered rightly; None if it is no question."""
    try:
        other = fitted(replace(case, inputs=dict(_resized(case, letter, size, seed)), exact=False))
        with np.errstate(all="ignore"):
            verdict = judge(other, ask(other)).verdict
    except (ValueError, TypeError, SetAsideError):
        return None
    return {Verdict.PASS: True, Verdict.FAIL: False}.get(verdict)


def _resized(case: Case, letter: str, size: int, seed: int) -> Iterator[tuple[str, Array]]:
    """The tensors with another size of an axis, in small whole numbers, none 0."""
    for place, (name, tensor) in enumerate(case.inputs.items()):
        axes = record(case.operator).axes_of(name).replace("I", "C")
        shape = tuple(
            size if axis == letter and (name == "x" or axis not in "HW") else n
            for axis, n in zip(axes, tensor.shape)
        )
        numbers = integers(100 * seed + place, shape, 1, 9) * (
            1 - 2 * integers(100 * seed + place + 50, shape, 0, 1)
        )
        yield name, numbers.astype(case.dtype)
